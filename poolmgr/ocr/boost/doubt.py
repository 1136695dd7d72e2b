"""How far a reading of a nature may be questioned: not at all, among its own readings, or freely."""

from typing import Literal, TypeAlias

from poolmgr.ocr.boost.natures import is_generic, nearest
from poolmgr.ocr.index.model import Row

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
    if not others:
        return "certain"
    best = max((one.confidence if one.confidence is not None else 1.0) for one in others)
    return "certain" if sure is not None and sure >= SURE and best <= sure - LEAD else "doubtful"


def is_spoilt(text: str) -> bool:
    """Whether nothing can be read of it, or its reader marked it."""
    plain = text.strip().casefold()
    return sum(letter.isalpha() for letter in plain) < 3 or any(mark in plain for mark in SPOILT)
