"""A document that is being read, and the one thread in which that may be done."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import pymupdf

from poolmgr.ocr.gemini.client import Bill

T = TypeVar("T")


class InThread(Protocol):
    """Runs what may not run beside its like, in the one thread for it. Raises what the work raises."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]: ...


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A document that is being read."""

    document: pymupdf.Document
    data: bytes
    bill: Bill

    @property
    def pages(self) -> range:
        return range(self.document.page_count)


def excerpt(opened: Opened, pages: Sequence[int]) -> bytes:
    """A PDF of these pages; the file as it is when they are all of them."""
    if len(pages) == opened.document.page_count:
        return opened.data
    with pymupdf.open() as part:
        for page in pages:
            part.insert_pdf(opened.document, from_page=page, to_page=page)
        # With a new id each time, equal pages would be another question.
        return bytes(part.tobytes(garbage=3, no_new_id=True))
