"""Which row that was read is which true one. Pure."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from poolmgr.ocr.index.model import Row

Pair: TypeAlias = tuple[Row | None, Row | None]
"""A row as read and as it truly is; None: not read, or invented."""

LEAST_ALIKE = 0.4


def align(read: Sequence[Row], true: Sequence[Row]) -> list[Pair]:
    """In order, with the highest sum of likenesses; rows that are less than 0.4 alike are no pair."""
    best = [[0.0] * (len(true) + 1) for _ in range(len(read) + 1)]
    like = [[likeness(mine, theirs) for theirs in true] for mine in read]
    for i in range(1, len(read) + 1):
        for j in range(1, len(true) + 1):
            paired = best[i - 1][j - 1] + worth(like[i - 1][j - 1])
            best[i][j] = max(best[i - 1][j], best[i][j - 1], paired)
    pairs: list[Pair] = []
    i, j = len(read), len(true)
    while i and j:
        if worth(like[i - 1][j - 1]) and best[i][j] == best[i - 1][j - 1] + worth(like[i - 1][j - 1]):
            i, j = i - 1, j - 1
            pairs.append((read[i], true[j]))
        elif best[i][j] == best[i - 1][j]:
            i -= 1
            pairs.append((read[i], None))
        else:
            j -= 1
            pairs.append((None, true[j]))
    pairs += [(row, None) for row in reversed(read[:i])] + [(None, row) for row in reversed(true[:j])]
    return pairs[::-1]


def worth(likeness: float) -> float:
    return likeness if likeness >= LEAST_ALIKE else 0.0


def likeness(read: Row, true: Row) -> float:
    """0 to 1: the number tells most, then the rest of the row."""
    return 0.6 * alike(read.number, true.number) + 0.4 * alike(whole(read), whole(true))


def whole(row: Row) -> str:
    return " ".join((row.date, row.nature, *(party.name for party in row.parties), row.remarks))


def alike(read: str, true: str) -> float:
    return 1.0 if read == true else SequenceMatcher(None, read, true, autojunk=False).ratio()
