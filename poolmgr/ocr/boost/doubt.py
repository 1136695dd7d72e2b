"""How far a reading of a nature may be questioned: not at all, among its own readings, or freely."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from poolmgr.ocr.boost.natures import is_generic, is_known, nearest
from poolmgr.ocr.index.model import Alternative, Column, Row

Doubt: TypeAlias = Literal["certain", "doubtful", "open"]

SURE, UNSURE, GUESSED = 0.9, 0.6, 0.4
"""Confidences of a row: from SURE on a reading is certain, below UNSURE doubtful, below GUESSED a guess.
Models state them with little truth, so that little hangs on their exact value."""
LETTERS_SURE = 0.99
"""From here on nothing was recognised: the letters are the registry's own. Below, one letter of a word may be
wrong however sure the reader of the row is."""
LEAD = 0.3
SPOILT = ("?", "[illisible", "illisible", "…", "...", "□")
"""What readers write where they could not read."""


def doubt(row: Row) -> Doubt:
    """certain: nothing changes it. doubtful: another reading of it may win. open: nobody read it.

    The vocabulary has no official list: a nature that is read well and is not known is certain all the same.
    """
    others = row.alternatives.get("nature", ())
    sure = row.confidence
    if is_spoilt(row.nature) or is_generic(row.nature):
        return "certain" if sure is not None and sure >= SURE and row.nature else "open"
    known = nearest(row.nature) is not None
    if sure is not None and sure < GUESSED:
        return "open"
    if sure is not None and sure < UNSURE:
        return "doubtful" if known or others else "open"
    return "certain" if leads(sure, others) else "doubtful"


def leads(sure: float | None, others: Sequence[Alternative]) -> bool:
    """Whether the first reading stands far before the others, if there are any."""
    if not others:
        return True
    best = max((one.confidence if one.confidence is not None else 1.0) for one in others)
    return sure is not None and sure >= SURE and best <= sure - LEAD


def is_certain(row: Row, column: Column, value: str) -> bool:
    """Whether nothing but a person may change what was read in a column; value: of parties one name."""
    if column == "nature":
        return doubt(row) == "certain"
    sure = row.confidence
    if sure is not None and sure >= SURE:
        return leads(sure, row.alternatives.get(column, ()))
    if sure is not None and sure < UNSURE:
        return False
    return not is_marked(value) and not row.alternatives.get(column)


def is_worth_a_look(row: Row) -> bool:
    """Whether something of a row may be wrong that the rows around it could tell."""
    return (
        not is_known(row.nature)
        or not is_certain(row, "nature", row.nature)
        or not is_certain(row, "date", row.date)
        or not all(is_certain(row, "parties", party.name) for party in row.parties)
    )


def is_spoilt(text: str) -> bool:
    """Whether nothing can be read of it, or its reader marked it."""
    plain = text.strip().casefold()
    return sum(letter.isalpha() for letter in plain) < 3 or is_marked(plain)


def is_marked(text: str) -> bool:
    """Whether its reader marked it."""
    return any(mark in text.casefold() for mark in SPOILT)
