import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolmgr.pool.splitting import Queue, Split, makespan, split

counts = st.integers(0, 5000)
seconds = st.floats(0.01, 3600)
queues = st.builds(Queue, ready=counts, seconds=seconds, held=st.integers(0, 20), minimum=st.integers(0, 3))
pools = st.integers(2, 64)


def decided(children: int, index: Queue, acte: Queue, current: int = 0, hysteresis: float = 0.0) -> Split:
    """Everybody may move."""
    return split(children, index, acte, current=current, hysteresis=hysteresis, movable=(children, children))


@given(children=pools, index=queues, acte=queues, current=st.integers(0, 64), data=st.data())
def test_every_child_reads_something_and_none_twice(
    children: int, index: Queue, acte: Queue, current: int, data: st.DataObject
) -> None:
    current = min(current, children)
    movable = (data.draw(st.integers(0, current)), data.draw(st.integers(0, children - current)))
    found = split(children, index, acte, current=current, hysteresis=0.1, movable=movable)
    assert found.index + found.acte == children
    assert found.index >= 0
    assert found.acte >= 0
    assert current - movable[0] <= found.index <= current + movable[1]


@given(children=pools, index=queues, acte=queues)
def test_work_that_waits_is_never_left_without_a_child(children: int, index: Queue, acte: Queue) -> None:
    found = decided(children, index, acte)
    assert found.index > 0 or index.usable == 0
    assert found.acte > 0 or acte.usable == 0


@given(children=pools, index=queues, acte=queues)
def test_the_minimums_hold_where_there_are_children_and_work_for_both(
    children: int, index: Queue, acte: Queue
) -> None:
    found = decided(children, index, acte)
    if max(index.minimum, 1) + max(acte.minimum, 1) <= children:
        assert found.index >= min(index.minimum, index.usable)
        assert found.acte >= min(acte.minimum, acte.usable)


@given(children=pools, index=queues, acte=queues, more=counts)
def test_more_work_never_takes_children_away(children: int, index: Queue, acte: Queue, more: int) -> None:
    assert decided(children, grown(index, more), acte).index >= decided(children, index, acte).index
    whole = decided(children, index, acte, current=children)
    assert decided(children, index, grown(acte, more), current=children).acte >= whole.acte


def grown(queue: Queue, more: int) -> Queue:
    return Queue(ready=queue.ready + more, seconds=queue.seconds, held=queue.held, minimum=queue.minimum)


@given(children=pools, index=queues, acte=queues, current=st.integers(0, 64))
def test_nobody_waits_beside_the_documents_of_the_other_mode(
    children: int, index: Queue, acte: Queue, current: int
) -> None:
    found = decided(children, index, acte, current=min(current, children), hysteresis=0.1)
    assert min(found.index, index.ready) + min(found.acte, acte.ready) == min(
        children, index.ready + acte.ready
    )


@given(children=pools, index=queues, acte=queues)
def test_no_other_split_that_employs_everybody_ends_earlier(children: int, index: Queue, acte: Queue) -> None:
    found = decided(children, index, acte)
    employing = [n for n in range(children + 1) if n <= index.ready and children - n <= acte.ready]
    if index.minimum <= 1 and acte.minimum <= 1 and employing:
        best = min(makespan(index, acte, n, children) for n in employing)
        assert makespan(index, acte, found.index, children) <= best * (1 + 1e-9)


@pytest.mark.parametrize(("percent", "hysteresis"), [(4, 0.1), (9, 0.2)])
@given(
    children=pools,
    depths=st.tuples(st.integers(100, 2000), st.integers(100, 2000)),
    cost=st.floats(0.1, 100),
    noise=st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=20),
)
def test_noise_around_the_best_split_makes_nobody_change(
    children: int,
    depths: tuple[int, int],
    cost: float,
    noise: list[tuple[float, float]],
    percent: float,
    hysteresis: float,
) -> None:
    """A makespan moves as much as its queues do, so noise of e changes nothing while
    (1 - e) / (1 + e) > 1 - hysteresis: 5 % for 0.1, 11 % for 0.2. Depths are whole: 1 % less of each here."""
    settled: int | None = None
    for index_noise, acte_noise in [(0.0, 0.0), *noise]:
        index, acte = (
            Queue(ready=round(depth * (1 + percent / 100 * one)), seconds=seconds, minimum=1)
            for depth, one, seconds in zip(depths, (index_noise, acte_noise), (cost, 10.0), strict=True)
        )
        if settled is None:
            settled = decided(children, index, acte).index
        assert decided(children, index, acte, current=settled, hysteresis=hysteresis).index == settled


@given(children=pools, index=queues, acte=queues, factor=st.floats(0.1, 10))
def test_only_the_ratio_of_the_costs_counts(children: int, index: Queue, acte: Queue, factor: float) -> None:
    def scaled(queue: Queue) -> Queue:
        return Queue(
            ready=queue.ready, held=queue.held, minimum=queue.minimum, seconds=queue.seconds * factor
        )

    first, second = decided(children, index, acte), decided(children, scaled(index), scaled(acte))
    best = makespan(index, acte, first.index, children)
    other = makespan(index, acte, second.index, children)
    assert first.index == second.index or math.isclose(best, other, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("index", "acte", "expected"),
    [
        (Queue(ready=0, seconds=20, minimum=1), Queue(ready=40, seconds=10, minimum=1), (0, 4)),
        (Queue(ready=40, seconds=20, minimum=1), Queue(ready=0, seconds=10, minimum=1), (4, 0)),
        (Queue(ready=100, seconds=10, minimum=1), Queue(ready=100, seconds=10, minimum=1), (2, 2)),
        (Queue(ready=100, seconds=30, minimum=1), Queue(ready=100, seconds=10, minimum=1), (3, 1)),
        (Queue(ready=1000, seconds=10, minimum=1), Queue(ready=10, seconds=10, minimum=1), (3, 1)),
        (Queue(ready=30, seconds=1, minimum=1), Queue(ready=1, seconds=600, minimum=1), (3, 1)),
        (Queue(ready=2, seconds=600, minimum=1), Queue(ready=30, seconds=1, minimum=3), (1, 3)),
        (Queue(ready=18, seconds=10, minimum=6), Queue(ready=0, seconds=10, minimum=2), (4, 0)),
        (Queue(ready=0, seconds=10, minimum=1), Queue(ready=0, seconds=10, minimum=1), (2, 2)),
        (Queue(ready=0, seconds=10, minimum=3), Queue(ready=0, seconds=10, minimum=1), (3, 1)),
    ],
)
def test_four_children_and_what_people_would_do(index: Queue, acte: Queue, expected: tuple[int, int]) -> None:
    found = decided(4, index, acte, current=2, hysteresis=0.1)
    assert (found.index, found.acte) == expected


def test_the_reason_has_the_numbers() -> None:
    found = decided(4, Queue(ready=100, seconds=30), Queue(ready=100, seconds=10))
    assert found.why == "index: 100 wait, 30 s each, 1000 s for 3; acte: 100 wait, 10 s each, 1000 s for 1"


def test_who_changed_lately_stays_though_another_split_were_better() -> None:
    found = split(
        4,
        Queue(ready=1000, seconds=10, minimum=1),
        Queue(ready=10, seconds=10, minimum=1),
        current=1,
        hysteresis=0.1,
        movable=(0, 1),
    )
    assert (found.index, found.acte) == (2, 2)
