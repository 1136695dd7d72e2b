"""What a file is, told by its first bytes alone, and whether it is whole."""

from typing import Literal, TypeAlias

import pymupdf

from poolmgr.domain.errors import Unreadable

FileKind: TypeAlias = Literal["pdf", "tiff", "zip", "html", "empty", "unknown"]
HEAD_BYTES, TAIL_BYTES = 1024, 2048
"""ISO 32000-1, annex H: readers take %PDF- within the first 1,024 bytes, and look for %%EOF near the end."""

FAILURES = (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError, IndexError, OverflowError)
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
PAGE_MARKS = (b"<!doctype", b"<html", b"<head", b"<frameset", b"<table", b"<script")


def kind_of(data: bytes) -> FileKind:
    """A ZIP or TIFF begins so; a PDF may begin a little later, and may be what a ZIP holds."""
    head = data[:HEAD_BYTES]
    if not data:
        return "empty"
    if head.startswith(TIFF):
        return "tiff"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if b"%PDF-" in head:
        return "pdf"
    return "html" if any(mark in head.lower() for mark in PAGE_MARKS) else "unknown"


def pages_of(data: bytes) -> int:
    """How many pages a whole PDF or TIFF has; 0 for a PDF that is locked. Raises Unreadable.

    A broken table of objects is mended by most readers, and so by this one: what counts as broken is a file
    that ends too soon, or has a page that cannot be opened.
    """
    kind = kind_of(data)
    if kind not in ("pdf", "tiff"):
        raise Unreadable(f"What came is {named(kind)} of {len(data)} bytes, not a PDF or TIFF.", data=data)
    if kind == "pdf" and b"%%EOF" not in data[-TAIL_BYTES:]:
        raise Unreadable(f"The PDF of {len(data)} bytes ends too soon.", data=data)
    try:
        with pymupdf.open(stream=data, filetype=kind) as document:
            if document.needs_pass:
                return 0
            for number in range(document.page_count):
                document.load_page(number).bound()
            pages = int(document.page_count)
    except FAILURES as error:
        raise Unreadable(
            f"The {kind.upper()} of {len(data)} bytes cannot be opened: {error}", data=data
        ) from None
    if not pages:
        raise Unreadable(f"The {kind.upper()} of {len(data)} bytes has no page.", data=data)
    return pages


def named(kind: FileKind) -> str:
    return {"html": "a web page", "empty": "an empty file", "zip": "a ZIP file"}.get(kind, "an unknown file")


def as_pdf(data: bytes) -> bytes:
    """A TIFF's pages as a PDF, which is what storage and the readers of documents take. Raises Unreadable."""
    try:
        with pymupdf.open(stream=data, filetype="tiff") as document:
            return bytes(document.convert_to_pdf())
    except FAILURES as error:
        raise Unreadable(f"The TIFF of {len(data)} bytes is no PDF's pages: {error}", data=data) from None
