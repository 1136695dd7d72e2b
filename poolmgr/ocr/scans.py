"""A page without text of its own: drawn, cleaned, read by Tesseract."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pymupdf

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import NotAvailable
from poolmgr.ocr import tessdata
from poolmgr.ocr.documents import complaints, refuse_page
from poolmgr.ocr.index.model import IndexPage
from poolmgr.ocr.reading import Page
from poolmgr.ocr.recognised import Recognised, Word
from poolmgr.ocr.rendering import draw
from poolmgr.ocr.rows import Cell

if TYPE_CHECKING:
    from poolmgr.ocr.ruling import Ruled

DOUBTFUL, PERHAPS_TURNED = 0.7, 0.5
QUARTER_TURNS = (2, 1, 3)


def read(page: pymupdf.Page, number: int, settings: OcrSettings, *, rows: bool = False) -> Page:
    """rows: of an index, read as data too. Raises NotAvailable when Tesseract, numpy or the language data are
    missing."""
    one_thread()
    try:
        from poolmgr.ocr import image, ruling
        from poolmgr.ocr.tesseract import recognise
    except ModuleNotFoundError as missing:
        raise NotAvailable(
            f"A scanned page cannot be read: {missing.name} is not installed.",
            advice="pip install 'registre-pool[offline]'",
        ) from missing
    folder = tessdata.find(settings)
    refuse_page(page, settings)
    drawing = draw(page, settings.dpi)
    grey = image.flatten(image.from_samples(drawing.samples, drawing.width, drawing.height))
    if not image.has_ink(grey):
        return Page(number=number, text="", engine="tesseract", note=emptiness())

    def prepared(quarters: int) -> "Ruled":
        return ruling.prepare(image.turned(grey, quarters), drawing.dpi)

    def recognised(quarters: int) -> Recognised:
        bare = prepared(quarters).bare
        return recognise(bare, drawing.dpi, folder, settings.language, settings.page_seconds)

    turns, found = upright(recognised)
    index = table_of(prepared(turns), found, number, folder, settings) if rows else None
    return page_of(number, found, turns, drawing.dpi, settings.dpi, index)


def table_of(
    ruled: "Ruled", found: Recognised, number: int, folder: Path, settings: OcrSettings
) -> IndexPage | None:
    from poolmgr.ocr import tables
    from poolmgr.ocr.image import framed, renderings
    from poolmgr.ocr.index import doubts
    from poolmgr.ocr.tesseract import recognise_line

    def look(line: Cell, letters: str) -> list[Word]:
        cut, left, top = framed(ruled.bare, tables.in_pixels(line, ruled.dpi))
        best: list[Word] = []
        for picture, scale in renderings(cut):
            dpi = ruled.dpi * scale
            again = recognise_line(picture, dpi, folder, settings.language, settings.page_seconds, letters)
            place = (round(left * scale), round(top * scale))
            words = [tables.in_points(word, dpi, *place) for word in again.placed]
            best = max(best, words, key=doubts.evidence)
            if doubts.is_sure(best):
                break
        return best

    words = [tables.in_points(word, ruled.dpi) for word in found.placed]
    return tables.of_words(words, ruled, number, look)


def upright(recognised: Callable[[int], Recognised]) -> tuple[int, Recognised]:
    """The reading, and by how many quarter turns; others are tried only when the first is no sense."""
    turns, best = 0, recognised(0)
    if makes_sense(best):
        return turns, best
    for quarters in QUARTER_TURNS:
        found = recognised(quarters)
        if found.score > best.score:
            turns, best = quarters, found
        if makes_sense(best):
            break
    return turns, best


def makes_sense(found: Recognised) -> bool:
    return found.confidence >= PERHAPS_TURNED and not found.sideways


def emptiness() -> str:
    """Why a page without ink has none."""
    damage = complaints()
    return f"unreadable: {damage}" if damage else "blank page"


def page_of(
    number: int, found: Recognised, turns: int, dpi: float, wanted_dpi: float, index: IndexPage | None = None
) -> Page:
    notes = [f"turned by {90 * turns} degrees"] if turns else []
    if dpi < wanted_dpi:
        notes.append(f"a very large page, drawn at {dpi:.0f} dpi")
    if not found.words:
        notes.append("no words found: handwriting or a picture")
    elif found.confidence < DOUBTFUL:
        notes.append(f"doubtful: confidence {found.confidence:.0%}")
    return Page(
        number=number,
        text=found.text,
        engine="tesseract",
        confidence=found.confidence,
        note=", ".join(notes),
        index=index,
    )


def one_thread() -> None:
    """Before numpy is first imported: OpenBLAS starts a thread a core, and one OCR child is one core."""
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
