"""What Tesseract found on a picture, from its table of words. Pure: no library."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from poolmgr.ocr.rows import Cell, as_text, merged

WORD_LEVEL, COLUMNS = "5", 12
LONG_WORD = 4


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """Text in visual order; confidence is the mean over its words, 0 to 1 (0 without words)."""

    text: str
    words: int
    confidence: float
    sideways: bool = False

    @property
    def score(self) -> float:
        """To compare readings of one page turned four ways: many words, and sure ones.

        Tesseract reads lines that run down the page too, but then their order is not ours.
        """
        return 0.0 if self.sideways else self.words * self.confidence**2


def recognised(tsv: str) -> Recognised:
    rows = list(words(tsv))
    cells: list[Cell] = []
    for _, line in groupby(rows, key=lambda row: tuple(row[1:5])):
        cells.extend(merged([cell(row) for row in line]))
    sure = sum(float(row[10]) for row in rows) / (100 * len(rows)) if rows else 0.0
    return Recognised(
        text=as_text(cells), words=len(rows), confidence=round(sure, 3), sideways=lying(map(cell, rows))
    )


def lying(words: Iterable[Cell]) -> bool:
    """Whether most long words are higher than wide."""
    high = [word.height > word.right - word.left for word in words if len(word.text) >= LONG_WORD]
    return sum(high) * 2 > len(high)


def words(tsv: str) -> Iterator[list[str]]:
    """Columns: level page block paragraph line word left top width height confidence text."""
    for row in tsv.splitlines():
        columns = row.split("\t")
        if len(columns) == COLUMNS and columns[0] == WORD_LEVEL and columns[11].strip():
            yield columns


def cell(row: list[str]) -> Cell:
    left, top, width, height = map(int, row[6:10])
    return Cell(text=row[11].strip(), left=left, top=top, right=left + width, bottom=top + height)
