"""Whole pages, from their bytes to their rows: a text layer, a scan, a hand."""

import sys
from random import Random

import pymupdf
import pytest

from poolmgr.config.settings import OcrSettings
from poolmgr.local.samples.filling import write_heading, write_table
from poolmgr.local.samples.flow import sign
from poolmgr.local.samples.forms import FORMS
from poolmgr.local.samples.papers import Paper
from poolmgr.local.samples.people import PLACES
from poolmgr.local.samples.sheet import Sheet, lay, save
from poolmgr.local.samples.truths import IndexTruth
from poolmgr.ocr import offline
from poolmgr.ocr.index.model import IndexPage
from poolmgr.ocr.reading import Page


def read(data: bytes) -> Page:
    """The first page."""
    return offline.read(data, OcrSettings(), lambda: False, "ocr_index").pages[0]


def told(index: IndexPage | None, truth: IndexTruth | None) -> bool:
    """Whether every field of every row is as it truly is."""
    assert index is not None
    assert truth is not None
    assert index.layout == truth.layout
    for row, true in zip(index.rows, truth.rows, strict=True):
        assert (row.number, row.date, row.radiations) == (true.number, true.date, true.radiations)
        assert (row.nature, row.remarks, row.address_notice) == (
            true.nature,
            true.remarks,
            true.address_notice,
        )
        assert [(p.name, p.role) for p in row.parties] == [(p.name, p.role) for p in true.parties]
    assert index.rows_counted == len(truth.rows)
    return True


@pytest.mark.parametrize("layout", ["modern_inscription", "old_1", "old_2"])
def test_a_text_layer_gives_its_rows_whole(layout: str) -> None:
    data, truth = Paper(seed=5, layout=layout, condition="text_layer").make()
    page = read(data)
    assert page.engine == "text_layer"
    assert told(page.index, truth.pages[0].index)


def test_a_skewed_scan_gives_its_rows_whole_and_both_stamps() -> None:
    data, truth = Paper(seed=1, layout="modern_inscription", condition="skewed").make()
    page, true = read(data), truth.pages[0].index
    assert page.engine == "tesseract"
    assert page.index is not None
    assert true is not None
    assert [row.number for row in page.index.rows] == [row.number for row in true.rows]
    assert (page.index.header.rights, page.index.header.radiations) == (
        true.header["rights"],
        true.header["radiations"],
    )
    assert page.index.rows_counted == len(true.rows)


def test_a_form_filled_in_by_hand_gives_no_row_and_says_so() -> None:
    form, rng = FORMS["old_2"], Random(4)
    sheet = Sheet(width=792, height=612)
    write_heading(sheet, form, PLACES[0], "1358-176")
    write_table(sheet, form, [])
    for line in range(8):
        for left in form.edges[:-1:2]:
            sheet.strokes.append(sign(rng, left + 4, 158 + 33 * line))
    page = read(save(lay([sheet]), "hand"))
    assert page.index is not None
    assert page.index.rows == ()
    assert "handwriting is not read offline" in page.index.note


def test_an_acte_has_no_table_of_an_index() -> None:
    data, _ = Paper(seed=1, layout="acte", condition="text_layer").make()
    assert read(data).index is None
    assert offline.read(data, OcrSettings(), lambda: False).pages[0].index is None


def test_the_words_of_a_skewed_text_layer_are_laid_level() -> None:
    """As a program leaves it that reads a skewed scan and writes the words over it."""
    paper = Paper(seed=5, layout="old_3", condition="text_layer")
    sheets, truth = paper.compose()
    skewed = pymupdf.open()
    page = skewed.new_page(width=792, height=612)
    writer = pymupdf.TextWriter(page.rect)
    for mark in sheets[0].marks:
        writer.append(mark.at, mark.text, fontsize=mark.style.size * 0.9)
    turn = (pymupdf.Point(396, 306), pymupdf.Matrix(1.5))
    writer.write_text(page, morph=turn)
    shape = page.new_shape()
    for stroke in sheets[0].strokes:
        shape.draw_line(*stroke.points)
    shape.finish(width=0.6, morph=turn)
    shape.commit()
    index = read(skewed.tobytes()).index
    assert index is not None
    true = truth.pages[0].index
    assert true is not None
    assert [row.number for row in index.rows] == [row.number for row in true.rows]


def test_a_text_layer_over_a_picture_that_would_fill_the_memory_keeps_its_text() -> None:
    document = pymupdf.open("pdf", Paper(seed=5, layout="old_1", condition="text_layer").make()[0])
    pixmap = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 8, 8))
    xref = document[0].insert_image(pymupdf.Rect(0, 0, 20, 20), pixmap=pixmap)
    for key in ("Width", "Height"):
        document.xref_set_key(xref, key, "20000")
    page = read(document.tobytes())
    assert "NOMS DES PARTIES" in page.text
    assert page.index is None
    assert page.note.startswith("no rows: its pictures unpack to 400 MB")


def test_a_text_layer_is_read_without_numpy_and_its_missing_rows_are_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "poolmgr.ocr.tables", None)
    monkeypatch.delattr("poolmgr.ocr.tables", raising=False)
    page = read(Paper(seed=5, layout="old_1", condition="text_layer").make()[0])
    assert "NOMS DES PARTIES" in page.text
    assert page.note == "no rows: poolmgr.ocr.tables is not installed"
