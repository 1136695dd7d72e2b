import numpy as np
import pytest

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


@pytest.mark.parametrize("ink", [60, 172, 195])
def test_ink_becomes_dark_however_faint_it_was(ink: int) -> None:
    page = (ink + grey().astype(np.float32) * (250 - ink) / 255).astype(np.uint8)
    even = image.flatten(page)
    assert image.has_ink(even)
    assert (even < image.INK_LEVEL).sum() == pytest.approx((grey() < image.INK_LEVEL).sum(), rel=0.35)


def test_a_cut_out_tells_where_its_corner_lies() -> None:
    page = np.full((100, 200), 255, dtype=np.uint8)
    page[50:60, 80:120] = 0
    cut, left, top = image.framed(page, (80, 50, 120, 60))
    ys, xs = np.nonzero(cut == 0)
    assert (xs.min() + left, ys.min() + top) == (80, 50)
    assert cut.shape == (10 + 2 * 16, 40 + 2 * 16)
