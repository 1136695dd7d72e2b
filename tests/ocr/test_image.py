import numpy as np
import pytest
from PIL import ImageDraw

from poolmgr.ocr import image
from poolmgr.ocr.image import Grey
from tests.ocr import papers


def grey(degrees: float = 0.0) -> Grey:
    return np.asarray(papers.picture(papers.DEED * 4, degrees, dpi=150), dtype=np.uint8)


@pytest.mark.parametrize("degrees", [-2.9, -1.3, -0.4, 0.0, 0.7, 2.1, 3.0])
def test_skew_is_found_within_a_twelfth_of_a_degree_and_taken_out(degrees: float) -> None:
    page = grey(degrees)
    assert image.skew(page) == pytest.approx(degrees, abs=0.08)
    assert abs(image.skew(image.level(page, image.skew(page)))) <= 0.08


def test_a_page_without_ink_has_no_skew() -> None:
    assert image.skew(np.full((800, 600), 255, dtype=np.uint8)) == 0.0


def test_shade_over_a_page_becomes_white_and_its_ink_stays_dark() -> None:
    page = grey().astype(np.float32)
    shade = np.linspace(1.0, 0.45, page.shape[1], dtype=np.float32)
    even = image.flatten((page * shade).astype(np.uint8))
    assert float(np.percentile(even, 20)) > 240
    assert (even < image.INK_LEVEL).sum() == pytest.approx((page < image.INK_LEVEL).sum(), rel=0.15)


def test_grain_on_an_empty_page_is_no_ink_but_one_line_of_text_is() -> None:
    rng = np.random.default_rng(1)
    grain = np.clip(rng.normal(230, 20, (900, 700)), 0, 255).astype(np.uint8)
    line = np.asarray(papers.picture(["Fin"], dpi=150), dtype=np.uint8)
    assert not image.has_ink(image.flatten(grain))
    assert image.has_ink(image.flatten(line))


def test_rules_go_and_letters_stay_even_where_they_touch() -> None:
    page = papers.picture(papers.DEED * 4, dpi=300)
    letters = np.asarray(page) < 128
    draw = ImageDraw.Draw(page)
    draw.rectangle((120, 200, 2400, 1800), outline=0, width=5)
    draw.line((1200, 200, 1200, 1800), fill=0, width=5)
    ruled = np.asarray(page, dtype=np.uint8)
    cleaned = image.without_rules(ruled, 300) < 128
    rules = (ruled < 128) & ~letters
    assert rules.sum() > 40_000
    assert cleaned[rules].mean() < 0.04
    assert cleaned[letters].mean() > 0.97


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 2), (33, 31)])
def test_odd_shapes_come_back_in_their_shape(shape: tuple[int, int]) -> None:
    page = np.full(shape, 200, dtype=np.uint8)
    assert image.prepare(image.flatten(page), 31.0).shape == shape
