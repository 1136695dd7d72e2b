"""French numbers in words, as deeds write amounts."""

import re

from poolmgr.ocr.folding import folded

NAMES = (
    "zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit",
    "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize",
)  # fmt: skip
UNITS = {word: value for value, word in enumerate(NAMES)} | {"une": 1}
TENS = {"vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}
TENS |= {"septante": 70, "huitante": 80, "nonante": 90}
SCALES = {"mille": 1_000, "million": 1_000_000, "millions": 1_000_000}
HUNDREDS = frozenset({"cent", "cents"})
WORD = re.compile(r"[a-z]+")


def is_numeral(word: str) -> bool:
    plain = folded(word)
    return plain in UNITS or plain in TENS or plain in SCALES or plain in HUNDREDS


def number(text: str) -> int | None:
    """The number that words say; None when one of them is no numeral."""
    words = [word for word in WORD.findall(folded(text)) if word != "et"]
    if not words:
        return None
    total = part = 0
    for word in words:
        if word in SCALES:
            total, part = total + max(part, 1) * SCALES[word], 0
        elif word in HUNDREDS:
            part = max(part % 100, 1) * 100 + part // 100 * 100
        elif word in ("vingt", "vingts") and part % 100 == 4:
            part += 76  # quatre-vingts
        elif word in TENS or word in UNITS:
            part += TENS.get(word, 0) or UNITS[word]
        else:
            return None
    return total + part
