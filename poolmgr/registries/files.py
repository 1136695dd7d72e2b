"""What a file is, told by its first bytes alone, whether it is whole, and what it speaks of."""

import re
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Literal, TypeAlias
from zipfile import BadZipFile, ZipFile, ZipInfo

import pymupdf

from poolmgr.domain.errors import Unreadable

FileKind: TypeAlias = Literal["pdf", "tiff", "zip", "html", "empty", "unknown"]
HEAD_BYTES, TAIL_BYTES = 1024, 2048
"""ISO 32000-1, annex H: readers take %PDF- within the first 1,024 bytes, and look for %%EOF near the end."""

TEXT_CHARACTERS = 200
"""Letters and digits from which on a document has a text layer: a stamp or a date alone is none."""

DOCUMENTS = (".pdf", ".tif", ".tiff")
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


@dataclass(frozen=True, kw_only=True)
class File:
    """pdf: as storage takes it; original: suffix and bytes of what came, when that was no PDF."""

    pdf: bytes
    pages: int
    original: tuple[str, bytes] | None = None


def file_of(data: bytes, largest_bytes: int) -> File:
    """A document as it came: a PDF, a TIFF, or a ZIP that holds one of them. Raises Unreadable."""
    inside = unpacked(data, largest_bytes) if kind_of(data) == "zip" else data
    pages = pages_of(inside)
    pdf = as_pdf(inside) if kind_of(inside) == "tiff" else inside
    original = None if pdf is data else ("tif" if inside is data else "zip", data)
    return File(pdf=pdf, pages=pages, original=original)


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


def unpacked(data: bytes, largest_bytes: int) -> bytes:
    """The one document that a ZIP holds. Raises Unreadable: which of several was asked for nobody knows."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            inside = [one for one in archive.infolist() if one.filename.lower().endswith(DOCUMENTS)]
            if len(inside) != 1:
                listed = ", ".join(f"« {one.filename[:80]} »" for one in inside[:10]) or "none"
                raise Unreadable(f"The ZIP file holds {len(inside)} documents, not one: {listed}.", data=data)
            return read_whole(archive, inside[0], largest_bytes)
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Unreadable(f"The ZIP file of {len(data)} bytes cannot be opened: {error}", data=data) from None


def read_whole(archive: ZipFile, one: ZipInfo, largest_bytes: int) -> bytes:
    """Whatever size the archive claims it has, no more than allowed is unpacked."""
    with archive.open(one) as file:
        document = file.read(largest_bytes + 1)
    if len(document) > largest_bytes:
        raise BadZipFile(f"« {one.filename[:80]} » is larger than registre.max_file_megabytes")
    return document


def text_of(pdf: bytes) -> str:
    """What its text layer says; empty when it has none to speak of: scans, and what cannot be read."""
    try:
        with pymupdf.open(stream=pdf, filetype="pdf") as document:
            said = "\n".join(page.get_text() for page in document) if not document.needs_pass else ""
    except FAILURES:
        return ""
    return said if len(re.findall(r"\w", said)) >= TEXT_CHARACTERS else ""


def is_named(number: str, text: str) -> bool:
    """Whether the text holds that number, written in groups or not, and not as part of a longer one."""
    digits = r"[\s\u00a0]*".join(map(re.escape, number))
    return re.search(rf"(?<![0-9A-Za-z]){digits}(?![0-9A-Za-z])", text, re.IGNORECASE) is not None
