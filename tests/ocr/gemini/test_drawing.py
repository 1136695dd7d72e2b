from io import BytesIO

import pymupdf
import pytest
from PIL import Image

from poolmgr.ocr.gemini.drawing import WHOLE, Band, picture, size_of
from tests.ocr import papers
from tests.ocr.gemini.scene import DPI, ROWS, index_of, picture_of


def page_of(data: bytes) -> pymupdf.Page:
    return pymupdf.open("pdf", data).load_page(0)


def test_a_page_is_a_grey_jpeg_as_fine_as_asked() -> None:
    page = page_of(index_of(ROWS))
    shown = picture(page, 200)
    with Image.open(BytesIO(shown.jpeg)) as image:
        assert (image.mode, image.format) == ("L", "JPEG")
        assert image.width == pytest.approx(page.rect.width / 72 * 200, abs=2)


def test_halves_overlap_so_that_no_row_is_cut_in_both() -> None:
    upper, lower = WHOLE.halves()
    assert (upper.top, lower.bottom) == (0.0, 1.0)
    assert upper.bottom > 0.5 > lower.top
    page = page_of(index_of(ROWS))
    heights = []
    for band in (upper, lower):
        with Image.open(BytesIO(picture(page, 100, band).jpeg)) as image:
            heights.append(image.height)
    assert sum(heights) == pytest.approx(page.rect.height / 72 * 100 * 1.12, abs=3)


@pytest.mark.parametrize(("words", "is_blank"), [([], True), (["."], False), (["Vente"], False)])
def test_a_page_without_anything_on_it_is_blank(words: list[str], is_blank: bool) -> None:
    assert (picture(page_of(papers.printed(words)), 150).jpeg == b"") is is_blank


def test_faint_writing_is_not_blank() -> None:
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), "Vente", fontsize=11, color=(0.85, 0.85, 0.85))
    assert picture(document.load_page(0), 300).jpeg


def test_a_huge_page_is_drawn_within_bounds() -> None:
    document = pymupdf.open()
    page = document.new_page(width=14_400, height=14_400)
    page.insert_text((72, 7200), "Vente", fontsize=400)
    shown = picture(page, 300)
    assert shown.dpi < 40
    assert size_of(page, 300) < 20_000_000


def test_the_size_of_a_picture_is_known_before_it_is_drawn() -> None:
    noisy = Image.effect_noise((1275, 1650), 30)
    page = page_of(papers.scanned(noisy))
    size = len(picture(page, 200, Band()).jpeg)
    assert 0.3 * size <= size_of(page, 200) <= 3 * size


def jpeg_of(picture_: Image.Image) -> bytes:
    file = BytesIO()
    picture_.save(file, "JPEG", quality=80)
    return file.getvalue()


def page_with(jpeg: bytes, **how: object) -> pymupdf.Page:
    document = pymupdf.open()
    document.new_page(width=580, height=220).insert_image(pymupdf.Rect(0, 0, 580, 220), stream=jpeg, **how)
    return document.load_page(0)


def test_a_scanners_own_picture_goes_as_it_is() -> None:
    jpeg = jpeg_of(picture_of(ROWS))
    shown = picture(page_with(jpeg), DPI)
    assert (shown.jpeg, round(shown.dpi)) == (jpeg, DPI)


def test_a_picture_that_is_turned_coarse_fine_or_not_alone_is_drawn() -> None:
    jpeg = jpeg_of(picture_of(ROWS))
    turned = page_with(jpeg, rotate=180, keep_proportion=False)
    page = page_with(jpeg)
    stamped = page_with(jpeg)
    stamped.insert_text((20, 20), "Vu")
    rotated = page_with(jpeg)
    rotated.set_rotation(180)
    for shown in (
        picture(turned, DPI),
        picture(page, 2 * DPI),
        picture(page, DPI / 2),
        picture(stamped, DPI),
        picture(rotated, DPI),
        picture(page, DPI, WHOLE.halves()[0]),
    ):
        assert shown.jpeg
        assert shown.jpeg != jpeg


def test_a_blank_scan_is_blank_and_a_faint_one_is_not() -> None:
    assert picture(page_with(jpeg_of(Image.new("L", (1208, 458), 240))), DPI).jpeg == b""
    faint = picture_of(ROWS).point([200 + shade // 5 for shade in range(256)])
    assert picture(page_with(jpeg_of(faint)), DPI).jpeg
