"""Opening bytes as a PDF, whatever the bytes are."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pymupdf

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import DocumentError

HEADER, HEADER_WITHIN_BYTES = b"%PDF-", 1024
MEGABYTE = 1_000_000

FAILURES = (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError, IndexError, OverflowError)
"""What MuPDF and its binding raise on broken content; all else is a defect of ours and goes up."""


class TooHeavy(ValueError):
    """A page that would take more memory than the settings allow: it is left out, with this as its note."""


@contextmanager
def opened(data: bytes, settings: OcrSettings) -> Iterator[pymupdf.Document]:
    """The document, closed at the end. Raises DocumentError with what is wrong and what to do."""
    refuse_bytes(data, settings)
    hush()
    try:
        document = pymupdf.open(stream=data, filetype="pdf")
    except FAILURES as failure:
        raise corrupt(str(failure)) from failure
    try:
        refuse_document(document, settings)
        yield document
    finally:
        document.close()
        forget()


def refuse_bytes(data: bytes, settings: OcrSettings) -> None:
    if not data:
        raise DocumentError("The file has zero bytes.", advice="Download the document again.")
    if len(data) > settings.max_file_megabytes * MEGABYTE:
        raise DocumentError(
            f"The file has {len(data) / MEGABYTE:.1f} MB, more than ocr.max_file_megabytes = "
            f"{settings.max_file_megabytes}.",
            advice="Raise ocr.max_file_megabytes, then retry the job.",
        )
    if HEADER not in data[:HEADER_WITHIN_BYTES]:
        start = data[:24].decode("ascii", "backslashreplace")
        raise DocumentError(
            f"The file is not a PDF: it begins with {start!r}.",
            advice="Look at the file in storage: a site's error page may have been saved in its place.",
        )


def refuse_document(document: pymupdf.Document, settings: OcrSettings) -> None:
    if document.needs_pass:
        raise DocumentError(
            "The PDF is encrypted and needs a password.", advice="Store a copy without a password."
        )
    try:
        pages = int(document.page_count)
    except FAILURES as failure:
        raise corrupt(str(failure)) from failure
    if pages < 1:
        raise corrupt("no page is left of it") if document.is_repaired else empty()
    if pages > settings.max_pages:
        raise DocumentError(
            f"The PDF has {pages} pages, more than ocr.max_pages = {settings.max_pages}.",
            advice="Raise ocr.max_pages, then retry the job.",
        )


def refuse_page(page: pymupdf.Page, settings: OcrSettings) -> None:
    """Before a page is drawn, for then its pictures are unpacked whole. Raises TooHeavy."""
    megabytes = sum(map(unpacked, page.get_image_info())) / MEGABYTE
    if megabytes > settings.max_picture_megabytes:
        raise TooHeavy(
            f"its pictures unpack to {megabytes:,.0f} MB, more than ocr.max_picture_megabytes = "
            f"{settings.max_picture_megabytes}"
        )


def unpacked(picture: Mapping[str, int]) -> int:
    """Bytes: MuPDF takes one for each colour of a pixel."""
    return picture["width"] * picture["height"] * max(1, picture["colorspace"])


def corrupt(evidence: str) -> DocumentError:
    first = evidence.strip().splitlines()[0] if evidence.strip() else "no reason given"
    return DocumentError(f"The PDF is corrupt: {first}.", advice="Download the document again.")


def empty() -> DocumentError:
    return DocumentError("The PDF has no pages.", advice="Download the document again.")


def hush() -> None:
    """MuPDF writes nothing to stderr or stdout; its complaints are kept for `complaints`."""
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    pymupdf.TOOLS.reset_mupdf_warnings()
    if hasattr(pymupdf, "no_recommend_layout"):
        pymupdf.no_recommend_layout()


def complaints() -> str:
    """What MuPDF found wrong since the last call, its first line; "" when nothing."""
    lines = str(pymupdf.TOOLS.mupdf_warnings(reset=True)).strip().splitlines()
    return lines[0] if lines else ""


def forget() -> None:
    """Empties MuPDF's store of fonts and pictures, which else grows to 256 MB."""
    pymupdf.TOOLS.store_shrink(100)
