from datetime import date

import pytest

from poolmgr.ocr.completeness import doubts, is_whole, share
from poolmgr.ocr.index.model import Header, IndexPage, Row

TODAY = date(2026, 11, 26)


def page(*rows: Row, counted: int | None = None) -> IndexPage:
    return IndexPage(number=1, layout="old_1", header=Header(), rows=rows, rows_counted=counted)


def rows(count: int) -> list[Row]:
    return [Row(number=str(200_000 + place), date=f"19{50 + place}-03-01") for place in range(count)]


def test_a_page_with_all_of_its_rows_in_order_has_no_doubt() -> None:
    assert doubts(page(*rows(20), counted=20), TODAY) == ()
    assert doubts(page(*rows(20)), TODAY) == ()


@pytest.mark.parametrize(("read", "counted", "whole"), [(19, 20, True), (18, 20, False), (0, 3, False)])
def test_below_95_percent_of_its_rows_a_page_is_incomplete(read: int, counted: int, whole: bool) -> None:
    found = page(*rows(read), counted=counted)
    assert is_whole(found) is whole
    assert any("incomplete" in one for one in doubts(found, TODAY)) is not whole


def test_nobody_counted_or_nothing_to_count_is_whole() -> None:
    assert share(0, None) == share(3, 0) == 1.0


def test_more_rows_than_were_counted_are_doubtful() -> None:
    assert doubts(page(*rows(9), counted=6), TODAY) == ("9 rows read where 6 were counted",)


@pytest.mark.parametrize("wrong", ["1987-13-01", "2031-01-01", "1492-10-12", "1987-02-30"])
def test_a_date_that_cannot_be_is_named(wrong: str) -> None:
    assert doubts(page(Row(number="200001", date=wrong)), TODAY) == (f"dates that cannot be: {wrong}",)


def test_a_date_that_was_not_understood_is_no_lie() -> None:
    assert doubts(page(Row(number="12-345", date="3 mars 87")), TODAY) == ()


@pytest.mark.parametrize("wrong", ["Vente", "12345678901", "7", "12?45"])
def test_a_number_that_cannot_be_is_named(wrong: str) -> None:
    assert doubts(page(Row(number=wrong)), TODAY) == (f"numbers that cannot be: {wrong}",)


@pytest.mark.parametrize("right", ["10 234 567", "234567", "B-12-345", "12.345", "RA 4455"])
def test_numbers_as_offices_write_them_are_numbers(right: str) -> None:
    assert doubts(page(Row(number=right)), TODAY) == ()


def test_dates_and_numbers_that_do_not_rise_are_said_and_one_fall_is_not() -> None:
    mixed = rows(12)
    mixed[3], mixed[4] = mixed[4], mixed[3]
    assert doubts(page(*mixed), TODAY) == ()
    assert doubts(page(*reversed(rows(12))), TODAY) == (
        "dates do not rise: 11 of 11 fall",
        "numbers do not rise: 11 of 11 fall",
    )
