"""Words of a cell as lines of writing: what is dust goes, what a reader parts or joins wrongly is mended.

Pure: lengths are points, y grows downwards.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from poolmgr.ocr.recognised import Word
from poolmgr.ocr.rows import Cell, rows

NO_TEXT = re.compile(r"[\W_]+")
DITTO = re.compile(r"[\"”“″»«„*]|''|’’|‘‘|``|,,")
SIGNS, BETWEEN = frozenset("$%"), frozenset("&:;-–/()+")
"""What may stand for itself: anywhere in a line, and only between words."""
STRAY = "_|~“”„"
ELIDED = re.compile(r"\b([dlnsjmtc]|qu)(['’]) (?=\w)", re.IGNORECASE)
UNOPENED = re.compile(r"^([^(]*[A-ZÀ-Ý])\),")
"""`ROY), Guy`: a capital D at the end of a name is taken for that."""
KERNED = re.compile(r"\b([TVWYFP]) (?=[a-zà-ÿ]{2})")
"""`Y von`: capitals that lean over the next letter stand by themselves for Tesseract."""
SAME_PLACE = 0.5
"""Of a word: the same one over so much of the one before is its ink read twice."""


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
                    text=mended(" ".join(map(clean, ordered))),
                    left=ordered[0].left,
                    top=row.top,
                    bottom=row.bottom,
                    confidence=sum(sure) / len(sure) if sure else None,
                )
            )
    return found


def without_dust(words: Sequence[Cell]) -> list[Cell]:
    """words: of one line, left to right. A ditto mark stands alone; among words it is a speck."""
    solid = [number for number, word in enumerate(words) if NO_TEXT.fullmatch(word.text) is None]
    if not solid:
        return [word for word in words if DITTO.fullmatch(word.text)][:1]
    kept: list[Cell] = []
    for number, word in enumerate(words):
        meant = word.text in SIGNS or (word.text in BETWEEN and solid[0] < number < solid[-1])
        if (number in solid or meant) and not (kept and covers(kept[-1], word)):
            kept.append(word)
    return kept


def covers(left: Cell, right: Cell) -> bool:
    """Whether both are the same ink read twice."""
    overlap = left.right - right.left
    return left.text == right.text and overlap > SAME_PLACE * (right.right - right.left)


def mended(text: str) -> str:
    """Of a whole line: what Tesseract parts or misreads again and again."""
    return KERNED.sub(r"\1", UNOPENED.sub(r"\1,", ELIDED.sub(r"\1\2", text)))


def clean(word: Cell) -> str:
    """Without what is left of rules at its ends."""
    return word.text if DITTO.fullmatch(word.text) else word.text.strip(STRAY) or word.text


def says_something(text: str) -> bool:
    return NO_TEXT.fullmatch(text) is None or DITTO.fullmatch(text) is not None
