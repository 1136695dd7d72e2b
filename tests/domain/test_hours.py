"""When a registry serves, across weeks, holidays and the change of the clocks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolmgr.domain.hours import ZONE, Hours, parse

START = datetime(2026, 1, 1, tzinfo=UTC)
OFFICE = Hours(windows=parse("mon-fri 08:00-22:00, sat 09:00-17:00"), closed=frozenset({date(2026, 12, 25)}))
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-26T07:59", "2026-11-26T08:00"),
        ("2026-11-26T21:59", "2026-11-26T21:59"),
        ("2026-11-26T22:00", "2026-11-27T08:00"),
        ("2026-11-28T17:00", "2026-11-30T08:00"),
        ("2026-12-24T23:00", "2026-12-26T09:00"),
    ],
)
def test_it_serves_again_at_the_next_window(moment: str, opens: str) -> None:
    assert OFFICE.opens_at(local(moment)) == local(opens)


def test_how_long_it_still_serves() -> None:
    assert OFFICE.closes_at(local("2026-11-26T21:50")) == local("2026-11-26T22:00")
    assert OFFICE.closes_at(local("2026-11-29T12:00")) is None


def test_windows_that_touch_are_one() -> None:
    night = Hours(windows=parse("mon 20:00-24:00, tue 00:00-04:00"))
    assert night.closes_at(local("2026-11-23T23:00")) == local("2026-11-24T04:00")


def test_without_windows_it_is_open_but_for_the_closed_days() -> None:
    always = Hours(closed=frozenset({date(2026, 12, 25)}))
    assert always.is_open(local("2026-11-29T03:00"))
    assert not always.is_open(local("2026-12-25T12:00"))
    assert always.opens_at(local("2026-12-25T12:00")) == local("2026-12-26T00:00")


def test_the_hours_are_those_of_quebec_in_summer_and_in_winter() -> None:
    assert OFFICE.opens_at(datetime(2026, 7, 6, 11, tzinfo=UTC)) == datetime(2026, 7, 6, 12, tzinfo=UTC)
    assert OFFICE.opens_at(datetime(2026, 12, 7, 12, tzinfo=UTC)) == datetime(2026, 12, 7, 13, tzinfo=UTC)


def test_the_day_the_clocks_change_has_its_own_length() -> None:
    sunday = Hours(windows=parse("sun 00:00-24:00"))
    began = local("2026-03-08T00:00").astimezone(UTC)
    closes = sunday.closes_at(began)
    assert closes is not None
    assert closes - began == timedelta(hours=23)


@given(now=MOMENTS)
def test_when_it_opens_it_is_open_and_not_a_minute_before(now: datetime) -> None:
    opens = OFFICE.opens_at(now)
    assert opens >= now
    assert OFFICE.is_open(opens)
    if opens > now:
        assert not OFFICE.is_open(opens - timedelta(minutes=1))


@given(now=MOMENTS)
def test_when_it_closes_it_is_closed(now: datetime) -> None:
    closes = OFFICE.closes_at(now)
    assert (closes is not None) == OFFICE.is_open(now)
    if closes is not None:
        assert closes > now
        assert not OFFICE.is_open(closes)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("monday 08:00-22:00", "is not written as"),
        ("mon-fry 08:00-22:00", "'fry' is no day"),
        ("mon 25:00-26:00", "'25:00' is no time of day"),
        ("mon 22:00-06:00", "ends before it begins"),
        ("mon 8-22", "is not written as"),
    ],
)
def test_what_is_no_window_is_named(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse(text)


def test_a_week_may_end_in_the_next() -> None:
    assert sorted(window.day for window in parse("sat-mon 10:00-12:00")) == [0, 5, 6]
