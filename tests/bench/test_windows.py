"""The most in any window, as the bench of the shared limit counts it."""

import pytest

from bench.windows import Arrival, least_share, longest_gap, most


def arrival(at: float, tokens: int = 1, caller: str = "a") -> Arrival:
    return Arrival(at=at, tokens=tokens, caller=caller)


def test_a_window_is_counted_wherever_it_begins_and_its_end_is_not_in_it() -> None:
    arrivals = [
        arrival(at, tokens) for at, tokens in ((0.0, 1), (0.875, 10), (1.0, 1), (1.75, 10), (1.875, 1))
    ]
    assert most(arrivals, 1.0) == (3, 21)
    assert most(arrivals[:1], 1.0) == (1, 1)


def test_order_does_not_matter() -> None:
    assert most([arrival(5.0), arrival(1.0), arrival(1.2)], 0.5) == (2, 2)


def test_the_least_share_is_of_the_mean_and_gaps_are_between_neighbours() -> None:
    arrivals = [
        arrival(0, caller="a"),
        arrival(1, caller="a"),
        arrival(4, caller="a"),
        arrival(4.5, caller="b"),
    ]
    assert least_share(arrivals) == 0.5
    assert longest_gap(arrivals) == 3
    with pytest.raises(ValueError, match="nothing"):
        least_share([])
