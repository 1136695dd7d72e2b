"""A project that fails at every fourth request: no job is lost, none is done or paid twice, nothing grows."""

import os
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import pytest

from poolmgr.local.replica.control import Replica
from tests.chaos.siege import Siege, Witness
from tests.chaos.test_many_bought import check_flat
from tests.chaos.watch import Watch
from tests.clusters import Database
from tests.project.faults import FAULTS, Fault, Faults
from tests.project.opened import Hosted
from tests.waiting import until

Record: TypeAlias = Callable[[str, object], None]
SHARE = 0.25
MOST_DESCRIPTORS = 40
# What comes instead of a document is the document to whoever asks for it; no schema is needed for one.
OF_CALLS: tuple[Fault, ...] = ("a page", "nothing", "reloading")
OF_STORAGE: tuple[Fault, ...] = tuple(fault for fault in FAULTS if fault not in OF_CALLS)
STORAGE = "/storage/v1"
JOBS = int(os.environ.get("FAULTY_JOBS", "500"))
SECONDS_A_JOB = 3
FED_AT_ONCE = 30
LOOK_SECONDS = 1.0
KILL_SECONDS = 2.0
LEAST_KILLS = 20
MOST_MORE: Mapping[str, int] = MappingProxyType({"descriptors": 4, "processes": 1})


class Everywhere(Faults):
    """At calls as at documents."""

    def draw(self, path: str) -> Fault | None:
        self.kinds = OF_STORAGE if path.startswith(STORAGE) else FAULTS
        return super().draw(path)


@pytest.mark.proof
def test_a_slice_of_jobs_is_done_once_each_whatever_becomes_of_their_calls(
    hosted_project: Hosted,
    any_database: Database,
    tmp_path: Path,
    replica: Replica,
    slip: bytes,
    record_property: Record,
) -> None:
    siege = Siege(tmp_path, hosted_project, any_database, replica, seed=1)
    siege.feed(16, 8, slip)
    faults = hosted_project.meets(Faults(share=SHARE, seed=1, witness=Witness(any_database)))
    with siege.market as market:
        with Watch(market.pool) as watch:
            until(siege.is_over, 50, "the end of the jobs")
        hosted_project.meets(Faults())
        assert market.pool.stop() == 0
    siege.check()
    watch.check(MOST_DESCRIPTORS)
    record_property("hits", dict(faults.harm))
    assert sum(faults.harm.values()) >= len(siege.rows)
    assert not siege.allowed, siege.allowed


def test_what_was_bought_is_delivered_and_never_bought_again_whatever_becomes_of_its_document(
    hosted_project: Hosted,
    any_database: Database,
    tmp_path: Path,
    replica: Replica,
    slip: bytes,
    record_property: Record,
) -> None:
    siege = Siege(tmp_path, hosted_project, any_database, replica, seed=2)
    siege.feed(6, 8, slip)
    faults = hosted_project.meets(
        Faults(share=0.5, seed=2, only=STORAGE, kinds=OF_STORAGE, witness=Witness(any_database))
    )
    with siege.market as market:
        until(siege.is_over, 50, "the end of the jobs")
        assert market.pool.stop() == 0
        assert [market.books.sales(row) for row in siege.bought] == [1] * len(siege.bought)
    siege.check()
    record_property("hits", dict(faults.harm))
    assert sum(faults.harm.values()) >= len(siege.bought)
    assert siege.audit.attempts(siege.scans) == [0] * len(siege.scans), (
        "Storage's trouble is nobody's attempt"
    )


class Assault:
    """Jobs by and by; looked at while nobody dies, then with deaths."""

    def __init__(self, siege: Siege, document: bytes) -> None:
        self.siege = siege
        self.document = document
        self.looked_at = self.killed_at = 0.0

    def run(self, jobs: int, *, deaths: bool) -> None:
        """Until so many more are done."""
        wanted = len(self.siege.rows) + jobs

        def is_over() -> bool:
            self.feed(wanted)
            self.look_or_kill(deaths=deaths)
            return self.siege.is_over() and len(self.siege.rows) >= wanted

        until(is_over, jobs * SECONDS_A_JOB, f"the end of {jobs} jobs")

    def feed(self, wanted: int) -> None:
        siege = self.siege
        if len(siege.rows) < wanted and siege.audit.unsettled(siege.rows) < FED_AT_ONCE / 2:
            siege.feed(FED_AT_ONCE * 2 // 3, FED_AT_ONCE // 3, self.document)

    def look_or_kill(self, *, deaths: bool) -> None:
        now = time.monotonic()
        if deaths and now - self.killed_at > KILL_SECONDS:
            self.siege.kill_somebody()
            self.killed_at = now
        elif not deaths and now - self.looked_at > LOOK_SECONDS:
            self.siege.measure()
            self.looked_at = now


@pytest.mark.proof
@pytest.mark.timeout(120 + JOBS * SECONDS_A_JOB)
def test_hundreds_of_jobs_on_a_failing_project_with_children_that_die_are_done_and_paid_once(
    hosted_project: Hosted,
    any_database: Database,
    tmp_path: Path,
    replica: Replica,
    slip: bytes,
    record_property: Record,
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    record_property("seed", seed)
    siege = Siege(
        tmp_path,
        hosted_project,
        any_database,
        replica,
        seed,
        pool__restart_first_seconds=0.05,
        pool__restart_max_seconds=0.2,
    )
    assault = Assault(siege, slip)
    faults = hosted_project.meets(Everywhere(share=SHARE, seed=seed, witness=Witness(any_database)))
    with siege.market as market:
        with Watch(market.pool) as watch:
            assault.run(JOBS // 2, deaths=False)
            assert not siege.allowed, siege.allowed
            assault.run(JOBS // 2, deaths=True)
        hosted_project.meets(Faults())
        assert market.pool.stop() == 0
    record_property("jobs", len(siege.rows))
    record_property("hits", dict(faults.harm))
    record_property("deaths with a lease", dict(siege.victims))
    record_property("allowed", len(siege.allowed))
    record_property("sizes", check_flat(siege.sizes, MOST_MORE))
    siege.check()
    watch.check(MOST_DESCRIPTORS)
    assert {*faults.harm} == {*FAULTS}
    assert sum(siege.victims.values()) >= LEAST_KILLS
