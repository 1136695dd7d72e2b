from datetime import UTC, date, datetime

import pytest

from poolmgr.domain.hours import day_of
from poolmgr.domain.orders import LAND_SOURCES
from poolmgr.domain.prices import TARIFF, Price, highest, is_outdated, price


def land(cents: int, since: date) -> Price:
    return Price(registry="land", product="index", cents=cents, since=since, origin="a test")


TWO = (land(155, date(2027, 4, 1)), land(150, date(2026, 4, 1)))


@pytest.mark.parametrize(
    ("moment", "cents"),
    [
        (datetime(2027, 4, 1, 3, 59, tzinfo=UTC), 150),  # 23:59 of 31 March in Quebec, summer time
        (datetime(2027, 4, 1, 4, 0, tzinfo=UTC), 155),
        (datetime(2026, 4, 1, 4, 0, tzinfo=UTC), 150),
        (datetime(2026, 1, 1, 5, 0, tzinfo=UTC), 150),  # before the first known day: the first known price
        (datetime(2030, 1, 1, 5, 0, tzinfo=UTC), 155),
    ],
)
def test_a_price_holds_from_midnight_in_quebec(moment: datetime, cents: int) -> None:
    assert price("land", "index", day_of(moment), TWO).cents == cents


def test_every_product_that_is_bought_has_a_price_with_its_origin() -> None:
    today = date(2026, 11, 26)
    assert {price("land", source, today).cents for source in LAND_SOURCES} == {150}
    assert price("rdprm", "search", today).cents == 1200
    assert all(one.origin for one in TARIFF)


def test_the_dearest_product_counts_where_none_is_named() -> None:
    dearer = Price(registry="land", product="acte", cents=160, since=date(2027, 4, 1), origin="a test")
    assert highest("land", date(2027, 4, 1), (*TWO, dearer)) == 160
    assert highest("land", date(2027, 4, 1), TWO) == 155


@pytest.mark.parametrize(
    ("today", "outdated"),
    [
        (date(2026, 4, 1), False),
        (date(2027, 3, 31), False),
        (date(2027, 4, 1), True),
        (date(2028, 1, 1), True),
    ],
)
def test_a_tariff_is_outdated_from_the_next_first_of_april_on(today: date, outdated: bool) -> None:
    assert is_outdated("land", today, (TWO[1],)) == outdated
    assert not is_outdated("rdprm", today)
