from collections import Counter
from collections.abc import Collection
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from poolmgr.domain.turns import Turns

PLACES = st.integers(1, 4)
PERCENT = st.integers(0, 50)
BEGIN = st.tuples(st.integers(0, 99), st.integers(0, 9))


def claims(turns: Turns, full: Collection[int], how_many: int) -> list[int]:
    """Where so many claims find work, when only those places have any."""
    found = []
    for _ in range(how_many):
        place = next(place for place in turns.order() if place in full)
        turns.taken(place)
        found.append(place)
    return found


@given(PLACES, PERCENT, BEGIN)
def test_of_any_hundred_claims_the_others_get_their_share_and_each_of_them_its_turn(
    places: int, percent: int, begin: tuple[int, int]
) -> None:
    turns = Turns(places, percent, share=begin[0], later=begin[1])
    found = claims(turns, range(places), 300)
    for first in range(201):
        counts = Counter(found[first : first + 100])
        others = [counts[place] for place in range(1, places)]
        assert sum(others) == (percent if places > 1 else 0)
        assert not others or max(others) - min(others) <= 1


@given(PLACES, PERCENT, BEGIN)
def test_a_later_place_is_first_as_far_apart_as_it_can_be(
    places: int, percent: int, begin: tuple[int, int]
) -> None:
    turns = Turns(places, percent, share=begin[0], later=begin[1])
    found = claims(turns, range(places), 300)
    others = [number for number, place in enumerate(found) if place]
    gaps = {second - first for first, second in pairwise(others)}
    assert not gaps or gaps <= {100 // percent, -(-100 // percent)}


@given(PLACES, PERCENT, BEGIN)
def test_everybody_is_asked_once_and_in_strict_order_but_for_the_others_turns(
    places: int, percent: int, begin: tuple[int, int]
) -> None:
    turns = Turns(places, percent, share=begin[0], later=begin[1])
    for _ in range(100):
        order = list(turns.order())
        assert sorted(order) == list(range(places))
        assert (order == list(range(places))) != turns.is_others or places == 1
        turns.taken(order[0])


@given(st.integers(2, 4), st.integers(1, 50), BEGIN, st.data())
def test_a_place_without_work_costs_nobody_its_turn(
    places: int, percent: int, begin: tuple[int, int], data: st.DataObject
) -> None:
    full = data.draw(st.sets(st.integers(0, places - 1), min_size=1))
    turns = Turns(places, percent, share=begin[0], later=begin[1])
    counts = Counter(claims(turns, full, 100))
    later = [counts[place] for place in full if place]
    if 0 in full and later:
        assert sum(later) == percent
        assert max(later) - min(later) <= 1
    assert set(counts) <= full


@given(PLACES, BEGIN)
def test_without_a_share_for_the_others_the_order_is_strict(places: int, begin: tuple[int, int]) -> None:
    turns = Turns(places, 0, share=begin[0], later=begin[1])
    assert set(claims(turns, range(places), 100)) == {0}


@given(PERCENT)
def test_only_claims_that_find_work_count(percent: int) -> None:
    turns = Turns(3, percent, share=99)
    assert [list(turns.order()) for _ in range(3)] == [list(turns.order())] * 3
