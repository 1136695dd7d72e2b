"""The cheapest truth first: pages of a document that the registry's saved table speaks for need no reading.

A page is spoken for when its text layer names registrations, and all of them stand in the table. Pictures are
read, for they may be older than the table; rows of them that the table holds are left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pymupdf

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import DocumentError
from poolmgr.ocr import documents
from poolmgr.ocr.folding import folded
from poolmgr.ocr.index import saved
from poolmgr.ocr.index.model import IndexPage, Row
from poolmgr.ocr.index.sections import number_of, plain_number
from poolmgr.ocr.papers import Papers
from poolmgr.ocr.reading import Page, Reading

DATE_AND_NUMBER = re.compile(r"\b\d{4}-\d{2}-\d{2}\s{1,9}(\d[\d \u00a0-]{3,14})(?!\w)")
"""How a registration begins on a page that the computer printed."""


@dataclass(frozen=True, kw_only=True)
class Cover:
    """What is known of a document without reading it.

    pages: of the table, none without one. rest: a PDF of what is to be read, None when nothing is.
    before: so many pages of it come before the table.
    """

    pages: tuple[Page, ...]
    rest: bytes | None
    before: int = 0
    note: str = ""

    def joined(self, reading: Reading | None) -> Reading:
        """The whole document in its order, from the table and the reading of the rest."""
        if not self.pages:
            return reading or Reading(pages=())
        whole = reading or Reading(pages=())
        numbers, events = known(self.pages)
        kept = [(place, without(page, numbers, events)) for place, page in enumerate(whole.pages)]
        first = [page for place, page in kept if page and place < self.before]
        last = [page for place, page in kept if page and place >= self.before]
        pages = tuple(numbered(page, n) for n, page in enumerate([*first, *self.pages, *last], 1))
        return replace(whole, pages=pages, note=self.note or noted(pages))

    def alone(self, error: DocumentError) -> Reading:
        """The table's pages with what is wrong with the rest. Raises the error where there is no table."""
        if not self.pages:
            raise error
        return replace(self, note=f"the saved table alone was read: {error.sentence}").joined(None)


def cover(papers: Papers, settings: OcrSettings) -> Cover:
    """Never raises for the table: a page that holds none speaks for nothing."""
    try:
        found = saved.read(papers.table) if papers.table else None
    except DocumentError:
        found = None
    if found is None:
        return Cover(pages=(), rest=papers.pdf)
    numbers, _ = known(found.pages)
    try:
        with documents.opened(papers.pdf, settings) as document:
            return covering(document, papers.pdf, found.pages, numbers)
    except DocumentError as error:
        return Cover(pages=found.pages, rest=None, note=f"the saved table alone was read: {error.sentence}")


def covering(
    document: pymupdf.Document, pdf: bytes, pages: tuple[Page, ...], numbers: frozenset[str]
) -> Cover:
    total = document.page_count
    spoken = [index for index in range(total) if is_spoken_for(text_of(document, index), numbers)]
    others = [index for index in range(total) if index not in set(spoken)]
    if not others:
        return Cover(pages=pages, rest=None)
    before = sum(index < spoken[0] for index in others) if spoken else len(others)
    if not spoken:
        return Cover(pages=pages, rest=pdf, before=before)
    document.select(others)
    # With a new id each time it would be another document, whose paid answers nobody finds again.
    return Cover(pages=pages, rest=document.tobytes(no_new_id=True), before=before)


def text_of(document: pymupdf.Document, index: int) -> str:
    """The text layer; "" where there is none that can be read."""
    try:
        return str(document.load_page(index).get_text(sort=True))
    except documents.FAILURES:
        return ""


def is_spoken_for(text: str, numbers: frozenset[str]) -> bool:
    named = [plain_number(found) for found in DATE_AND_NUMBER.findall(text)]
    return bool(named) and all(number in numbers for number in named)


def known(pages: Sequence[Page]) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Numbers, and days with natures, of the table's rows."""
    rows = [row for page in pages for row in rows_of(page.index)]
    return frozenset(filter(None, map(number_of, rows))), frozenset(map(event, rows))


def rows_of(page: IndexPage | None) -> Iterator[Row]:
    yield from page.rows if page else ()


def event(row: Row) -> tuple[str, str]:
    return row.date, folded(row.nature)


def without(page: Page, numbers: frozenset[str], events: frozenset[tuple[str, str]]) -> Page | None:
    """A page of the rest without the rows that the table holds; None when nothing else is on it."""
    if page.index is None:
        return None if is_spoken_for(page.text, numbers) else page
    new = tuple(
        row
        for row in page.index.rows
        if number_of(row) not in numbers and not (row.date and event(row) in events)
    )
    left_out = len(page.index.rows) - len(new)
    if left_out and not new:
        return None
    if not left_out:
        return page
    note = f"{left_out} rows that the saved table holds are left out here"
    return replace(
        page,
        index=replace(page.index, rows=new, rows_counted=None),
        note="; ".join(filter(None, (page.note, note))),
    )


def numbered(page: Page, number: int) -> Page:
    index = page.index and replace(page.index, number=number)
    return replace(page, number=number, index=index)


def noted(pages: Sequence[Page]) -> str:
    numbers = [str(page.number) for page in pages if page.note]
    return f"see the notes of pages {', '.join(numbers)}" if numbers else ""
