import numpy as np
import pymupdf
import pytest

from poolmgr.local.samples.papers import Paper
from poolmgr.ocr.index.counting import Ink, count, count_rows
from poolmgr.ocr.rendering import draw
from poolmgr.ocr.rows import Cell


def ink(*bands: str) -> Ink:
    """A digit a column: how many lines of ink stand there."""
    line = Cell(text="", left=0, top=0, right=9, bottom=9)
    return [[[line] * int(lines) for lines in band] for band in bands]


def drawn(paper: Paper, dpi: int = 200) -> tuple[np.ndarray, int]:
    """A page as a picture, and how many registrations it truly has."""
    data, truth = paper.make()
    index = truth.pages[0].index
    assert index is not None
    with pymupdf.open("pdf", data) as document:
        drawing = draw(document[0], dpi)
    grey = np.frombuffer(drawing.samples, dtype=np.uint8).reshape(drawing.height, drawing.width)
    return grey, len(index.rows)


def test_known_columns_tell_the_beginnings() -> None:
    assert count(ink("110", "001", "110", "000"), (0, 1)) == 2
    assert count(ink("10", "01", "11"), (0, 1)) == 3


def test_two_beginnings_in_a_band_count_when_both_columns_have_them() -> None:
    assert count(ink("22", "12"), (0, 1)) == 3


def test_unknown_columns_are_the_two_that_are_filled_in_the_same_bands() -> None:
    form = ink("11011", "10000", "11011", "10001", "11011", "10000")
    assert count(form, ()) == 3
    assert count(ink("11000", "01000", "00100", "00010"), ()) is None
    assert count(ink("1001", "0010", "0000"), ()) == 2


@pytest.mark.parametrize("layout", ["modern_inscription", "old_1"])
def test_the_registrations_of_a_table_and_of_a_form_are_counted_without_their_titles(layout: str) -> None:
    grey, rows = drawn(Paper(seed=3, layout=layout, condition="text_layer"))
    assert count_rows(grey, 200) == rows


def test_a_page_without_a_table_has_no_count() -> None:
    assert count_rows(np.full((600, 800), 255, dtype=np.uint8), 100) is None
