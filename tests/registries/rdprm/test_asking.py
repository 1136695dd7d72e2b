"""What the site asks before it searches: the price is read, and only what was read is confirmed."""

import pytest

from poolmgr.domain.errors import SiteChanged, SiteDown
from poolmgr.registries.rdprm.asking import prices
from tests.registries.rdprm.searcher import REFERENCE, Searcher


@pytest.mark.parametrize(
    ("said", "cents"),
    [
        ("Le coût de cette recherche est de 12,00 $.", [1200]),
        ("Confirmer (12.00 $)", [1200]),
        ("12,00\u00a0$ et 4,00 $ de plus", [1200, 400]),
        ("1 250,00 $", [125_000]),
        ("1\u202f250,00\u00a0$", [125_000]),
        ("Confirmer", []),
        ("12 dollars", []),
        ("12,00", []),
    ],
)
def test_prices_are_read_as_quebec_writes_them(said: str, cents: list[int]) -> None:
    assert prices(said) == cents


async def test_a_price_above_the_highest_is_not_confirmed(searcher: Searcher) -> None:
    searcher.replica.choose(price_cents=1501)
    error = await searcher.fails(SiteChanged)
    assert "15.01 CAD, more than 15.00 CAD: nothing was confirmed" in str(error)
    assert "rdprm.max_price_cents" in str(error)
    assert (searcher.asked, searcher.pressed, searcher.paid) == ([], [], [])


async def test_a_question_without_a_price_or_with_another_button_is_not_confirmed(searcher: Searcher) -> None:
    searcher.hurry(step_seconds=1.5)
    searcher.replica.choose(shows_price=False)
    error = await searcher.fails(SiteChanged)
    assert "without saying a price" in error.sentence
    searcher.replica.restore()
    searcher.replica.fault("changed_label", field="Confirmer", label="Acheter", times=None)
    error = await searcher.fails(SiteDown)
    assert "« " in error.sentence
    assert "12,00 $" in error.sentence
    assert (searcher.asked, searcher.pressed, searcher.paid) == ([], [], [])


async def test_a_second_question_that_asks_more_is_not_confirmed_and_may_be_paid(searcher: Searcher) -> None:
    searcher.replica.choose(second_price_cents=1400)
    error = await searcher.fails(SiteDown)
    assert "After 12.00 CAD the site asks 14.00 CAD" in error.sentence
    assert searcher.asked == [1200]
    assert [one.button for one in searcher.pressed] == ["Confirmer"]
    assert searcher.paid == []


async def test_where_there_is_no_second_question_and_no_reference_it_is_paid_once_all_the_same(
    searcher: Searcher,
) -> None:
    searcher.replica.choose(second_confirmation=False, has_reference=False, price_cents=1100)
    extract = await searcher.search()
    (paid,) = searcher.paid
    assert (paid.reference, paid.price_cents, searcher.asked) == ("", 1100, [1100])
    assert {"asked": paid.name, "reference": None} in extract.trail
    searcher.replica.choose(has_reference=True)
    await searcher.search()
    assert searcher.paid[0].reference == REFERENCE


async def test_a_site_that_searches_without_asking_has_sold_and_the_ledger_hears_of_it(
    searcher: Searcher,
) -> None:
    searcher.replica.choose(asks=False)
    extract = await searcher.search()
    assert (searcher.asked, searcher.pressed, len(searcher.paid)) == ([0], [], 1)
    assert (extract.found, extract.cents) == (True, 0)
