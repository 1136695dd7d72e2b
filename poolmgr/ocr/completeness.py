"""Whether a page of an index was read whole and makes sense: counted and compared, never believed."""

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from poolmgr.ocr.index.model import IndexPage, Row

LEAST_SHARE = 0.95
"""Of the rows that were counted; below it a page is asked again, then marked."""

FIRST_DAY = date(1830, 1, 1)
"""Registration of deeds began in Lower Canada in 1830; the index of immovables is younger."""

MOST_FALLS, LEAST_PAIRS = 0.2, 3
"""Registrations stand in the order in which they came: few may be out of it."""

NUMBER = re.compile(r"[A-Za-z]{0,3}[\s.-]*\d[\d\s./A-Za-z-]*")
LEAST_DIGITS, MOST_DIGITS = 2, 10


def share(rows: int, counted: int | None) -> float:
    """Of the rows that were counted, how many were read: at most 1. Nobody counted = 1."""
    return min(1.0, rows / counted) if counted else 1.0


def is_whole(page: IndexPage) -> bool:
    return share(len(page.rows), page.rows_counted) >= LEAST_SHARE


def doubts(page: IndexPage, today: date | None = None) -> tuple[str, ...]:
    """What a person should look at, in English; nothing = nothing seems wrong."""
    found = [missing(page), *strange_rows(page.rows, today or date.today())]  # noqa: DTZ011
    found += [falls("dates", dates(page.rows)), falls("numbers", numbers(page.rows))]
    return tuple(filter(None, found))


def missing(page: IndexPage) -> str:
    rows, counted = len(page.rows), page.rows_counted
    if not is_whole(page):
        return f"incomplete: {rows} of {counted} rows read"
    if counted is not None and counted < rows * LEAST_SHARE:
        return f"{rows} rows read where {counted} were counted"
    return ""


def strange_rows(rows: Sequence[Row], today: date) -> list[str]:
    strange_dates = [row.date for row in rows if row.date and not is_plausible_date(row.date, today)]
    strange_numbers = [row.number for row in rows if row.number and not is_plausible_number(row.number)]
    found = []
    if strange_dates:
        found.append(f"dates that cannot be: {shown(strange_dates)}")
    if strange_numbers:
        found.append(f"numbers that cannot be: {shown(strange_numbers)}")
    return found


def shown(values: Sequence[str], most: int = 3) -> str:
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(value[:40] for value in values[:most]) + more


def is_plausible_date(text: str, today: date) -> bool:
    """Written otherwise than AAAA-MM-JJ it was not understood, which is no lie."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return True
    try:
        return FIRST_DAY <= date.fromisoformat(text) <= today
    except ValueError:
        return False


def is_plausible_number(text: str) -> bool:
    digits = sum(char.isdigit() for char in text)
    return bool(NUMBER.fullmatch(text)) and LEAST_DIGITS <= digits <= MOST_DIGITS


def dates(rows: Sequence[Row]) -> list[str]:
    return [row.date for row in rows if re.fullmatch(r"\d{4}-\d\d-\d\d", row.date)]


def numbers(rows: Sequence[Row]) -> list[int]:
    """Those of digits alone: others are of an office's own series."""
    return [int(text) for row in rows if (text := re.sub(r"[\s.-]", "", row.number)).isdecimal()]


def falls(what: str, values: Sequence[str] | Sequence[int]) -> str:
    pairs = list(pairwise(values))
    fallen = sum(later < earlier for earlier, later in pairs)  # type: ignore[operator]
    if len(pairs) >= LEAST_PAIRS and fallen > MOST_FALLS * len(pairs):
        return f"{what} do not rise: {fallen} of {len(pairs)} fall"
    return ""
