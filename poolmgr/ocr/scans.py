"""A page without text of its own: drawn, cleaned, read by Tesseract."""

import os
from collections.abc import Callable

import pymupdf

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import NotAvailable
from poolmgr.ocr import tessdata
from poolmgr.ocr.documents import complaints
from poolmgr.ocr.reading import Page
from poolmgr.ocr.recognised import Recognised
from poolmgr.ocr.rendering import draw

DOUBTFUL, PERHAPS_TURNED = 0.7, 0.5
QUARTER_TURNS = (2, 1, 3)


def read(page: pymupdf.Page, number: int, settings: OcrSettings) -> Page:
    """Raises NotAvailable when Tesseract, numpy or the language data are missing."""
    one_thread()
    try:
        from poolmgr.ocr import image
        from poolmgr.ocr.tesseract import recognise
    except ModuleNotFoundError as missing:
        raise NotAvailable(
            f"A scanned page cannot be read: {missing.name} is not installed.",
            advice="pip install 'registre-pool[offline]'",
        ) from missing
    folder = tessdata.find(settings)
    drawing = draw(page, settings.dpi)
    grey = image.flatten(image.from_samples(drawing.samples, drawing.width, drawing.height))
    if not image.has_ink(grey):
        return Page(number=number, text="", engine="tesseract", note=emptiness())

    def recognised(quarters: int) -> Recognised:
        clean = image.prepare(image.turned(grey, quarters), drawing.dpi)
        return recognise(clean, drawing.dpi, folder, settings.language, settings.page_seconds)

    turns, found = upright(recognised)
    return page_of(number, found, turns, drawing.dpi, settings.dpi)


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


def page_of(number: int, found: Recognised, turns: int, dpi: float, wanted_dpi: float) -> Page:
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
    )


def one_thread() -> None:
    """Before numpy is first imported: OpenBLAS starts a thread a core, and one OCR child is one core."""
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
