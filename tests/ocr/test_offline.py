from contextlib import suppress
from io import BytesIO
from random import Random

import pymupdf
import pytest
from PIL import Image

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import DocumentError, NotAvailable
from poolmgr.local.samples.catalogue import catalogue
from poolmgr.local.samples.recall import recall
from poolmgr.ocr import documents, offline
from poolmgr.ocr.reading import Engine, Reading, Stopped
from poolmgr.ocr.rendering import draw
from tests.ocr import papers
from tests.ocr.memory import peak_megabytes

ENGINE: Engine = offline.read


def read(data: bytes, settings: OcrSettings | None = None) -> Reading:
    return ENGINE(data, settings or OcrSettings(), lambda: False)


def text(reading: Reading) -> str:
    return "\n".join(page.text for page in reading.pages)


@pytest.mark.parametrize("source", ["index", "acte"])
@pytest.mark.parametrize(
    ("form", "least", "engine"), [("born_digital", 0.99, "text_layer"), ("scanned", 0.95, "tesseract")]
)
def test_a_sample_of_each_form_is_read_as_well_as_promised(
    source: str, form: str, least: float, engine: str
) -> None:
    sample = next(
        sample for sample in catalogue(7) if (sample.document_source, sample.form) == (source, form)
    )
    data = sample.make()
    assert data is not None
    reading = read(data)
    assert len(reading.pages) == sample.pages
    assert {page.engine for page in reading.pages} == {engine}
    assert recall(text(reading), sample.truth) >= least


@pytest.mark.parametrize("degrees", [-2.8, pytest.param(2.8, marks=pytest.mark.proof)])
def test_a_skewed_scan_is_read(degrees: float) -> None:
    reading = read(papers.scanned(papers.picture(papers.DEED * 2, degrees)))
    assert recall(text(reading), " ".join(papers.DEED * 2)) >= 0.95


SIDEWAYS = [90, *(pytest.param(one, marks=pytest.mark.proof) for one in (180, 270))]


@pytest.mark.parametrize("degrees", SIDEWAYS)
def test_a_scan_lying_on_its_side_or_upside_down_is_read_and_said(degrees: float) -> None:
    reading = read(papers.scanned(papers.picture(papers.DEED, degrees)))
    assert recall(text(reading), " ".join(papers.DEED)) >= 0.95
    assert f"turned by {360 - degrees} degrees" in reading.pages[0].note
    assert text(reading).index("notaire") < text(reading).index("servitudes")


def test_scanned_and_printed_pages_of_one_document_each_go_their_way() -> None:
    document = pymupdf.open("pdf", papers.printed(papers.DEED))
    document.insert_pdf(pymupdf.open("pdf", papers.scanned(papers.picture(papers.DEED[:3]))))
    document.new_page()
    reading = read(document.tobytes())
    assert [page.engine for page in reading.pages] == ["text_layer", "tesseract", "text_layer"]
    assert "notaire" in reading.pages[1].text
    assert reading.pages[2].note == "blank page"
    assert reading.note == "see the notes of pages 3"


def test_a_scan_without_ink_is_blank_without_asking_tesseract() -> None:
    data = papers.scanned(papers.picture(papers.DEED[:2]), papers.picture([]))
    assert [page.note for page in read(data).pages] == ["", "blank page"]


def test_one_broken_page_does_not_lose_the_others() -> None:
    reading = read(papers.with_one_broken_page(5, broken=2))
    assert [bool(page.text) for page in reading.pages] == [True, True, False, True, True]
    assert reading.pages[2].note.startswith("unreadable")
    assert reading.pages[4].text.endswith("page 4")


def test_a_document_without_any_text_is_an_error_and_never_an_empty_success() -> None:
    with pytest.raises(DocumentError, match=r"No text was found on any of the 2 pages .*blank page"):
        read(papers.printed([], []))
    with pytest.raises(DocumentError, match="unreadable"):
        read(papers.with_one_broken_page(1, broken=0))


def test_stop_is_asked_between_pages() -> None:
    asked: list[int] = []

    def stop() -> bool:
        asked.append(len(asked))
        return len(asked) > 3

    with pytest.raises(Stopped, match="after 3 of 9 pages"):
        ENGINE(papers.printed(*[papers.DEED] * 9), OcrSettings(), stop)


def test_missing_language_data_stop_the_document_with_the_remedy() -> None:
    with pytest.raises(NotAvailable, match="tesseract-ocr-tlh"):
        read(papers.scanned(papers.picture(papers.DEED)), OcrSettings(language="tlh"))


def test_printed_documents_need_no_tesseract() -> None:
    assert read(papers.printed(papers.DEED), OcrSettings(language="tlh")).pages[0].text


def test_cut_and_garbled_bytes_never_do_more_than_raise_a_document_error() -> None:
    rng = Random(3)
    whole = papers.printed(papers.DEED, papers.DEED)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 10, 200))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with suppress(DocumentError):
            assert text(read(bytes(data), OcrSettings(min_layer_characters_a_page=0)))


@pytest.mark.proof
def test_2_000_pages_are_read_in_bounded_memory() -> None:
    document = pymupdf.open()
    for number in range(2000):
        papers.write(document.new_page(width=612, height=792), [papers.DEED[0], f"page {number}"])
    data = document.tobytes()
    document.close()
    readings: list[Reading] = []
    assert peak_megabytes(lambda: readings.append(read(data))) < 60
    assert len(readings[0].pages) == 2000
    assert readings[0].pages[1999].text.endswith("page 1999")


def test_pictures_of_pages_do_not_pile_up() -> None:
    document = pymupdf.open()
    for number in range(16):
        pixels = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 2550, 3300))
        pixels.clear_with(100 + number)
        document.new_page(width=612, height=792).insert_image(pymupdf.Rect(0, 0, 612, 792), pixmap=pixels)
    data = document.tobytes(deflate=True)
    document.close()

    def draw_all() -> None:
        with documents.opened(data, OcrSettings()) as opened:
            for page in opened:
                draw(page, 300)
                documents.forget()

    assert peak_megabytes(draw_all) < 80


def test_reading_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    read(papers.with_one_broken_page(2, broken=1))
    read(papers.scanned(papers.picture(papers.DEED[:2])))
    assert capfd.readouterr() == ("", "")


def test_a_page_whose_picture_would_fill_the_memory_is_left_out_and_said() -> None:
    document = pymupdf.open("pdf", papers.printed(papers.DEED))
    bomb = document.new_page(width=612, height=792)
    small = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 8, 8))
    xref = bomb.insert_image(bomb.rect, pixmap=small)
    side = 20_000
    document.update_stream(xref, bytes(side) * 50)
    document.xref_set_key(xref, "Width", str(side))
    document.xref_set_key(xref, "Height", str(side))
    data = document.tobytes(deflate=True)
    document.close()
    assert len(data) < 100_000
    readings: list[Reading] = []
    assert peak_megabytes(lambda: readings.append(read(data))) < 60
    printed, heavy = readings[0].pages
    assert "notaire" in printed.text
    assert heavy.note == (
        "unreadable: its pictures unpack to 400 MB, more than ocr.max_picture_megabytes = 300"
    )


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_a_huge_page_is_read_in_bounded_memory() -> None:
    """20,000 pixels on its longer side, as a plan scanned at 600 dpi."""
    picture = Image.new("L", (10_000, 20_000), 250)
    picture.paste(papers.picture(papers.DEED * 2, dpi=600), (500, 800))
    file = BytesIO()
    picture.save(file, "JPEG", quality=60)
    document = pymupdf.open()
    page = document.new_page(width=1200, height=2400)
    page.insert_image(page.rect, stream=file.getvalue())
    data = document.tobytes()
    document.close()
    readings: list[Reading] = []
    assert peak_megabytes(lambda: readings.append(read(data))) < 900
    assert recall(text(readings[0]), " ".join(papers.DEED * 2)) >= 0.9
