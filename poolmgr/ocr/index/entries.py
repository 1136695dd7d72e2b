"""The words of a table parted into registrations, cell by cell, line by line. Pure: lengths are points."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from poolmgr.ocr.index import dates, layouts
from poolmgr.ocr.index.grid import Grid
from poolmgr.ocr.index.layouts import Columns, Content
from poolmgr.ocr.recognised import Word
from poolmgr.ocr.rows import Cell, rows

LEAST_DIGITS = 3
NO_TEXT = re.compile(r"[\W_]+")
DITTO = re.compile(r"[\"”“″»«„*]|''|’’|‘‘|``|,,")
SIGNS, BETWEEN = frozenset("$%"), frozenset("&:;-–/()+")
"""What may stand for itself: anywhere in a line, and only between words."""
STRAY = "_|~“”„"
ELIDED = re.compile(r"\b([dlnsjmtc]|qu)(['’]) (?=\w)", re.IGNORECASE)
UNOPENED = re.compile(r"^([^(]*[A-ZÀ-Ý])\),")
"""`ROY), Guy`: a capital D at the end of a name is taken for that."""
NARROWEST_SPACE = 0.14
"""Of the height of a line; what stands closer is one word, its letters are only set apart (`Y von`)."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of writing in a cell."""

    text: str
    left: float
    top: float
    bottom: float
    confidence: float | None = None

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def beside(self, other: "Line") -> bool:
        return other.top < self.middle < other.bottom or self.top < other.middle < self.bottom


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One registration: the lines of its cells."""

    cells: dict[Content, list[Line]] = field(default_factory=dict)

    def add(self, content: Content, line: Line) -> None:
        self.cells.setdefault(content, []).append(line)

    def lines(self, content: Content) -> list[Line]:
        return self.cells.get(content, [])

    def text(self, content: Content) -> str:
        return " ".join(line.text for line in self.lines(content))

    def confidence(self, *contents: Content) -> float | None:
        """The mean of these cells' lines, of all cells when none is named; None where nothing tells it."""
        chosen = [line for content in contents or self.cells for line in self.lines(content)]
        sure = [line.confidence for line in chosen if line.confidence is not None]
        return round(sum(sure) / len(sure), 3) if sure else None


def words_in(words: Iterable[Word], grid: Grid, column: int, band: int) -> list[Word]:
    return [
        word
        for word in words
        if grid.column_of((word.left + word.right) / 2) == column
        and grid.band_of((word.top + word.bottom) / 2) == band
    ]


def lines(words: Iterable[Word]) -> list[Line]:
    """The words of a cell line by line, without dust: what has neither letter nor digit and is no ditto mark,
    but for signs that stand among words."""
    found: list[Line] = []
    for row in rows(words):
        ordered = without_dust(sorted((word for word in row.cells), key=lambda word: word.left))
        if ordered:
            sure = [
                word.confidence for word in ordered if isinstance(word, Word) and word.confidence is not None
            ]
            found.append(
                Line(
                    text=spaced(ordered, row.height),
                    left=ordered[0].left,
                    top=row.top,
                    bottom=row.bottom,
                    confidence=sum(sure) / len(sure) if sure else None,
                )
            )
    return found


def without_dust(words: Sequence[Cell]) -> list[Cell]:
    """words: of one line, left to right."""
    solid = [number for number, word in enumerate(words) if says_something(word.text)]
    return [
        word
        for number, word in enumerate(words)
        if number in solid
        or (solid and (word.text in SIGNS or (word.text in BETWEEN and solid[0] < number < solid[-1])))
    ]


def spaced(words: Sequence[Cell], height: float) -> str:
    """A line's words with a space wherever one stands."""
    text = clean(words[0])
    for left, right in pairwise(words):
        gap = "" if right.left - left.right < NARROWEST_SPACE * height else " "
        text += gap + clean(right)
    return UNOPENED.sub(r"\1,", ELIDED.sub(r"\1\2", text))


def clean(word: Cell) -> str:
    """Without what is left of rules at its ends."""
    return word.text if DITTO.fullmatch(word.text) else word.text.strip(STRAY) or word.text


def says_something(text: str) -> bool:
    return NO_TEXT.fullmatch(text) is None or DITTO.fullmatch(text) is not None


def part(words: Sequence[Word], grid: Grid, columns: Columns) -> list[Entry]:
    """Registrations from above to below, each beginning where its number or date stands.

    A rule below ends one, unless the form has printed lines, which end nothing. What stands above the first
    beginning of a page belongs to none: it goes on from the page before.
    """
    found: list[Entry] = []
    for band in range(1, grid.bands):
        cells = [
            (content, line)
            for column, content in enumerate(columns.contents)
            if content is not None
            for line in lines(words_in(words, grid, column, band))
        ]
        starts = beginnings(cells)
        goes_on = columns.layout in layouts.RULED_LINES
        if cells and not starts and not goes_on:
            starts = [cells[0][1]]
        before = len(found)
        found += [Entry() for _ in starts]
        for content, line in cells:
            begun = sum(line.middle > start.top for start in starts)
            place = before - 1 + begun if goes_on else before + max(0, begun - 1)
            if place >= 0:
                found[place].add(content, line)
    return found


def beginnings(cells: Iterable[tuple[Content, Line]]) -> list[Line]:
    """The lines of a band that hold a number or a date, those side by side once."""
    found: list[Line] = []
    for content, line in sorted(cells, key=lambda pair: pair[1].middle):
        if tells(content, line.text) and not (found and line.beside(found[-1])):
            found.append(line)
    return found


def tells(content: Content, text: str) -> bool:
    if content == "number":
        return sum(map(str.isdigit, text)) >= LEAST_DIGITS
    return content == "date" and dates.iso(text) is not None
