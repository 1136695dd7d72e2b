"""When a dead child comes back: arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from poolmgr.pool.restarts import delay_seconds, is_quick

FIRST = st.floats(min_value=0.01, max_value=10)
FACTOR = st.floats(min_value=1, max_value=100)
SHARE = st.floats(min_value=0, max_value=1)


def delay(deaths: int, first: float, longest: float, share: float, *, was_ready: bool) -> float:
    return delay_seconds(
        deaths,
        was_ready=was_ready,
        first_seconds=first,
        max_seconds=longest,
        pick=lambda low, high: low + (high - low) * share,
    )


@given(deaths=st.integers(1, 10_000), first=FIRST, factor=FACTOR, share=SHARE)
def test_a_delay_lies_between_the_first_and_the_longest(
    deaths: int, first: float, factor: float, share: float
) -> None:
    longest = first * factor
    assert first <= delay(deaths, first, longest, share, was_ready=False) <= longest * (1 + 1e-9)


@given(deaths=st.integers(1, 200), first=FIRST, factor=FACTOR, was_ready=st.booleans())
def test_more_deaths_never_shorten_the_longest_delay(
    deaths: int, first: float, factor: float, was_ready: bool
) -> None:
    one = delay(deaths, first, first * factor, 1.0, was_ready=was_ready)
    assert one <= delay(deaths + 1, first, first * factor, 1.0, was_ready=was_ready)


@given(first=FIRST, factor=FACTOR, share=SHARE, was_ready=st.booleans())
def test_after_a_life_the_replacement_comes_at_once(
    first: float, factor: float, share: float, was_ready: bool
) -> None:
    assert delay(0, first, first * factor, share, was_ready=was_ready) == 0.0


@given(first=FIRST, factor=FACTOR, share=SHARE)
def test_the_first_quick_death_of_a_child_that_was_ready_costs_nothing_the_second_does(
    first: float, factor: float, share: float
) -> None:
    assert delay(1, first, first * factor, share, was_ready=True) == 0.0
    assert delay(2, first, first * factor, share, was_ready=True) >= first


@given(deaths=st.integers(3, 12))
def test_delays_double_and_spread_over_the_whole_range(deaths: int) -> None:
    assert delay(deaths, 1.0, 1e9, 1.0, was_ready=False) == 2.0 ** (deaths - 1)
    assert delay(deaths, 1.0, 1e9, 0.0, was_ready=False) == 1.0


def test_a_death_is_quick_when_it_says_something_about_the_next_child() -> None:
    assert is_quick(None, 0, 1.0)
    assert is_quick(0.5, 0, 1.0)
    assert not is_quick(0.5, 1, 1.0)
    assert not is_quick(1.0, 0, 1.0)
