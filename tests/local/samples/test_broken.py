from random import Random

import pymupdf
import pytest

from poolmgr.local.samples.broken import PASSWORD, cut, encrypt, fill_with_garbage
from poolmgr.local.samples.sheet import Sheet, Style, lay, save


def readable_pages(data: bytes) -> int:
    try:
        with pymupdf.open(stream=data, filetype="pdf") as document:
            return int(document.page_count)
    except pymupdf.FileDataError:
        return 0


@pytest.mark.parametrize("seed", range(5))
def test_a_document_cut_off_or_of_garbage_has_no_page_left(seed: int) -> None:
    sheet = Sheet(width=612, height=792)
    sheet.write(["bonjour"], (72, 72), Style(face="tiro", size=12))
    whole = save(lay([sheet]), "essai")
    assert readable_pages(whole) == 1
    assert readable_pages(cut(whole, Random(seed))) == 0
    assert readable_pages(fill_with_garbage(Random(seed))) == 0


def test_a_locked_document_opens_with_its_password_only() -> None:
    with pymupdf.open(stream=encrypt(Random(1), "Acte 25616321"), filetype="pdf") as document:
        assert document.needs_pass
        assert not document.authenticate("autre")
        assert document.authenticate(PASSWORD.decode())
        assert document[0].get_text().strip() == "Acte 25616321"


def test_a_locked_document_is_the_same_bytes_each_time() -> None:
    assert encrypt(Random(1), "Acte") == encrypt(Random(1), "Acte")
