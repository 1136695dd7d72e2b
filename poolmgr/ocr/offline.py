"""The offline engine: a page's own text when it is good, else Tesseract on a picture of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pymupdf

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import DocumentError
from poolmgr.domain.jobs import JobKind
from poolmgr.ocr import documents, layer, scans
from poolmgr.ocr.reading import Page, Reading, Stopped

FORGET_EVERY_PAGES = 50


def read(data: bytes, settings: OcrSettings, stop: Callable[[], bool], kind: JobKind = "ocr_acte") -> Reading:
    """Every page of a PDF, one in memory at a time; see `reading.Engine`.

    A page that cannot be read gets a note and no text. Raises DocumentError when no page gave any text.
    """
    with documents.opened(data, settings) as document:
        pages = tuple(read_pages(document, settings, stop, rows=kind == "ocr_index"))
    if not any(page.text for page in pages):
        notes = "; ".join(dict.fromkeys(page.note for page in pages))
        raise DocumentError(
            f"No text was found on any of the {len(pages)} pages ({notes[:300]}).",
            advice="Look at the document: handwriting and photographs are not read offline.",
        )
    poor = [str(page.number) for page in pages if page.note]
    return Reading(pages=pages, note=f"see the notes of pages {', '.join(poor)}" if poor else "")


def read_pages(
    document: pymupdf.Document, settings: OcrSettings, stop: Callable[[], bool], *, rows: bool
) -> Iterator[Page]:
    total = document.page_count
    for index in range(total):
        if stop():
            raise Stopped(f"Reading was stopped after {index} of {total} pages.")
        try:
            page = read_page(document, index, settings, rows=rows)
        except documents.FAILURES as failure:
            evidence = str(failure).strip() or type(failure).__name__
            page = Page(
                number=index + 1, text="", engine="text_layer", note=f"unreadable: {evidence.splitlines()[0]}"
            )
        if page.engine == "tesseract" or index % FORGET_EVERY_PAGES == FORGET_EVERY_PAGES - 1:
            documents.forget()
        yield page


def read_page(document: pymupdf.Document, index: int, settings: OcrSettings, *, rows: bool = False) -> Page:
    """index: from 0. rows: of an index, read as data too."""
    documents.complaints()
    page = document.load_page(index)
    text, why = layer.read(page, settings.min_layer_characters_a_page)
    if why:
        found = scans.read(page, index + 1, settings, rows=rows)
    else:
        note = "" if text else scans.emptiness()
        found = Page(number=index + 1, text=text, engine="text_layer", note=note)
        found = with_rows(found, page, settings) if rows and text and has_more_than_text(page) else found
    doubts = found.index.note if found.index else ""
    return replace(found, note=", ".join(filter(None, (found.note, doubts))))


def has_more_than_text(page: pymupdf.Page) -> bool:
    """Rules are drawn or stand in a picture: looking for them costs a hundred times what this does."""
    return any(not kind.endswith("-text") for kind, *_ in page.get_bboxlog())


def with_rows(found: Page, page: pymupdf.Page, settings: OcrSettings) -> Page:
    """The page with its table. Its own text is all there is of it where its rules cannot be looked for."""
    scans.one_thread()
    try:
        from poolmgr.ocr import tables

        documents.refuse_page(page, settings)
        return replace(found, index=tables.of_layer(page, found.number))
    except ModuleNotFoundError as missing:
        return replace(found, note=f"no rows: {missing.name} is not installed")
    except documents.TooHeavy as heavy:
        return replace(found, note=f"no rows: {heavy}")
