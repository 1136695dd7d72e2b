"""The table of config.toml for reading documents."""

from typing import Literal

from pydantic import Field

from poolmgr.config.section import DAY_SECONDS, Folder, Language, Live, Recycle, Section


class OcrSettings(Section):
    """Reading documents."""

    enabled: Live[bool] = Field(True, description="false = no OCR child runs on this machine.")
    children: Live[int] = Field(
        4,
        ge=0,
        le=512,
        description="Children that read, indexes or actes as the work needs them "
        "(older name: OCR_WORKER_POOL_SIZE; processes).",
    )
    min_index_children: Live[int] = Field(
        1,
        ge=0,
        le=512,
        description="At least so many of them read indexes (older name: OCR_MIN_INDEX_WORKERS; processes).",
    )
    min_acte_children: Live[int] = Field(
        1,
        ge=0,
        le=512,
        description="At least so many of them read actes (older name: OCR_MIN_ACTE_WORKERS; processes).",
    )
    child_jobs: Live[int] = Field(
        1000, ge=0, le=10_000_000, description="A child is replaced after so many jobs, 0 = never (jobs)."
    )
    child_seconds: Live[float] = Field(
        86_400,
        ge=0,
        le=30 * DAY_SECONDS,
        description="A child is replaced at about this age, 0 = never (seconds).",
    )
    child_memory_mb: Live[float] = Field(
        1000,
        ge=0,
        le=1_000_000,
        description="A child whose processes hold more is replaced between jobs, 0 = never (MB, PSS).",
    )
    child_memory_limit_mb: Live[float] = Field(
        2000,
        ge=0,
        le=1_000_000,
        description="A child above this twice in a row must end its jobs, 0 = no limit (MB, PSS).",
    )
    jobs_at_once: Recycle[int] = Field(2, ge=1, le=64, description="Jobs one child holds at a time (jobs).")
    engine: Recycle[Literal["auto", "gemini", "offline"]] = Field(
        "auto",
        description="What reads: offline = this machine alone; gemini; auto = gemini where it has a key.",
    )
    dpi: Recycle[int] = Field(
        300, ge=72, le=600, description="A page without a text layer is drawn this fine (dots an inch)."
    )
    language: Recycle[Language] = Field("fra", description="Tesseract's language data, several joined by +.")
    tessdata_folder: Recycle[Folder] = Field(
        "", description="Folder with <language>.traineddata; empty = where Tesseract finds it."
    )
    boost: Recycle[bool] = Field(
        True,
        description="true = boosted_file_content is what was read, corrected by rules; file_content stays.",
    )
    job_seconds: Recycle[float] = Field(
        600, ge=1, le=DAY_SECONDS, description="A job that takes longer is stopped (seconds)."
    )
    page_seconds: Recycle[float] = Field(
        60, ge=1, le=DAY_SECONDS, description="Tesseract gives up a page after this long (seconds)."
    )
    stop_seconds: Recycle[float] = Field(
        15,
        ge=0.1,
        le=600,
        description="The page under way of a job that is stopped may take this long to end (seconds).",
    )
    boot_limit_seconds: Live[float] = Field(
        10, ge=0.5, le=600, description="A child not ready after this long is replaced (seconds)."
    )
    max_pages: Recycle[int] = Field(
        2000, ge=1, le=100_000, description="A document with more pages is refused (pages)."
    )
    max_file_megabytes: Recycle[int] = Field(
        200, ge=1, le=10_000, description="A larger file is refused (megabytes)."
    )
    max_picture_megabytes: Recycle[int] = Field(
        300,
        ge=1,
        le=10_000,
        description="A scanned page whose pictures unpack to more is not read (megabytes).",
    )
    text_bytes: Recycle[int] = Field(
        900_000,
        ge=1000,
        le=1_000_000,
        description="Longest text written into a row; the whole is kept (bytes).",
    )
    text_words: Recycle[int] = Field(
        50_000, ge=100, le=1_000_000, description="Most distinct words in a row's file_content (words)."
    )
    min_layer_characters_a_page: Recycle[int] = Field(
        20,
        ge=0,
        le=100_000,
        description="A text layer with fewer is not trusted, the page is read (characters a page).",
    )
