"""How much of a true text a reading found."""

import re
import unicodedata
from collections import Counter

WORD = re.compile(r"[^\W_]+")


def words(text: str) -> Counter[str]:
    """The words of `text`, each with how often it stands there."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return Counter(WORD.findall(composed))


def recall(text: str, truth: str) -> float:
    """The share of the truth's words that `text` holds, 0 to 1; 1 for a truth without words.

    A word is a run of letters and digits (Unicode, without the underscore) after NFC and casefold.
    Words are counted as a multiset: one that stands three times in the truth has to be found three
    times. Order does not matter, and words that are too many cost nothing.
    """
    wanted = words(truth)
    if not wanted:
        return 1.0
    return (wanted & words(text)).total() / wanted.total()
