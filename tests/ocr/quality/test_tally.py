from dataclasses import replace

from poolmgr.ocr.index.model import Header, IndexPage, Party, Row
from poolmgr.ocr.quality.tally import Tally
from poolmgr.ocr.quality.truth import PageTruth
from poolmgr.ocr.reading import Page

ROWS = tuple(
    Row(
        number=str(48200 + n),
        date=f"199{n}-01-02",
        nature="Vente",
        parties=(Party(name="ROY, Guy", role="Vendeur"),),
    )
    for n in range(4)
)
TRUE = IndexPage(
    number=1, layout="modern_inscription", header=Header(lot="12", cadastre="Canton d’Ely"), rows=ROWS
)


def tally(read: IndexPage | None, boosted: IndexPage | None = None, text: str = "") -> Tally:
    result = Tally()
    page = Page(number=1, text=text, engine="tesseract", index=read)
    result.compare(page, PageTruth(text="Lot 12 Lot", index=TRUE), boosted)
    return result


def test_a_perfect_reading_is_perfect() -> None:
    found = tally(replace(TRUE, rows_counted=4), text="Lot Lot 12")
    assert (found.f1, found.char_edits, found.word_edits, found.rows_found, found.rows_invented) == (
        1.0,
        0,
        0,
        4,
        0,
    )
    assert (found.noticed, found.hidden, found.overcounted, found.layouts_right) == (4, 4, 0, 1)
    assert (found.words_found, found.page_words, found.fields["header"].f1) == (3, 3, 1.0)


def test_a_wrong_field_counts_as_read_and_as_missed() -> None:
    found = tally(replace(TRUE, rows=(replace(ROWS[0], date="1990-01-03"), *ROWS[1:])))
    assert found.fields["date"].f1 == 2 * 3 / (4 + 4)
    assert found.f1 == 2 * 19 / (20 + 20)
    assert found.char_edits == 1


def test_a_missing_row_costs_recall_and_an_invented_one_precision() -> None:
    found = tally(replace(TRUE, rows=(*ROWS[:3], Row(number="7", nature="Zzzz")), rows_counted=3))
    assert (found.rows_found, found.rows_invented) == (3, 1)
    assert found.fields["number"].f1 == 2 * 3 / 8
    assert (found.noticed, found.overcounted) == (0, 0)


def test_natures_are_told_before_and_after_the_rules() -> None:
    doubtful = replace(TRUE, rows=(replace(ROWS[0], nature="Vonte"), *ROWS[1:]))
    found = tally(doubtful, boosted=TRUE)
    assert (found.natures, found.natures_right, found.boosted_right) == (4, 3, 4)


def test_a_page_that_was_not_read_has_nothing_right() -> None:
    found = tally(None)
    assert (found.f1, found.rows_found, found.noticed) == (0.0, 0, 0)
    assert found.char_edits == found.characters > 0
