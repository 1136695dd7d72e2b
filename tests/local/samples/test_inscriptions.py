from random import Random

import pytest

from poolmgr.local.samples.inscriptions import Inscription, day_of, draw_history, number_on


def draw(seed: int) -> list[Inscription]:
    return draw_history(Random(seed), since=1986, until_now=40, rows=40)


@pytest.mark.parametrize("seed", range(8))
def test_dates_and_numbers_rise_down_the_page(seed: int) -> None:
    history = draw(seed)
    assert [row.day for row in history] == sorted({row.day for row in history})
    assert [row.number for row in history] == sorted({row.number for row in history})
    assert history[-1].day.year <= 2023


@pytest.mark.parametrize("seed", range(8))
def test_numbers_have_five_to_eight_digits(seed: int) -> None:
    assert {len(str(row.number)) for row in draw(seed)} <= {5, 6, 7, 8}


def test_a_radiation_names_the_later_row_that_ended_the_loan() -> None:
    history = draw(3)
    by_number = {row.number: row for row in history}
    loans = [row for row in history if row.discharged_by]
    assert loans
    for loan in loans:
        ending = by_number[loan.discharged_by or 0]
        assert ending.day > loan.day
        assert ending.nature in ("Quittance", "Mainlevée")
        assert str(loan.number) in ending.remarks
        assert loan.radiations == f"T {ending.number}"


def test_the_spread_of_the_dates_changes_nobody_and_no_nature() -> None:
    narrow = draw_history(Random(5), since=1986, until_now=60, rows=20)
    wide = draw_history(Random(5), since=1986, until_now=20, rows=20)
    assert [(r.nature, r.parties) for r in narrow] == [(r.nature, r.parties) for r in wide]


def test_the_day_of_a_number_is_the_day_it_was_given() -> None:
    row = draw(2)[-1]
    assert day_of(int(number_on(row.day, (1, 1)))) == row.day
