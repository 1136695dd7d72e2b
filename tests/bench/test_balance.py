from collections.abc import Callable

import pytest

from bench.arrivals import KINDS, Arrival, World, bound, bursty, drifting, makespan
from bench.balance import GOAL, Ours, ratio


def read_anything(world: World) -> None:
    """The rule that decides nothing: each reader takes both."""


def test_the_bound_is_what_two_readers_need_at_least() -> None:
    arrivals = [Arrival(at=0.0, kind=KINDS[0], seconds=4.0), Arrival(at=0.0, kind=KINDS[1], seconds=4.0)]
    assert bound(arrivals, 2) == 4.0
    assert bound(arrivals, 1) == 8.0
    assert bound([*arrivals, Arrival(at=100.0, kind=KINDS[0], seconds=4.0)], 2) == 104.0


@pytest.mark.parametrize("family", [bursty, drifting])
def test_nobody_beats_the_bound_not_even_readers_that_take_whatever_comes(
    family: Callable[..., list[Arrival]],
) -> None:
    arrivals = family(1, 200)
    assert makespan(arrivals, 4, read_anything) >= bound(arrivals, 4)


@pytest.mark.parametrize("family", [bursty, drifting])
def test_the_parents_own_balance_stays_near_what_nobody_can_beat(
    family: Callable[..., list[Arrival]],
) -> None:
    assert ratio(family(3), 4, Ours) <= GOAL
