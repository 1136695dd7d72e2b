"""The words of a table parted into registrations, cell by cell. Pure: lengths are points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from poolmgr.ocr.index import dates, layouts
from poolmgr.ocr.index.grid import Grid
from poolmgr.ocr.index.layouts import Columns, Content
from poolmgr.ocr.index.lines import Line, lines
from poolmgr.ocr.recognised import Word

LEAST_DIGITS = 3


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
