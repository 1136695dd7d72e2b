"""How far a reading is from the truth. Needs numpy; imported late."""

import unicodedata
from collections.abc import Hashable, Sequence

import numpy as np


def edits(read: Sequence[Hashable], true: Sequence[Hashable]) -> int:
    """Fewest insertions, deletions and replacements that make one of the other (Levenshtein)."""
    if len(read) < len(true):
        read, true = true, read
    if not true:
        return len(read)
    numbers = {item: number for number, item in enumerate(dict.fromkeys([*read, *true]))}
    columns = np.array([numbers[item] for item in true])
    places = np.arange(len(true) + 1)
    row = places.copy()
    for count, item in enumerate(read, 1):
        changed = row[:-1] + (columns != numbers[item])
        best = np.concatenate(([count], np.minimum(changed, row[1:] + 1)))
        row = np.minimum.accumulate(best - places) + places
    return int(row[-1])


def even(text: str) -> str:
    """As texts are compared: one space between words, composed letters, straight apostrophes."""
    return " ".join(unicodedata.normalize("NFC", text).replace("’", "'").replace("ʼ", "'").split())
