"""The text that a PDF carries itself: taken when it is good and is all there is to read on the page."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import pymupdf

from poolmgr.ocr.rows import Cell, as_text

Box: TypeAlias = tuple[float, float, float, float]
Direction: TypeAlias = tuple[int, int]

GARBAGE_CATEGORIES = frozenset({"Co", "Cn", "Cs", "Cc"})
MOST_GARBAGE, LEAST_ALPHANUMERIC, LEAST_SPOKEN = 0.05, 0.5, 0.7
SCANNED_AREA, LEAST_COVERED, BANDS = 0.3, 0.5, 40
SMALL_POINTS, MANY_SMALL = 24.0, 200
WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the layer where it lies on the page, and the way it runs: (1, 0) is to the right."""

    text: str
    box: Box
    way: Direction


def lines(page: pymupdf.Page) -> list[Line]:
    flags = pymupdf.TEXTFLAGS_DICT & ~pymupdf.TEXT_PRESERVE_IMAGES & ~pymupdf.TEXT_PRESERVE_LIGATURES
    found: list[Line] = []
    for block in page.get_text("dict", flags=flags)["blocks"]:
        for line in block.get("lines", ()):
            text = " ".join("".join(str(span["text"]) for span in line["spans"]).split())
            across, down = line["dir"]
            if text:
                found.append(Line(text=text, box=line["bbox"], way=(round(across), round(down))))
    return found


def visual_order(found: Iterable[Line]) -> str:
    """Row by row; what runs another way than most of the page comes last."""
    ways: dict[Direction, list[Cell]] = {}
    for line in found:
        ways.setdefault(line.way, []).append(turned(line))
    by_length = sorted(ways.values(), key=lambda cells: -sum(len(cell.text) for cell in cells))
    return "\n\n".join(map(as_text, by_length))


def turned(line: Line) -> Cell:
    """The line's box as it lies when the page is turned so that the line runs to the right."""
    left, top, right, bottom = line.box
    match line.way:
        case (0, -1):
            left, top, right, bottom = -bottom, left, -top, right
        case (0, 1):
            left, top, right, bottom = top, -right, bottom, -left
        case (-1, 0):
            left, top, right, bottom = -right, -bottom, -left, -top
    return Cell(text=line.text, left=left, top=top, right=right, bottom=bottom)


def flaw(text: str, least_characters: int) -> str:
    """Why a layer's words cannot be trusted; "" when they can."""
    characters = [char for char in text if not char.isspace()]
    if len(characters) < least_characters:
        return f"only {len(characters)} characters"
    garbage = sum(char == "\ufffd" or unicodedata.category(char) in GARBAGE_CATEGORIES for char in characters)
    if garbage > MOST_GARBAGE * len(characters):
        return f"{garbage} of {len(characters)} characters are no letters of any script"
    if sum(map(str.isalnum, characters)) < LEAST_ALPHANUMERIC * len(characters):
        return "mostly punctuation"
    words = WORD.findall(text)
    if len(words) >= 10 and sum(map(spoken, words)) < LEAST_SPOKEN * len(words):
        return "its words have no vowels"
    return ""


def spoken(word: str) -> bool:
    """Whether a word can be said: French and English words have vowels, and not only vowels."""
    plain = unicodedata.normalize("NFD", word.casefold())
    vowels = sum(char in "aeiouyœæ" for char in plain)
    letters = sum(char.isalpha() for char in plain)
    return 0.15 * letters <= vowels <= 0.85 * letters


def drawn(page: pymupdf.Page) -> list[Box] | None:
    """Boxes of pictures and of letters drawn as curves; None when nothing at all is on the page."""
    log = page.get_bboxlog()
    pictures: list[Box] = [
        box
        for kind, box in log
        if kind in {"fill-image", "fill-imgmask"} or (kind == "fill-path" and small(box))
    ]
    return pictures if log else None


def small(box: Box) -> bool:
    """As large as a letter: neither a rule nor a shaded cell."""
    width, height = box[2] - box[0], box[3] - box[1]
    return 2 <= height <= SMALL_POINTS and 1 <= width <= SMALL_POINTS


def covered(writing: list[Box], pictures: list[Box], page_width: float, page_height: float) -> bool:
    """Whether text lies wherever there is something to read.

    A page whose pictures fill a third of it is a scan, one with 200 letters drawn as curves is printed
    without text: then text must reach half of their bands, or it is just a stamp on top.
    """
    area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in pictures)
    letters = sum(map(small, pictures))
    if area < SCANNED_AREA * page_width * page_height and letters < MANY_SMALL:
        return True
    step = max(page_width, page_height) / BANDS
    shown = bands(pictures, step)
    return len(shown & bands(writing, step)) >= LEAST_COVERED * len(shown)


def bands(boxes: Iterable[Box], step: float) -> set[int]:
    touched: set[int] = set()
    for box in boxes:
        first, last = max(0, int(box[1] / step)), min(BANDS, int(box[3] / step))
        touched.update(range(first, last + 1))
    return touched


def read(page: pymupdf.Page, least_characters: int) -> tuple[str, str]:
    """The page's text and "", or "" and why its layer is not taken. A page with nothing on it is ("", "")."""
    pictures = drawn(page)
    if pictures is None:
        return "", ""
    found = lines(page)
    if not found:
        return "", "no text layer"
    text = visual_order(found)
    why = flaw(text, least_characters if pictures else 1)
    if not why and not covered([line.box for line in found], pictures, page.rect.width, page.rect.height):
        why = "it covers only a part of the page"
    return ("", f"text layer not used: {why}") if why else (text, "")
