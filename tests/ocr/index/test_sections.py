from poolmgr.ocr.index.model import Header, IndexPage, Layout, Row
from poolmgr.ocr.index.sections import Place, entries, unmatched


def page(number: int, layout: Layout, *rows: Row) -> IndexPage:
    return IndexPage(number=number, layout=layout, header=Header(), rows=rows)


OLD = page(1, "old_2", Row(number="770 292", nature="Hypothèque"), Row(number="", nature="Vente"))
OLDER = page(2, "old_1", Row(number="0770292", nature="Avis"), Row(number="770-300"))


def test_a_cancellation_finds_every_row_that_bears_its_number() -> None:
    section = page(3, "modern_radiation", Row(number="770 292", radiations="T 811 204"))
    (entry,) = entries([OLD, OLDER, section])
    assert entry.rows == (Place(page=1, row=1), Place(page=2, row=1))
    assert unmatched([entry]) == []


def test_a_cancellation_without_its_row_is_reported_with_all_it_says() -> None:
    section = page(3, "modern_radiation", Row(number="770 999", radiations="T 5"), Row(radiations="T 6"))
    first, second = unmatched(entries([OLD, OLDER, section]))
    assert "page 3 row 1" in first
    assert "770 999" in first
    assert "T 5" in first
    assert "no number" in second


def test_rows_without_a_number_are_joined_to_nothing() -> None:
    section = page(3, "modern_radiation", Row(number="", radiations="T 6"))
    assert entries([OLD, section])[0].rows == ()
