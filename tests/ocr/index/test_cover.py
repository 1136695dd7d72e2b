from dataclasses import replace
from random import Random

import pymupdf
import pytest

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import DocumentError
from poolmgr.local.samples.index import Index, draw_index, set_index
from poolmgr.local.samples.index_table import render_index
from poolmgr.local.samples.people import PLACES
from poolmgr.local.samples.sheet import lay, save
from poolmgr.ocr.index.cover import Cover, cover
from poolmgr.ocr.index.model import Header, IndexPage, Row
from poolmgr.ocr.papers import Papers
from poolmgr.ocr.reading import Page, Reading

SETTINGS = OcrSettings()


@pytest.fixture(scope="module")
def index() -> Index:
    return draw_index(Random(7), PLACES[0], "12", 2)


@pytest.fixture(scope="module")
def table(index: Index) -> bytes:
    return render_index(index, "utf-8").encode()


@pytest.fixture(scope="module")
def printed(index: Index) -> bytes:
    return save(lay(set_index(index)), "index")


def with_pictures(pdf: bytes, before: int, after: int) -> bytes:
    """The document between pages without any text layer."""
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        for _ in range(before):
            document.new_page(pno=0)
        for _ in range(after):
            document.new_page()
        return bytes(document.tobytes())


def scanned(number: int, *rows: Row) -> Page:
    read = IndexPage(number=number, layout="old_1", header=Header(), rows=rows, rows_counted=len(rows))
    return Page(number=number, text="illisible", engine="tesseract", index=read)


def test_a_document_that_the_table_speaks_for_is_not_read(table: bytes, printed: bytes, index: Index) -> None:
    known = cover(Papers(pdf=printed, table=table), SETTINGS)
    assert known.rest is None
    (page,) = known.joined(None).pages
    assert page.index is not None
    assert len(page.index.rows) == sum(map(len, index.parts))


def test_pictures_are_read_and_keep_their_place_around_the_table(table: bytes, printed: bytes) -> None:
    known = cover(Papers(pdf=with_pictures(printed, 2, 1), table=table), SETTINGS)
    assert known.rest is not None
    with pymupdf.open(stream=known.rest, filetype="pdf") as rest:
        assert rest.page_count == 3
    old = [scanned(number, Row(number=f"77{number}", nature="Vente")) for number in (1, 2, 3)]
    joined = known.joined(Reading(pages=tuple(old))).pages
    assert [page.engine for page in joined] == ["tesseract", "tesseract", "table", "tesseract"]
    assert [page.number for page in joined] == [1, 2, 3, 4]
    assert [page.index.number for page in joined if page.index] == [1, 2, 3, 4]


def test_rows_that_the_table_holds_are_left_out_of_pictures_and_no_others(
    table: bytes, printed: bytes, index: Index
) -> None:
    known = cover(Papers(pdf=with_pictures(printed, 2, 0), table=table), SETTINGS)
    first, second = (row for row in index.parts[0][:2])
    same = Row(number=str(first.number), nature="Vente")
    misread = Row(number="1", date=second.day.isoformat(), nature=second.nature)
    older = Row(number="55 001", date="1951-02-03", nature="Vente")
    reading = Reading(pages=(scanned(1, same, misread), scanned(2, same, older)))
    kept, whole = known.joined(reading).pages
    assert kept.index is not None
    assert kept.index.rows == (older,)
    assert "1 rows that the saved table holds" in kept.note
    assert whole.engine == "table"


def test_a_page_with_a_registration_that_the_table_lacks_is_read(table: bytes, index: Index) -> None:
    more = draw_index(Random(8), PLACES[0], "12", 1)
    pdf = save(lay([*set_index(index), *set_index(more)]), "index")
    known = cover(Papers(pdf=pdf, table=table), SETTINGS)
    assert known.rest is not None
    with pymupdf.open(stream=known.rest, filetype="pdf") as rest:
        assert rest.page_count == 1


@pytest.mark.parametrize("table", [None, b"", b"<p>Just a moment</p>"])
def test_without_a_table_everything_is_read_and_errors_are_the_documents(table: bytes | None) -> None:
    known = cover(Papers(pdf=b"anything", table=table), SETTINGS)
    assert known.rest == b"anything"
    reading = Reading(pages=(scanned(1),), note="n")
    assert known.joined(reading) is reading
    with pytest.raises(DocumentError, match="broken"):
        known.alone(DocumentError("broken"))


def test_a_broken_document_leaves_the_table_and_says_so(table: bytes) -> None:
    known = cover(Papers(pdf=b"<html>", table=table), SETTINGS)
    reading = known.joined(None)
    assert [page.engine for page in reading.pages] == ["table"]
    assert "the saved table alone was read: The file is not a PDF" in reading.note


def test_a_rest_that_cannot_be_read_leaves_the_table_and_says_so(table: bytes, printed: bytes) -> None:
    known = cover(Papers(pdf=with_pictures(printed, 1, 0), table=table), SETTINGS)
    reading = known.alone(DocumentError("No text was found."))
    assert [page.engine for page in reading.pages] == ["table"]
    assert "No text was found." in reading.note


def test_notes_are_named_by_the_numbers_of_the_whole(table: bytes, printed: bytes) -> None:
    known: Cover = cover(Papers(pdf=with_pictures(printed, 0, 1), table=table), SETTINGS)
    poor = replace(scanned(1, Row(number="9")), note="poor")
    assert (
        known.joined(Reading(pages=(poor,), note="see the notes of pages 1")).note
        == "see the notes of pages 2"
    )


def test_what_is_left_to_read_is_the_same_document_each_time(table: bytes, printed: bytes) -> None:
    papers = Papers(pdf=with_pictures(printed, 1, 1), table=table)
    first, second = cover(papers, SETTINGS).rest, cover(papers, SETTINGS).rest
    assert first is not None
    assert first == second
