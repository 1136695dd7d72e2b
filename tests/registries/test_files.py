from contextlib import suppress
from io import BytesIO
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from poolmgr.domain.errors import Unreadable
from poolmgr.local.samples import broken
from poolmgr.registries.files import FileKind, as_pdf, is_named, kind_of, pages_of, text_of, unpacked

LAST_BYTES = 10


def pdf(pages: int) -> bytes:
    with pymupdf.open() as document:
        for number in range(pages):
            document.new_page().insert_text((72, 72), f"Page {number + 1}")
        return bytes(document.tobytes())


def tiff(pages: int) -> bytes:
    images = [Image.new("1", (170, 220), color=number % 2) for number in range(pages)]
    out = BytesIO()
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:], compression="group4", dpi=(100, 100))
    return out.getvalue()


def archive() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as file:
        file.writestr("acte.pdf", pdf(1))
    return out.getvalue()


WHOLE = pdf(3)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (WHOLE, "pdf"),
        (b"\r\n\0" * 100 + WHOLE, "pdf"),
        (b" " * 1024 + WHOLE, "unknown"),
        (tiff(1), "tiff"),
        (b"MM\0*" + b"\0" * 8, "tiff"),
        (archive(), "zip"),
        (tiff(1)[:50] + WHOLE, "tiff"),
        (b"<!DOCTYPE HTML PUBLIC><html>", "html"),
        (b"\n\n<HTML><BODY>Erreur", "html"),
        (b"<frameset rows='60,*'>", "html"),
        (b"Erreur 500", "unknown"),
        (Random(1).randbytes(3000), "unknown"),
    ],
)
def test_a_files_kind_is_told_by_its_first_bytes(data: bytes, kind: FileKind) -> None:
    assert kind_of(data) == kind


@pytest.mark.parametrize("pages", [1, 2, 7])
def test_the_pages_of_a_whole_file_are_counted(pages: int) -> None:
    assert pages_of(pdf(pages)) == pages
    assert pages_of(tiff(pages)) == pages


def test_a_locked_pdf_is_whole_although_its_pages_cannot_be_counted() -> None:
    assert pages_of(broken.encrypt(Random(1), "Acte de vente")) == 0


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty file"),
        (archive(), "a ZIP file"),
        (b"<html>Le document ne peut pas venir", "a web page"),
        (b"Erreur 500", "an unknown file of 10 bytes"),
        (WHOLE[: len(WHOLE) * 3 // 5], "ends too soon"),
        (broken.cut(WHOLE, Random(1)), "ends too soon"),
        (broken.fill_with_garbage(Random(1)), "ends too soon"),
        (b"%PDF-1.7\n%%EOF\n", "cannot be opened|has no page"),
        (b"%PDF-1.7\n" + Random(2).randbytes(5000) + b"\n%%EOF\n", "cannot be opened|has no page"),
        (tiff(2)[:60], "cannot be opened|has no page"),
        (b"II*\0" + Random(3).randbytes(500), "cannot be opened|has no page"),
    ],
)
def test_a_file_that_is_no_whole_document_is_kept_as_evidence(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said) as caught:
        pages_of(data)
    assert caught.value.data == data


@given(st.integers(0, len(WHOLE) - LAST_BYTES - 1))
@settings(deadline=None, max_examples=50)
def test_a_pdf_that_was_cut_anywhere_is_never_whole(length: int) -> None:
    with pytest.raises(Unreadable):
        pages_of(WHOLE[:length])


@given(st.binary(max_size=1000))
@settings(deadline=None, max_examples=30)
def test_whatever_comes_is_a_number_of_pages_or_unreadable(data: bytes) -> None:
    for begun in (data, b"%PDF-1.7\n" + data + b"%%EOF", b"II*\0" + data):
        with suppress(Unreadable):
            assert pages_of(begun) >= 0
            assert kind_of(begun) == "pdf" or as_pdf(begun)


def test_a_tiff_becomes_a_pdf_of_as_many_pages_that_look_the_same() -> None:
    made = as_pdf(tiff(3))
    assert kind_of(made) == "pdf"
    assert pages_of(made) == 3
    with pymupdf.open(stream=made, filetype="pdf") as document:
        shades = [page.get_pixmap(colorspace=pymupdf.csGRAY).samples[5000] for page in document]
        ratio = document[0].rect.width / document[0].rect.height
    assert shades == [0, 255, 0]
    assert ratio == pytest.approx(170 / 220, abs=0.01)


@pytest.mark.parametrize(
    ("number", "text", "is_it"),
    [
        ("12345111", "12345111 Acte Montréal", True),
        ("12345111", "12 345 111", True),
        ("12345111", "12\u00a0345\u00a0111 Acte", True),
        ("12345111", "112345111", False),
        ("12345111", "123451110", False),
        ("12345111", "12345111A", False),
        ("12345111", "12345112", False),
        ("24b", "lot 24b", True),
        ("1358-176", "1358-1760", False),
    ],
)
def test_a_number_is_in_a_text_only_as_itself(number: str, text: str, is_it: bool) -> None:
    assert is_named(number, text) == is_it


def zipped(**files: bytes) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name.replace("_", "."), data)
    return out.getvalue()


def test_the_one_document_of_a_zip_is_taken_whatever_lies_beside_it() -> None:
    assert unpacked(zipped(acte_PDF=WHOLE, lisezmoi_txt=b"avis"), 1_000_000) == WHOLE
    assert kind_of(unpacked(zipped(acte_tif=tiff(2)), 1_000_000)) == "tiff"


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (zipped(un_pdf=WHOLE, deux_pdf=WHOLE), "holds 2 documents, not one: « un.pdf », « deux.pdf »"),
        (zipped(lisezmoi_txt=b"avis"), "holds 0 documents, not one: none"),
        (zipped(un_pdf=WHOLE)[:-40], "cannot be opened"),
        (zipped(un_pdf=b"0" * 3_000_000), "larger than registre.max_file_megabytes"),
        (b"PK\x03\x04" + b"0" * 100, "cannot be opened"),
    ],
)
def test_a_zip_that_is_not_one_document_is_unreadable_and_says_why(archive: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said) as caught:
        unpacked(archive, 1_000_000)
    assert caught.value.data == archive


def test_the_text_of_a_document_is_its_layer_and_a_scan_has_none() -> None:
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((72, 72), "Lot 2 784 195")
        scan = bytes(document.tobytes())
        for line in range(20):
            page.insert_text((72, 90 + 12 * line), "Nature de l'acte : Hypothèque")
        typed = bytes(document.tobytes())
    assert text_of(scan) == "", "a stamp alone is no layer"
    assert is_named("2784195", text_of(typed))
    assert text_of(WHOLE[:100]) == ""
