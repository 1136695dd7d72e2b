"""A date as it stands in an index -> AAAA-MM-JJ."""

import re
import unicodedata
from datetime import date

YEARS = range(1830, 2100)
MONTHS = {
    "jan": 1, "fev": 2, "feb": 2, "mar": 3, "avr": 4, "apr": 4, "mai": 5, "may": 5, "juin": 6, "jun": 6,
    "juil": 7, "jul": 7, "aou": 8, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
NUMERIC = re.compile(r"(?<!\w)(\d{4})\s*[-–—./ ]\s*(\d{1,2})\s*[-–—./ ]\s*(\d{1,2})(?!\w)")
SHORT = re.compile(r"(?<!\w)(\d{2})\s*[-–—./]\s*(\d{1,2})\s*[-–—./]\s*(\d{1,2})(?!\w)")
DAY_FIRST = re.compile(r"(?<!\w)(\d{1,2})(?:er|th|st|nd|rd)?\s+([a-z]{3,9})\.?,?\s+(\d{4})(?!\w)")
MONTH_FIRST = re.compile(r"([a-z]{3,9})[.:]?\s*(\d{1,2})(?:th|st|nd|rd)?(?:\s*[,.]\s*|\s+)(\d{4})(?!\w)")


def iso(written: str, century: int | None = None) -> str | None:
    """AAAA-MM-JJ, or None when no whole and possible date was understood.

    century: 1900 where years of two digits can only mean that one.
    """
    plain = folded(written)
    if found := NUMERIC.search(plain):
        return whole(*map(int, found.groups()))
    if found := DAY_FIRST.search(plain):
        return whole(int(found[3]), month(found[2]), int(found[1]))
    if found := MONTH_FIRST.search(plain):
        return whole(int(found[3]), month(found[1]), int(found[2]))
    if century is not None and (found := SHORT.search(plain)):
        return whole(century + int(found[1]), int(found[2]), int(found[3]))
    return None


def folded(written: str) -> str:
    """Lower case, without accents."""
    return "".join(
        char
        for char in unicodedata.normalize("NFD", written.casefold())
        if unicodedata.category(char) != "Mn"
    )


def month(name: str) -> int:
    """1 to 12; 0 for a word that is no month."""
    return next((number for start, number in MONTHS.items() if name.startswith(start)), 0)


def whole(year: int, month_number: int, day: int) -> str | None:
    try:
        return date(year, month_number, day).isoformat() if year in YEARS else None
    except ValueError:
        return None
