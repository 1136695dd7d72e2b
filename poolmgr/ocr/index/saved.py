"""The registry's saved page of an index as a reading, for the pages of the document that it speaks for."""

from poolmgr.domain.errors import DocumentError
from poolmgr.ocr.index import html_table, text_form
from poolmgr.ocr.reading import Page, Reading


def read(html: bytes) -> Reading:
    """Raises DocumentError for a page that holds no table of registrations."""
    pages = tuple(
        Page(number=page.number, text=text_form.write(page), engine="table", confidence=1.0, index=page)
        for page in html_table.read(html)
    )
    if not pages:
        raise DocumentError(
            "The page holds no table of registrations.", advice="Look at it: the site may have said why."
        )
    return Reading(pages=pages)
