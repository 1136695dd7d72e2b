"""The table of config.toml for reading with Gemini."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from poolmgr.config.section import DAY_SECONDS, Key, Recycle, Section, WebAddress, matching

Model = Annotated[str, matching(r"[A-Za-z0-9._-]{1,100}", "must look like gemini-3.8-flash")]
Thinking = Literal["minimal", "low", "medium", "high"]


class GeminiSettings(Section):
    """Reading with Gemini, where there is a key; its shared limit is in a table of its own."""

    api_key: Recycle[Key] = Field(
        SecretStr(""), description="Key of Google AI Studio; empty = offline (variable: GEMINI_API_KEY)."
    )
    base_url: Recycle[WebAddress] = Field(
        "https://generativelanguage.googleapis.com", description="Where the service is."
    )
    index_model: Recycle[Model] = Field(
        "gemini-3.8-flash",
        description="Reads indexes. Named by Google as its newest stable Flash in October 2026.",
    )
    acte_model: Recycle[Model] = Field("gemini-3.8-flash", description="Reads actes.")
    temperature: Recycle[float] = Field(
        1.0,
        ge=0,
        le=2,
        description="Google advises 1 for Gemini 3, which repeats itself below it (share of chance).",
    )
    thinking: Recycle[Thinking] = Field(
        "low", description="How much the model thinks before it answers, which is paid as output."
    )
    documents_at_once: Recycle[int] = Field(
        16, ge=1, le=256, description="Jobs one child holds at a time instead of ocr.jobs_at_once (jobs)."
    )
    pages_at_once: Recycle[int] = Field(
        8, ge=1, le=256, description="Pages of one index that are asked side by side (pages)."
    )
    flight_megabytes: Recycle[int] = Field(
        96,
        ge=1,
        le=10_000,
        description="Pictures and PDFs on their way from one child; each takes about five times its size "
        "in memory (megabytes).",
    )
    retry_dpi: Recycle[int] = Field(
        450,
        ge=72,
        le=600,
        description="A page read incompletely is drawn again this fine (dots an inch).",
    )
    max_questions_a_page: Recycle[int] = Field(
        6, ge=1, le=50, description="So often one page (or one part of an acte) is asked at most (calls)."
    )
    second_call: Recycle[bool] = Field(
        False,
        description="true = one more call, of text alone, for the doubtful rows of an index; what it "
        "proposes goes into boosted_file_content (needs ocr.boost).",
    )
    second_call_rows: Recycle[int] = Field(
        200, ge=1, le=10_000, description="So many doubtful rows of a document are asked at most (rows)."
    )
    output_tokens: Recycle[int] = Field(
        32_768, ge=256, le=65_536, description="Longest answer of one call, thinking included (tokens)."
    )
    acte_text_layer: Recycle[bool] = Field(
        True, description="true = an acte whose pages all carry good text is not sent."
    )
    acte_pages_a_call: Recycle[int] = Field(
        20, ge=1, le=1000, description="A longer acte is asked in parts (pages)."
    )
    inline_megabytes: Recycle[float] = Field(
        14,
        ge=0,
        le=20,
        description="A larger PDF goes by the Files API: a whole request may have about 20 MB (megabytes).",
    )
    silence_seconds: Recycle[float] = Field(
        120, ge=0.1, le=DAY_SECONDS, description="A call that says nothing for so long is ended (seconds)."
    )
    call_seconds: Recycle[float] = Field(
        300, ge=0.1, le=DAY_SECONDS, description="A call that takes longer is ended (seconds)."
    )
    tries: Recycle[int] = Field(
        4,
        ge=1,
        le=20,
        description="Tries at a call while the service is overloaded, before the job waits (tries).",
    )
    pause_first_seconds: Recycle[float] = Field(
        2, ge=0.01, le=600, description="Pause after the first try that failed; it doubles (seconds)."
    )
    pause_max_seconds: Recycle[float] = Field(
        60, ge=0.01, le=3600, description="The longest such pause (seconds)."
    )
    upload_seconds: Recycle[float] = Field(
        120, ge=1, le=3600, description="An uploaded file must be ready after this long (seconds)."
    )
    answers_seconds: Recycle[float] = Field(
        2 * DAY_SECONDS,
        ge=0,
        le=30 * DAY_SECONDS,
        description="Paid answers of a document that is not read yet are kept so long: a job that starts "
        "over pays for none twice (seconds).",
    )
    sweep_seconds: Recycle[float] = Field(
        7200,
        ge=60,
        le=2 * DAY_SECONDS,
        description="Uploaded files of ours older than this are of a dead child and are deleted (seconds).",
    )

    @property
    def usable(self) -> bool:
        """Whether there is a key."""
        return bool(self.api_key.get_secret_value())
