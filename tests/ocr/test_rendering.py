import pymupdf
import pytest

from poolmgr.ocr.rendering import LONGEST_SIDE, MOST_PIXELS, draw, fitting_dpi


def test_an_ordinary_page_is_drawn_as_fine_as_asked_for() -> None:
    page = pymupdf.open().new_page(width=612, height=792)
    drawing = draw(page, 300)
    assert (drawing.width, drawing.height, drawing.dpi) == (2550, 3300, 300)
    assert len(drawing.samples) == 2550 * 3300


@pytest.mark.parametrize(
    ("width", "height"), [(14400, 14400), (14400, 20), (0.001, 14400), (1e9, 1e9), (0, 0)]
)
def test_no_page_is_drawn_larger_than_its_bound(width: float, height: float) -> None:
    scale = fitting_dpi(width, height, 300) / 72
    assert max(width, 1) * scale * max(height, 1) * scale <= MOST_PIXELS * 1.001
    assert max(width, height) * scale <= LONGEST_SIDE * 1.001


def test_a_page_of_200_by_200_inches_is_drawn_coarsely() -> None:
    drawing = draw(pymupdf.open().new_page(width=14400, height=14400), 300)
    assert drawing.dpi < 32
    assert len(drawing.samples) <= MOST_PIXELS * 1.001
