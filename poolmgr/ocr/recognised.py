"""What Tesseract found on a picture, from its table of words. Pure: no library."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from poolmgr.ocr.rows import Cell, as_text, merged

WORD_LEVEL, COLUMNS = "5", 12
LONG_WORD = 4


@dataclass(frozen=True, kw_only=True)
class Word(Cell):
    """One word where it lies. confidence: 0 to 1, None where nothing tells it."""

    confidence: float | None = None


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """Text in visual order; confidence is the mean over its words, 0 to 1 (0 without words).

    placed: its words, in pixels of the picture.
    """

    text: str
    words: int
    confidence: float
    sideways: bool = False
    placed: tuple[Word, ...] = ()

    @property
    def score(self) -> float:
        """To compare readings of one page turned four ways: many words, and sure ones.

        Tesseract reads lines that run down the page too, but then their order is not ours.
        """
        return 0.0 if self.sideways else self.words * self.confidence**2


def recognised(tsv: str) -> Recognised:
    rows = list(words(tsv))
    cells: list[Cell] = []
    placed: list[Word] = []
    for _, line in groupby(rows, key=lambda row: tuple(row[1:5])):
        found = [word(row) for row in line]
        placed.extend(found)
        cells.extend(merged(found))
    sure = sum(float(row[10]) for row in rows) / (100 * len(rows)) if rows else 0.0
    return Recognised(
        text=as_text(cells),
        words=len(rows),
        confidence=round(sure, 3),
        sideways=lying(placed),
        placed=tuple(placed),
    )


def lying(words: Iterable[Cell]) -> bool:
    """Whether most long words are higher than wide."""
    high = [one.height > one.right - one.left for one in words if len(one.text) >= LONG_WORD]
    return sum(high) * 2 > len(high)


def words(tsv: str) -> Iterator[list[str]]:
    """Columns: level page block paragraph line word left top width height confidence text."""
    for row in tsv.splitlines():
        columns = row.split("\t")
        if len(columns) == COLUMNS and columns[0] == WORD_LEVEL and columns[11].strip():
            yield columns


def word(row: list[str]) -> Word:
    left, top, width, height = map(int, row[6:10])
    return Word(
        text=row[11].strip(),
        left=left,
        top=top,
        right=left + width,
        bottom=top + height,
        confidence=float(row[10]) / 100,
    )
