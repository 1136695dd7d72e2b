"""A page before it is a PDF: words, lines and curves with their places, and the text it truly holds.

Lengths are points (1/72 inch), y grows downwards, text stands on its baseline.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Literal

import pymupdf

Face = Literal["helv", "hebo", "tiro", "tibo", "tiit", "cour", "cobo"]
Point = tuple[float, float]
PADDING = 4.0
# fixed, so that the same sheets are the same bytes
STAMP = "D:20240601120000Z"


@dataclass(frozen=True, kw_only=True)
class Style:
    face: Face
    size: float
    leading: float = 1.25

    @property
    def line(self) -> float:
        return self.size * self.leading


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One line of text at the left end of its baseline."""

    text: str
    at: Point
    style: Style


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """A straight rule (two points) or a pen's curve through many."""

    points: tuple[Point, ...]
    width: float


@cache
def font(face: Face) -> pymupdf.Font:
    return pymupdf.Font(face)


@cache
def advance(face: Face, char: str) -> float:
    """The width of one character at size 1."""
    return float(font(face).text_length(char, fontsize=1))


def measure(text: str, style: Style) -> float:
    return sum(advance(style.face, char) for char in text) * style.size


def wrap(text: str, style: Style, width: float) -> list[str]:
    """Lines no wider than `width`, broken only at spaces; ValueError when one word is wider."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if measure(word, style) > width:
            raise ValueError(f"{word!r} is wider than its {width:.0f} points")
        longer = f"{line} {word}" if line else word
        if measure(longer, style) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines


@dataclass(kw_only=True)
class Sheet:
    width: float
    height: float
    marks: list[Mark] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def truth(self) -> str:
        return "\n".join(self.texts)

    def write(self, lines: Sequence[str], at: Point, style: Style) -> float:
        """Lines below each other from the baseline `at`; the baseline of the next one."""
        x, y = at
        for line in lines:
            self.marks.append(Mark(text=line, at=(x, y), style=style))
            y += style.line
        if lines:
            self.texts.append(" ".join(lines))
        return y

    def centre(self, text: str, y: float, style: Style) -> float:
        return self.write([text], ((self.width - measure(text, style)) / 2, y), style)

    def rule(self, start: Point, end: Point, width: float = 0.6) -> None:
        self.strokes.append(Stroke(points=(start, end), width=width))

    def box(self, left: float, top: float, right: float, bottom: float) -> None:
        for y in (top, bottom):
            self.rule((left, y), (right, y))
        for x in (left, right):
            self.rule((x, top), (x, bottom))


def draw_stroke(shape: pymupdf.Shape, stroke: Stroke) -> None:
    """Two points as a line; more as one smooth curve that the points between only pull at."""
    points = stroke.points
    if len(points) == 2:
        shape.draw_line(*points)
        return
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pairwise(points)]
    for start, pull, end in zip(middles, points[1:], middles[1:], strict=False):
        shape.draw_curve(start, pull, end)


def draw(page: pymupdf.Page, sheet: Sheet) -> None:
    writer = pymupdf.TextWriter(page.rect)
    for mark in sheet.marks:
        writer.append(mark.at, mark.text, font=font(mark.style.face), fontsize=mark.style.size)
    writer.write_text(page)
    shape = page.new_shape()
    for stroke in sheet.strokes:
        draw_stroke(shape, stroke)
        shape.finish(width=stroke.width, closePath=False)
    shape.commit()


def lay(sheets: Sequence[Sheet]) -> pymupdf.Document:
    """The sheets as an open document with their fonts in it."""
    document = pymupdf.open()
    for sheet in sheets:
        draw(document.new_page(width=sheet.width, height=sheet.height), sheet)
    document.subset_fonts()
    return document


def save(document: pymupdf.Document, title: str) -> bytes:
    """The document's bytes: nothing in them comes from a clock or from chance."""
    document.set_metadata(
        {"title": title, "producer": "registre-pool", "creationDate": STAMP, "modDate": STAMP}
    )
    return bytes(document.tobytes(garbage=3, deflate=True, no_new_id=True))
