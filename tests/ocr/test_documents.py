from contextlib import suppress

import pymupdf
import pytest

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import DocumentError
from poolmgr.ocr.documents import complaints, opened
from tests.ocr import papers

NO_PAGES = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[]/Count 0>> endobj
trailer <</Root 1 0 R/Size 3>>
%%EOF"""


def refusal(data: bytes, settings: OcrSettings | None = None) -> DocumentError:
    with pytest.raises(DocumentError) as raised, opened(data, settings or OcrSettings()):
        pass
    assert raised.value.advice
    return raised.value


def test_a_good_document_opens_with_its_pages() -> None:
    with opened(papers.printed(papers.DEED, papers.DEED), OcrSettings()) as document:
        assert document.page_count == 2


def test_zero_bytes_are_said() -> None:
    assert "zero bytes" in refusal(b"").sentence


def test_an_error_page_in_place_of_a_pdf_is_said_with_its_beginning() -> None:
    assert "<!DOCTYPE html>" in refusal(b"<!DOCTYPE html><html>Session expir\xc3\xa9e</html>").sentence


@pytest.mark.parametrize("data", [b"%PDF-1.7\n" + b"\x00\xff" * 5000, b"%PDF-1.4\n%%EOF", NO_PAGES])
def test_a_pdf_without_a_readable_page_is_refused(data: bytes) -> None:
    assert "corrupt" in refusal(data).sentence or "no pages" in refusal(data).sentence


def test_a_truncated_pdf_is_corrupt_or_has_fewer_pages_but_never_a_crash() -> None:
    whole = papers.printed(papers.DEED, papers.DEED)
    for length in range(20, len(whole), len(whole) // 60):
        with suppress(DocumentError), opened(whole[:length], OcrSettings()) as document:
            assert document.page_count >= 1


def test_an_encrypted_pdf_is_said_to_need_a_password() -> None:
    assert "password" in refusal(papers.encrypted()).sentence


def test_a_pdf_without_a_user_password_opens_though_it_is_encrypted() -> None:
    document = pymupdf.open("pdf", papers.printed(papers.DEED))
    data = document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="", owner_pw="owner")
    with opened(data, OcrSettings()) as copy:
        assert "notaire" in copy[0].get_text()


def test_more_pages_than_the_setting_are_refused_with_both_numbers() -> None:
    error = refusal(papers.printed(*[["a"]] * 4), OcrSettings(max_pages=3))
    assert "4 pages" in error.sentence
    assert "ocr.max_pages = 3" in error.sentence


def test_a_larger_file_than_the_setting_is_refused_before_it_is_parsed() -> None:
    assert (
        "ocr.max_file_megabytes = 1"
        in refusal(b"%PDF-" + bytes(1_000_001), OcrSettings(max_file_megabytes=1)).sentence
    )


def test_mupdf_says_nothing_on_stderr_or_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    refusal(b"%PDF-1.7\n" + b"obj" * 500)
    assert capfd.readouterr() == ("", "")


def test_what_mupdf_complained_of_is_kept_for_the_page_and_then_forgotten() -> None:
    whole = papers.printed(papers.DEED)
    with opened(whole[: len(whole) - 200], OcrSettings()):
        assert complaints()
        assert complaints() == ""
