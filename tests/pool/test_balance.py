import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolmgr.domain.json import records, strings, text
from poolmgr.pool.balance import Balance, Mode, mode_of
from poolmgr.pool.children import HeldJob
from poolmgr.pool.departure import Departure
from tests.pool import targets
from tests.pool.rooms import Room
from tests.pool.running import running, spec
from tests.waiting import until


class Readers(Room):
    """A room with some readers, all ready, and their balance."""

    def __init__(self, folder: Path, count: int, *, dwell_seconds: float = 60) -> None:
        super().__init__(folder, cpu=256, ram=1024, registre=0, ocr=count, dwell_seconds=dwell_seconds)
        self.fill()
        self.balance = Balance(self.state)
        for child in self.state.roster.workers():
            child.pipe.send = lambda word, **fields: True  # type: ignore[method-assign]

    def decided(self) -> dict[str, Mode]:
        self.balance.rebalance()
        return {child.spec.name: mode_of(child) for child in self.state.roster.workers()}

    def counts(self) -> tuple[int, int, int]:
        found = list(self.decided().values())
        return found.count("index"), found.count("acte"), found.count("both")

    def holds(self, name: str, kind: str) -> None:
        job = HeldJob(environment="dev", kind=kind, row="1", since=self.state.now)
        self.child(name).jobs["token"] = job


def test_a_single_child_reads_both(tmp_path: Path) -> None:
    room = Readers(tmp_path, 1)
    room.waits(ocr_acte=9)
    assert room.counts() == (0, 0, 1)
    room.close()


def test_two_children_at_rest_read_one_each(tmp_path: Path) -> None:
    room = Readers(tmp_path, 2)
    assert room.counts() == (1, 1, 0)
    assert room.state.allocation is not None
    assert room.state.allocation["total"] == 2
    room.close()


def test_a_queue_that_runs_empty_gives_its_children_to_the_other_at_once(tmp_path: Path) -> None:
    room = Readers(tmp_path, 4)
    room.waits(ocr_index=0, ocr_acte=40)
    assert room.counts() == (0, 4, 0)
    room.later(1)
    room.waits(ocr_index=40, ocr_acte=0)
    assert room.counts() == (4, 0, 0)
    room.close()


def test_who_changed_lately_stays_until_its_time_is_over(tmp_path: Path) -> None:
    room = Readers(tmp_path, 4)
    room.waits(ocr_index=400, ocr_acte=800)
    assert room.counts() == (2, 2, 0)
    room.later(31)
    room.waits(ocr_index=400, ocr_acte=8000)
    assert room.counts() == (2, 2, 0)
    room.later(31)
    assert room.counts() == (1, 3, 0)
    room.close()


def test_an_idle_child_gets_what_waits_though_its_mode_is_counted_already(tmp_path: Path) -> None:
    room = Readers(tmp_path, 2)
    room.decided()
    reader = next(name for name, mode in room.decided().items() if mode == "acte")
    room.holds(reader, "ocr_index")
    room.waits(ocr_acte=1)
    decided = room.decided()
    assert decided[reader] == "index"
    assert [mode for name, mode in decided.items() if name != reader] == ["acte"]
    room.close()


def test_an_idle_child_gets_what_is_left_when_the_others_took_theirs_and_as_much_waits(
    tmp_path: Path,
) -> None:
    """Six came while three were heard of: the depth is the same before and after three were taken."""
    room = Readers(tmp_path, 4)
    room.waits(ocr_index=3)
    (left,) = [name for name, mode in room.decided().items() if mode == "acte"]
    room.decided()
    for name in room.decided():
        if name != left:
            room.holds(name, "ocr_index")
    room.waits(ocr_index=3)
    assert room.decided()[left] == "index"
    room.close()


def test_on_the_way_out_nothing_is_due_or_a_drain_would_keep_the_parent_turning(tmp_path: Path) -> None:
    room = Readers(tmp_path, 2)
    room.decided()
    assert room.balance.due_at() == room.state.now + room.state.settings.balance.seconds
    room.state.departure = Departure(began_at=room.state.now)
    room.later(3600)
    room.decided()
    assert room.balance.due_at() == math.inf
    room.close()


def test_a_child_that_does_not_read_its_messages_is_told_again(tmp_path: Path) -> None:
    room = Readers(tmp_path, 2)
    child = room.child("ocr-1")
    child.pipe.send = lambda word, **fields: False  # type: ignore[method-assign]
    room.decided()
    assert mode_of(child) == "both"
    child.pipe.send = lambda word, **fields: True  # type: ignore[method-assign]
    assert room.counts() == (1, 1, 0)
    room.close()


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 7), st.sets(st.integers(1, 5)), st.integers(0, 3)),
        min_size=1,
        max_size=15,
    )
)
def test_nobody_stands_idle_beside_work_that_it_could_do(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, set[int], int]]
) -> None:
    room = Readers(tmp_path_factory.mktemp("room"), 5)
    try:
        for index, acte, busy, seconds in steps:
            room.later(seconds)
            for number in range(1, 6):
                room.child(f"ocr-{number}").busy = number in busy
            room.waits(ocr_index=index, ocr_acte=acte)
            room.decided()
            idle = [child for child in room.state.roster.workers() if not child.is_busy]
            for kind, ready in (("ocr_index", index), ("ocr_acte", acte)):
                able = sum(kind in child.claims for child in idle)
                others = [child for child in idle if kind not in child.claims]
                free = [one for one in others if not any(room.state.ready()[k] for k in one.claims)]
                assert able >= ready or not free
    finally:
        room.close()


def test_the_children_hear_it_and_stay_the_same_processes(tmp_path: Path) -> None:
    specs = [
        spec("ocr-1", targets.obedient(tmp_path)),
        spec("ocr-2", targets.obedient(tmp_path)),
    ]
    with running(tmp_path, lambda _: specs) as pool:
        pool.wait_ready(2)
        workers = [text(row, "worker") for row in pool.children()]
        until(lambda: all(pool.heard(worker, "mode") for worker in workers), what="their modes")
        told = {strings(pool.heard(worker, "mode")[-1], "claims")[0] for worker in workers}
        assert told == {"ocr_index", "ocr_acte"}
        allocation = pool.status()["allocation"]
        assert isinstance(allocation, dict)
        assert (allocation["index"], allocation["acte"]) == (1, 1)
        assert [text(row, "worker") for row in records(pool.status(), "children")] == workers
        (event,) = [one for one in pool.events("pool.rebalanced") if one["index"] == 1]
        assert text(event, "why")
