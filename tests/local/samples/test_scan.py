from random import Random

import pymupdf
import pytest

from poolmgr.local.samples.scan import draw_scanner, scan
from poolmgr.local.samples.sheet import Sheet, Style


def page_with_a_rule() -> Sheet:
    sheet = Sheet(width=612, height=792)
    sheet.write(["Désignation"], (72, 120), Style(face="tiro", size=14))
    sheet.rule((72, 300), (540, 300), 2)
    return sheet


def rule_heights(picture: pymupdf.Pixmap) -> tuple[int, int]:
    """The row of the darkest pixel of two columns, left and right, in the middle of the page."""
    rows = range(picture.height * 3 // 10, picture.height // 2)
    left, right = (
        min(rows, key=lambda row: picture.pixel(column, row)[0])
        for column in (picture.width // 5, picture.width * 4 // 5)
    )
    return left, right


def test_a_scan_is_one_grey_picture_of_300_dpi_a_page_and_no_text() -> None:
    with scan([page_with_a_rule()], Random(1)) as document:
        page = document[0]
        assert page.get_text() == ""
        ((xref, *_),) = page.get_images()
        picture = document.extract_image(xref)
        assert (picture["ext"], picture["colorspace"]) == ("jpeg", 1)
        assert (picture["width"], picture["height"]) == (2550, 3300)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_scan_is_skewed_but_never_more_than_a_degree_and_a_half(seed: int) -> None:
    degrees = draw_scanner(Random(seed)).skew_degrees
    assert 0.3 <= abs(degrees) <= 1.5
    with scan([page_with_a_rule()], Random(seed)) as document:
        left, right = rule_heights(document[0].get_pixmap(dpi=100, colorspace=pymupdf.csGRAY))
    fall = abs(right - left) / (850 * 3 / 5)
    # the tangent of the angle, give or take two pixels
    assert fall == pytest.approx(abs(degrees) * 0.01745, abs=2 / 510)


def test_a_scan_has_noise_and_uneven_light() -> None:
    with scan([page_with_a_rule()], Random(4)) as document:
        picture = document[0].get_pixmap(dpi=72, colorspace=pymupdf.csGRAY)
    bare = [picture.pixel(x, 500)[0] for x in range(20, 590)]
    assert max(bare) - min(bare) > 8
    assert len(set(bare)) > 5
