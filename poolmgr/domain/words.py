"""The words of a written place name, free of everything that does not tell one place from another."""

import re
import unicodedata
from collections.abc import Sequence

LINKS = frozenset({"de", "du", "des", "d'", "la", "le", "les", "l'"})
COUNTED = frozenset(
    {"rang", "rangs", "concession", "concessions", "ligne", "lignes", "lot", "lots", "bloc", "blocs"}
)
"""Nouns whose number is their name; alone they name nothing."""
LETTERED = frozenset({"lot", "lots", "bloc", "blocs"})
"""Nouns whose letter is their name: bloc V is not bloc 5, lot 24e (a statute writes 24b) not lot 24."""
SAINTS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
NUMBER_MARKS = frozenset({"no", "nos", "num", "numero"})  # « Nicolet No 1 » in statutes
UNITS = {"": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9}

SIGNS = str.maketrans({"№": " no ", "°": "o", **dict.fromkeys("’‘‛ʼʹ′`´＇", "'")})
WORD = re.compile(r"\b[dl]'(?=[^\W_])|[^\W_]+")
GLUED_NUMBER = re.compile(r"\b([^\W\d_]{2,})(?=[0-9])")
SPACED_ORDINAL = re.compile(r"(?<=[0-9])\s+(?=(?:i?eme|ere|er)\b)")
ARABIC = re.compile(r"0*([0-9]+)")
ARABIC_ORDINAL = re.compile(r"0*([0-9]+)(?:er|ere|re|e|eme|ieme|nd|nde)")
ROMAN = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})")
ROMAN_ORDINAL = re.compile(r"(?:(?P<first>i)(?:er|ere|re)|(?P<other>[ivx]+)(?:e|eme|ieme))")


def words(text: str) -> list[str]:
    """The words of `text`, links among them as `d'` or `du`, every number in plain figures."""
    parts = [SAINTS.get(part, part) for part in _elided(_parts(text))]
    return _without_marks(_in_figures(parts))


def has_number(word: str) -> bool:
    return any(letter.isnumeric() for letter in word)


def roman(word: str) -> str:
    """The figures of I to XXXIX; empty for anything else. C, D, L and M count as letters."""
    found = ROMAN.fullmatch(word)
    value = 10 * len(found[1]) + UNITS[found[2]] if found else 0
    return str(value) if value else ""


def _parts(text: str) -> list[str]:
    folded = _folded(text.translate(SIGNS))
    spaced = SPACED_ORDINAL.sub("", GLUED_NUMBER.sub(r"\1 ", folded))
    return WORD.findall(spaced)


def _folded(text: str) -> str:
    """Lower case without accents or invisible characters; ½ and ² stay themselves: 24½ is not 241/2."""
    plain = unicodedata.normalize("NFD", "".join(_plain(letter) for letter in text).casefold())
    kept = (letter for letter in plain if unicodedata.category(letter) not in ("Mn", "Cf"))
    return "".join(kept).replace("œ", "oe").replace("æ", "ae")


def _plain(letter: str) -> str:
    kind = unicodedata.category(letter)
    return unicodedata.normalize("NFKD", letter) if kind[0] == "L" or kind in ("Nd", "Nl") else letter


def _elided(parts: Sequence[str]) -> list[str]:
    """`d` and `l` that lost their apostrophe are links again, unless they may be a letter's name."""
    before = ("", *parts)
    after = (*parts[1:], "")
    return [
        f"{part}'" if part in ("d", "l") and _elides(previous, following) else part
        for previous, part, following in zip(before, parts, after, strict=False)
    ]


def _elides(previous: str, following: str) -> bool:
    if previous in COUNTED or following in ("est", "ouest"):
        return False
    return len(following) > 1 and following[0] in "aeiouyh"


def _in_figures(parts: Sequence[str]) -> list[str]:
    """Numbers and ordinals as figures; « 5e rang » becomes « rang 5 »."""
    written: list[str] = []
    was_ordinal = False
    for previous, part in zip(("", *parts), parts, strict=False):
        number = _cardinal(part, previous)
        ordinal = "" if number or previous in LETTERED else _ordinal(part)
        if was_ordinal and part in COUNTED:
            written.insert(len(written) - 1, part)
        else:
            written.append(number or ordinal or part)
        was_ordinal = bool(ordinal) and previous not in COUNTED
    return written


def _cardinal(part: str, previous: str) -> str:
    found = ARABIC.fullmatch(part)
    if found:
        return found[1]
    return "" if len(part) == 1 and previous in LETTERED else roman(part)


def _ordinal(part: str) -> str:
    found = ARABIC_ORDINAL.fullmatch(part)
    if found:
        return found[1]
    found = ROMAN_ORDINAL.fullmatch(part)
    return roman(found["first"] or found["other"]) if found else ""


def _without_marks(parts: Sequence[str]) -> list[str]:
    """« No 1 » is 1."""
    after = (*parts[1:], "")
    return [
        part
        for part, following in zip(parts, after, strict=False)
        if not (part in NUMBER_MARKS and following.isdecimal())
    ]
