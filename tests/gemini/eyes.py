"""How the loopback Gemini reads: the text layer of a PDF, else Tesseract on the picture."""

import re
import threading
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pymupdf
from PIL import Image

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.json import Json, JsonObject
from poolmgr.ocr import image, ruling, tessdata
from poolmgr.ocr.scans import one_thread

ROW = re.compile(r"(?P<date>\d{4}-\d\d-\d\d)\s+(?P<number>\d[\d\s-]*\d)\s+(?P<rest>.*)")
LAST_ROW = re.compile(r"en JSON : (\{.*?\})\.")
GAP = re.compile(r"\s{2,}|\t")
DPI = 150
LOCK = threading.Lock()
SURE, UNSURE = 0.93, 0.5
"""Of a row, and of one with a letter that cannot be read, which stands on the page as a question mark."""


@cache
def folder() -> str:
    return str(tessdata.find(OcrSettings()))


@lru_cache(maxsize=256)
def words_of(picture: bytes) -> str:
    """The text of a picture, row by row; equal bytes are read once."""
    from poolmgr.ocr.tesseract import recognise

    one_thread()
    with Image.open(BytesIO(picture)) as opened:
        grey = np.asarray(opened.convert("L"), dtype=np.uint8)
    bare = ruling.prepare(image.flatten(grey), DPI).bare
    return recognise(bare, DPI, Path(folder()), "fra", 60).text


def rows_of(picture: bytes) -> list[JsonObject]:
    """One record a line that begins with a date and a number; cells after them by the gaps between."""
    found: list[JsonObject] = []
    for line in words_of(picture).splitlines():
        match = ROW.match(line.strip())
        if match:
            found.append(row(len(found) + 1, match["date"], match["number"], GAP.split(match["rest"])))
    return found


def row(line: int, date: str, number: str, cells: list[str]) -> JsonObject:
    nature, *others = [cell.strip() for cell in cells if cell.strip()] or [""]
    parties: list[Json] = [{"name": name, "role": ""} for name in others]
    return {
        "line": line,
        "date": date,
        "number": number,
        "nature": nature,
        "parties": parties,
        "remarks": "",
        "address_notice": "",
        "radiations": "",
        "confidence": UNSURE if "?" in " ".join(cells) else SURE,
    }


@lru_cache(maxsize=64)
def pages_of(pdf: bytes) -> tuple[str, ...]:
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        return tuple(page_text(document, number) for number in range(document.page_count))


def page_text(document: pymupdf.Document, number: int) -> str:
    """ "" for a page that is broken, too."""
    try:
        page = document.load_page(number)
    except (RuntimeError, pymupdf.mupdf.FzErrorBase):
        return ""
    text = str(page.get_text()).strip()
    if text or not page.get_images():
        return text
    pixels = page.get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY, alpha=False)
    return words_of(bytes(pixels.tobytes("png")))


def blocks_of(pdf: bytes) -> tuple[int, list[int], list[JsonObject]]:
    """pages, blank pages, and a block a paragraph."""
    pages = pages_of(pdf)
    blocks: list[JsonObject] = []
    for number, text in enumerate(pages, start=1):
        for paragraph in filter(str.strip, text.split("\n\n")):
            section = "EN-TÊTE" if not blocks else "CONDITIONS ET CLAUSES"
            blocks.append(
                {"line": len(blocks) + 1, "page": number, "section": section, "text": paragraph.strip()}
            )
    return len(pages), [number for number, text in enumerate(pages, start=1) if not text], blocks
