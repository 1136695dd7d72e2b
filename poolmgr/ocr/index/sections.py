"""The distinct section at the end of a reproduced file: its cancellations belong to rows of scanned pages.

Such a cancellation is not written beside the old row; the number of the registration is all that joins them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from poolmgr.ocr.index.model import IndexPage, Row


@dataclass(frozen=True, kw_only=True)
class Place:
    """A row of a document. page: the number of its page; row: from 1."""

    page: int
    row: int


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row of the distinct section, and the rows that bear its number; none = reported, nothing is lost."""

    place: Place
    row: Row
    rows: tuple[Place, ...]


def entries(pages: Sequence[IndexPage]) -> tuple[Entry, ...]:
    """What the distinct sections say, in their order."""
    registered: dict[str, list[Place]] = {}
    for place, row in places(page for page in pages if page.layout != "modern_radiation"):
        if key := number_of(row):
            registered.setdefault(key, []).append(place)
    return tuple(
        Entry(place=place, row=row, rows=tuple(registered.get(number_of(row), ())))
        for place, row in places(page for page in pages if page.layout == "modern_radiation")
    )


def unmatched(found: Iterable[Entry]) -> list[str]:
    """A sentence for each entry whose registration stands on no page."""
    return [
        f"page {entry.place.page} row {entry.place.row}: registration {entry.row.number or '(no number)'} of "
        f"the distinct section stands on no other page ({entry.row.radiations or 'no cancellation'})"
        for entry in found
        if not entry.rows
    ]


def places(pages: Iterable[IndexPage]) -> Iterator[tuple[Place, Row]]:
    for page in pages:
        for number, row in enumerate(page.rows, 1):
            yield Place(page=page.number, row=number), row


def number_of(row: Row) -> str:
    """A registration number as it is compared: figures and letters alone, "" for none."""
    return plain_number(row.number)


def plain_number(text: str) -> str:
    return re.sub(r"[\W_]", "", text).upper().lstrip("0")
