"""Who reads in `bench.ocr`: this project, plain Tesseract, and OCRmyPDF. All give words; whose rows are asked
for, their words are laid into the cells that this project finds, for neither rival parts a table."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pymupdf

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import NotAvailable, PoolError
from poolmgr.domain.jobs import JobKind
from poolmgr.ocr import documents, layer, offline, ruling, tables, tessdata
from poolmgr.ocr.image import from_samples
from poolmgr.ocr.quality.exam import Read
from poolmgr.ocr.reading import Page, Reading
from poolmgr.ocr.rendering import draw
from poolmgr.ocr.tesseract import recognise

SETTINGS = OcrSettings()
DPI = 300
LIMIT_SECONDS = 300


def ours(data: bytes, kind: JobKind) -> Reading:
    return offline.read(data, SETTINGS, lambda: False, kind)


def plain(data: bytes, kind: JobKind) -> Reading:
    """Tesseract on the whole page as it was scanned, drawn at 300 dpi."""

    def read(page: pymupdf.Page, number: int) -> Page:
        drawing = draw(page, DPI)
        grey = from_samples(drawing.samples, drawing.width, drawing.height)
        folder = tessdata.find(SETTINGS)
        found = recognise(grey, drawing.dpi, folder, SETTINGS.language, LIMIT_SECONDS)
        index = None
        if kind == "ocr_index":
            across, down = ruling.found(grey, drawing.dpi)
            page_as_is = ruling.Ruled(bare=grey, across=across, down=down, dpi=drawing.dpi, degrees=0.0)
            words = [tables.in_points(word, drawing.dpi) for word in found.placed]
            index = tables.of_words(words, page_as_is, number)
        return Page(number=number, text=found.text, engine="tesseract", index=index)

    return each_page(data, read)


def ocrmypdf(data: bytes, kind: JobKind) -> Reading:
    """The text layer that it writes, deskewed and cleaned as it offers without further programs."""

    def read(page: pymupdf.Page, number: int) -> Page:
        index = tables.of_layer(page, number) if kind == "ocr_index" else None
        text = layer.visual_order(layer.lines(page))
        return Page(number=number, text=text, engine="text_layer", index=index)

    with tempfile.TemporaryDirectory(prefix="bench-ocr-") as folder:
        before, after = Path(folder, "before.pdf"), Path(folder, "after.pdf")
        before.write_bytes(data)
        words = ["--language", SETTINGS.language, "--deskew", "--output-type", "pdf", "--optimize", "0"]
        done = subprocess.run(
            [sys.executable, "-m", "ocrmypdf", *words, "--jobs", "1", "--quiet", str(before), str(after)],
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_SECONDS,
        )
        if done.returncode:
            raise PoolError(f"OCRmyPDF ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return each_page(after.read_bytes(), read)


def each_page(data: bytes, read: Callable[[pymupdf.Page, int], Page]) -> Reading:
    with documents.opened(data, SETTINGS) as document:
        return Reading(pages=tuple(read(page, number) for number, page in enumerate(document, 1)))


def missing() -> str:
    """What OCRmyPDF needs and is not here; "" when it can run."""
    try:
        import ocrmypdf as package
    except ModuleNotFoundError:
        return "the package ocrmypdf (dependency group bench)"
    return (
        ""
        if package and shutil.which("tesseract")
        else "the program tesseract (apt-get install tesseract-ocr)"
    )


def readers() -> Mapping[str, Read]:
    """Those that can read here. Raises NotAvailable when this project's own packages are missing."""
    if not tessdata.find(SETTINGS):
        raise NotAvailable("Tesseract's data are missing.")
    return {"ours": ours, "plain": plain} | ({} if missing() else {"ocrmypdf": ocrmypdf})
