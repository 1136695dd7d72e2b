"""Lines of ink that the reading of the whole page left out or was not sure of: read again, one by one.

Pure: lengths are points, y grows downwards.
"""

from collections.abc import Callable, Sequence
from itertools import count

from poolmgr.ocr.index import dates
from poolmgr.ocr.index.assembling import Table
from poolmgr.ocr.index.entries import words_in
from poolmgr.ocr.index.layouts import RULED_LINES, Content
from poolmgr.ocr.index.lines import DITTO, says_something
from poolmgr.ocr.index.people import DITTO_MARK
from poolmgr.ocr.recognised import Word
from poolmgr.ocr.rows import Cell

Look = Callable[[Cell, str], Sequence[Word]]
"""A box of the page, and the only letters it can hold ("" = any) -> the words in it, read anew."""

ANY, DIGITS, NUMERIC_DATE = "", "0123456789", "0123456789-"

SURE, DUST = 0.85, 0.25
MOST_LOOKS = 200
"""A page; each takes up to 30 ms of CPU, and on one written by hand every line is doubtful."""

DITTO_WIDE, DITTO_HIGH = (1.5, 6.5), (1.5, 5.0)
DITTOED: frozenset[Content] = frozenset({"name", "nature"})


def settle(
    words: Sequence[Word], table: Table, ink: Sequence[Sequence[Sequence[Cell]]], look: Look
) -> list[Word]:
    """The page's words, in the table those alone that lie on ink, with the better reading of each doubtful
    line."""
    look = sparing(look, MOST_LOOKS)
    top, bottom = table.grid.steps[1], table.grid.steps[-1]
    kept = [word for word in words if not top <= (word.top + word.bottom) / 2 <= bottom]
    for band, cells in enumerate(ink, 1):
        for column, lines in enumerate(cells):
            content = table.columns.contents[column]
            found = words_in(words, table.grid, column, band)
            for line in lines if content else ():
                kept += settled([word for word in found if on(word, line)], line, table, content, look)
    return kept


def sparing(look: Look, most: int) -> Look:
    """Finds nothing any more once it was asked so often."""
    asked = count(1)
    return lambda line, letters: look(line, letters) if next(asked) <= most else ()


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
    letters = letters_of(telling, content)
    again = look(line, letters)
    if letters == NUMERIC_DATE:
        return again if dates.iso(text_of(again)) else words
    return again if evidence(again) > evidence(telling) else words


def letters_of(words: Sequence[Word], content: Content | None) -> str:
    """A date that was not understood and is mostly digits can hold nothing else."""
    if content == "number":
        return DIGITS
    text = text_of(words)
    numeric = content == "date" and dates.iso(text) is None and 2 * sum(map(str.isdigit, text)) > len(text)
    return NUMERIC_DATE if numeric else ANY


def doubtful(words: Sequence[Word], content: Content | None) -> bool:
    if content == "number" and not all(word.text.isdigit() for word in words):
        return True
    if content == "date" and dates.iso(text_of(words)) is None:
        return True
    return not is_sure(words)


def is_sure(words: Sequence[Word]) -> bool:
    return bool(words) and min(word.confidence or 0.0 for word in words) >= SURE


def text_of(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def evidence(words: Sequence[Word]) -> float:
    """What a reading is worth: letters add by their confidence and dust, of which Tesseract is never sure,
    takes away, so that half a line read surely is no better than the whole read fairly."""
    return sum(((word.confidence or 0.0) - DUST) * len(word.text) for word in words)


def is_ditto(line: Cell) -> bool:
    wide, high = line.right - line.left, line.height
    return DITTO_WIDE[0] <= wide <= DITTO_WIDE[1] and DITTO_HIGH[0] <= high <= DITTO_HIGH[1]


def ditto(line: Cell) -> Word:
    return Word(text=DITTO_MARK, left=line.left, top=line.top, right=line.right, bottom=line.bottom)
