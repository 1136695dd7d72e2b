"""Pieces of text on a page put in the order a person reads them: row by row, left to right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

SAME_ROW_OVERLAP = 0.5
COLUMN_GAP, PARAGRAPH_GAP = 1.2, 0.9


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Text without a wide gap in it, and its box; y grows downwards."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(kw_only=True)
class Row:
    """Cells on one line, as tall as their mean, so that a high one does not swallow the next row."""

    cells: list[Cell]
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def holds(self, cell: Cell) -> bool:
        overlap = min(self.bottom, cell.bottom) - max(self.top, cell.top)
        return overlap >= SAME_ROW_OVERLAP * min(self.height, cell.height)

    def add(self, cell: Cell) -> None:
        count = len(self.cells)
        self.top = (self.top * count + cell.top) / (count + 1)
        self.bottom = (self.bottom * count + cell.bottom) / (count + 1)
        self.cells.append(cell)


def as_text(cells: Iterable[Cell]) -> str:
    """One line a row, a tab between columns, an empty line before a paragraph."""
    lines: list[str] = []
    previous: Row | None = None
    for row in rows(cells):
        if previous and row.top - previous.bottom > PARAGRAPH_GAP * previous.height:
            lines.append("")
        lines.append(line(row))
        previous = row
    return "\n".join(lines)


def rows(cells: Iterable[Cell]) -> list[Row]:
    found: list[Row] = []
    for cell in sorted(cells, key=lambda cell: (cell.top + cell.bottom, cell.left)):
        fitting = next((row for row in found[-1:-4:-1] if row.holds(cell)), None)
        if fitting:
            fitting.add(cell)
        else:
            found.append(Row(cells=[cell], top=cell.top, bottom=cell.bottom))
    return found


def line(row: Row) -> str:
    cells = sorted(row.cells, key=lambda cell: cell.left)
    text = cells[0].text
    for left, right in pairwise(cells):
        text += gap(left, right, row.height) + right.text
    return text


def gap(left: Cell, right: Cell, height: float) -> str:
    return "\t" if right.left - left.right > COLUMN_GAP * height else " "


def merged(words: Sequence[Cell]) -> list[Cell]:
    """Words of one line, left to right, joined to cells wherever no column gap parts them."""
    cells: list[Cell] = []
    for word in words:
        if cells and gap(cells[-1], word, max(cells[-1].height, word.height)) == " ":
            last = cells.pop()
            joined = Cell(
                text=f"{last.text} {word.text}",
                left=last.left,
                top=min(last.top, word.top),
                right=max(last.right, word.right),
                bottom=max(last.bottom, word.bottom),
            )
            cells.append(joined)
        else:
            cells.append(word)
    return cells
