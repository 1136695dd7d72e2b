import pymupdf
import pytest

from poolmgr.ocr.layer import covered, flaw, read
from tests.ocr import papers

LEAST = 20
GOOD = " ".join(papers.DEED)


def first_page(data: bytes) -> tuple[str, str]:
    document = pymupdf.open("pdf", data)
    return read(document[0], LEAST)


def test_a_printed_page_gives_its_own_text_in_order() -> None:
    assert first_page(papers.printed(papers.DEED)) == ("\n".join(papers.DEED), "")


def test_a_page_with_nothing_on_it_is_blank_and_needs_no_engine() -> None:
    assert first_page(papers.printed([])) == ("", "")


def test_a_short_printed_page_is_whole_when_nothing_else_is_on_it() -> None:
    assert first_page(papers.printed(["Fin"])) == ("Fin", "")


def test_a_scan_has_no_layer() -> None:
    assert first_page(papers.scanned(papers.picture(papers.DEED))) == ("", "no text layer")


def test_a_stamp_over_a_scan_is_not_the_text_of_the_page() -> None:
    stamp = "Document publié au registre foncier, circonscription foncière de Québec, page 1"
    _, why = first_page(papers.scanned(papers.picture(papers.DEED * 6), stamp=stamp))
    assert "only a part" in why


def test_a_scan_with_a_full_layer_of_its_own_is_taken() -> None:
    document = pymupdf.open("pdf", papers.scanned(papers.picture(papers.DEED * 6)))
    papers.write(document[0], papers.DEED * 6, size=11, top=30)
    text, why = read(document[0], LEAST)
    assert why == ""
    assert text.count("notaire") == 6


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("petit", "5 characters"),
        (GOOD + "\ufffd" * 40, "no letters"),
        ("".join(chr(0xE000 + number) for number in range(200)), "no letters"),
        ("." * 200, "punctuation"),
        ("Wkh dfwh gh yhqwh gx orw vlwxh txheh fkdtxh sduwlh ghfoduh hwuh " * 3, "vowels"),
        (GOOD, ""),
        ("2001-02-03\t12 345 678\tHypothèque\tBanque Laurentienne\n" * 20, ""),
    ],
)
def test_words_that_are_no_words_are_not_trusted(text: str, why: str) -> None:
    found = flaw(text, LEAST)
    assert why in found
    assert bool(found) == bool(why)


def test_letters_drawn_as_curves_count_as_something_to_read() -> None:
    curves = [(x * 8.0, y * 12.0, x * 8.0 + 6, y * 12.0 + 8) for y in range(30) for x in range(20)]
    assert not covered([(0, 0, 100, 10)], curves, 612, 792)
    assert covered([(0, 0, 160, 360)], curves, 612, 792)


def test_text_that_runs_up_the_page_is_read_and_comes_last() -> None:
    document = pymupdf.open("pdf", papers.printed(papers.DEED))
    for number, line in enumerate(("En marge :", "radiation partielle")):
        document[0].insert_text((30 + number * 14, 500), line, rotate=90)
    assert read(document[0], LEAST)[0].endswith("\n\nEn marge :\nradiation partielle")
