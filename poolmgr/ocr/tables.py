"""The table of an index page, from its words and a picture of it. Needs numpy; imported late."""

from collections.abc import Sequence
from dataclasses import replace
from math import cos, radians, sin

import pymupdf

from poolmgr.ocr.image import flatten, from_samples
from poolmgr.ocr.index import assembling, counting, doubts
from poolmgr.ocr.index import grid as grids
from poolmgr.ocr.index.doubts import Look
from poolmgr.ocr.index.model import IndexPage
from poolmgr.ocr.recognised import Word
from poolmgr.ocr.rendering import POINTS_AN_INCH, draw
from poolmgr.ocr.rows import Cell
from poolmgr.ocr.ruling import Ruled, prepare

RULES_DPI = 300
"""A rule of half a point has two pixels."""


def of_layer(page: pymupdf.Page, number: int) -> IndexPage | None:
    """From a page's own words; None when no table of an index is on it."""
    drawing = draw(page, RULES_DPI)
    ruled = prepare(flatten(from_samples(drawing.samples, drawing.width, drawing.height)), drawing.dpi)
    middle = (page.rect.width / 2, page.rect.height / 2)
    words = [levelled(word, ruled.degrees, middle) for word in words_of(page)]
    return of_words(words, ruled, number)


def of_words(words: Sequence[Word], ruled: Ruled, number: int, look: Look | None = None) -> IndexPage | None:
    """words: where they lie on the level page, in points. look: reads a doubtful line again."""
    table = assembling.recognise(words, grids.find(*ruled.rules()))
    if table is None:
        return None
    ink = counting.written(ruled.bare, table.grid, ruled.dpi)
    if look is not None:
        words = doubts.settle(words, table, ink, look)
    return assembling.assemble(number, words, table, counting.count(ink, table.once))


def words_of(page: pymupdf.Page) -> list[Word]:
    flags = pymupdf.TEXTFLAGS_WORDS & ~pymupdf.TEXT_PRESERVE_LIGATURES
    return [
        Word(text=text, left=left, top=top, right=right, bottom=bottom)
        for left, top, right, bottom, text, *_ in page.get_text("words", flags=flags)
    ]


def levelled(word: Word, degrees: float, middle: tuple[float, float]) -> Word:
    """Where a word of a skewed page lies once the page is level: its box moves with its middle."""
    x, y = (word.left + word.right) / 2 - middle[0], (word.top + word.bottom) / 2 - middle[1]
    turn = radians(degrees)
    right, down = x * cos(turn) - y * sin(turn) - x, x * sin(turn) + y * cos(turn) - y
    return replace(
        word,
        left=word.left + right,
        top=word.top + down,
        right=word.right + right,
        bottom=word.bottom + down,
    )


def in_points(word: Word, dpi: float, left: int = 0, top: int = 0) -> Word:
    """left, top: where the picture in which it was found begins on the page, in pixels."""
    scale = POINTS_AN_INCH / dpi
    return replace(
        word,
        left=(word.left + left) * scale,
        top=(word.top + top) * scale,
        right=(word.right + left) * scale,
        bottom=(word.bottom + top) * scale,
    )


def in_pixels(box: Cell, dpi: float) -> tuple[int, int, int, int]:
    """Left, top, right, bottom."""
    scale = dpi / POINTS_AN_INCH
    return int(box.left * scale), int(box.top * scale), round(box.right * scale), round(box.bottom * scale)
