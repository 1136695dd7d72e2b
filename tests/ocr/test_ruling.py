import numpy as np
import pytest
from PIL import ImageDraw

from poolmgr.ocr import image, ruling
from tests.ocr import papers


def test_rules_go_and_letters_stay_even_where_they_touch() -> None:
    page = papers.picture(papers.DEED * 4, dpi=300)
    letters = np.asarray(page) < 128
    draw = ImageDraw.Draw(page)
    draw.rectangle((120, 200, 2400, 1800), outline=0, width=5)
    draw.line((1200, 200, 1200, 1800), fill=0, width=5)
    ruled = np.asarray(page, dtype=np.uint8)
    cleaned = ruling.erased(ruled, np.logical_or(*ruling.found(ruled, 300))) < 128
    rules = (ruled < 128) & ~letters
    assert rules.sum() > 40_000
    assert cleaned[rules].mean() < 0.04
    assert cleaned[letters].mean() > 0.97


def test_rules_are_told_as_lines_in_points_even_when_they_are_as_pale_as_grain() -> None:
    rng = np.random.default_rng(2)
    page = papers.picture(papers.DEED * 2, dpi=300)
    draw = ImageDraw.Draw(page)
    for y in (770, 1220):
        draw.line((300, y, 2100, y), fill=170, width=2)
    for x in (300, 2100):
        draw.line((x, 770, x, 1220), fill=0, width=3)
    noisy = np.clip(
        np.asarray(page, dtype=np.float64) + rng.normal(-12, 12, (page.height, page.width)), 0, 255
    )
    across, down = ruling.prepare(image.flatten(noisy.astype(np.uint8)), 300).rules()
    for rule, y in zip(across, (185, 293), strict=True):
        assert (rule.at, rule.start, rule.end) == pytest.approx((y, 72, 504), abs=2)
    assert [rule.at for rule in down] == pytest.approx([72, 504], abs=1)


def test_letters_are_no_rules() -> None:
    page = np.asarray(papers.picture(papers.DEED * 4, dpi=300), dtype=np.uint8)
    assert ruling.prepare(image.flatten(page), 300).rules() == ([], [])


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 2), (33, 31)])
def test_odd_shapes_come_back_in_their_shape(shape: tuple[int, int]) -> None:
    page = np.full(shape, 200, dtype=np.uint8)
    assert ruling.prepare(image.flatten(page), 31.0).bare.shape == shape
