"""Lines of ink that the reading of the whole page left out or was not sure of: read again, one by one.

Pure: lengths are points, y grows downwards.
"""

from collections.abc import Callable, Sequence

from poolmgr.ocr.index.assembling import Table
from poolmgr.ocr.index.entries import words_in
from poolmgr.ocr.index.layouts import RULED_LINES, Content
from poolmgr.ocr.index.lines import DITTO, says_something
from poolmgr.ocr.index.people import DITTO_MARK
from poolmgr.ocr.recognised import Word
from poolmgr.ocr.rows import Cell

Look = Callable[[Cell, bool], Sequence[Word]]
"""A box of the page, and whether it holds a number -> the words in it, read anew."""

SURE = 0.85
DITTO_WIDE, DITTO_HIGH = (1.5, 6.5), (1.5, 5.0)
DITTOED: frozenset[Content] = frozenset({"name", "nature"})


def settle(
    words: Sequence[Word], table: Table, ink: Sequence[Sequence[Sequence[Cell]]], look: Look
) -> list[Word]:
    """The page's words, in the table those alone that lie on ink, with the better reading of each doubtful
    line."""
    top, bottom = table.grid.steps[1], table.grid.steps[-1]
    kept = [word for word in words if not top <= (word.top + word.bottom) / 2 <= bottom]
    for band, cells in enumerate(ink, 1):
        for column, lines in enumerate(cells):
            content = table.columns.contents[column]
            found = words_in(words, table.grid, column, band)
            for line in lines if content else ():
                kept += settled([word for word in found if on(word, line)], line, table, content, look)
    return kept


def on(word: Word, line: Cell) -> bool:
    middle = (line.top + line.bottom) / 2
    return line.top <= (word.top + word.bottom) / 2 <= line.bottom or word.top <= middle <= word.bottom


def settled(
    words: list[Word], line: Cell, table: Table, content: Content | None, look: Look
) -> Sequence[Word]:
    """The words of one line of ink."""
    telling = [word for word in words if says_something(word.text)]
    if content in DITTOED and table.columns.layout in RULED_LINES and is_ditto(line):
        return words if any(DITTO.fullmatch(word.text) for word in words) else [ditto(line)]
    if telling and not doubtful(telling, content):
        return words
    again = look(line, content == "number")
    return again if sureness(again) > sureness(telling) else words


def doubtful(words: Sequence[Word], content: Content | None) -> bool:
    if content == "number" and not all(word.text.isdigit() for word in words):
        return True
    return min(word.confidence or 0.0 for word in words) < SURE


def sureness(words: Sequence[Word]) -> float:
    """The mean over letters, so that a stray dot counts little."""
    letters = sum(len(word.text) for word in words)
    return sum((word.confidence or 0.0) * len(word.text) for word in words) / letters if letters else 0.0


def is_ditto(line: Cell) -> bool:
    wide, high = line.right - line.left, line.height
    return DITTO_WIDE[0] <= wide <= DITTO_WIDE[1] and DITTO_HIGH[0] <= high <= DITTO_HIGH[1]


def ditto(line: Cell) -> Word:
    return Word(text=DITTO_MARK, left=line.left, top=line.top, right=line.right, bottom=line.bottom)
