"""Hundreds of jobs of all registries on one child and failing sites: each ends as it must, nothing grows."""

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from poolmgr.domain.json import whole
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.faults import When
from poolmgr.local.replica.rdprm import steps as rdprm_steps
from poolmgr.local.replica.req import vocabulary as req_words
from poolmgr.local.replica.req.control import ReqReplica
from tests.chaos.desk import Desk
from tests.chaos.test_hostile_searches import (
    BEFORE,
    PAYING,
    PRINTING,
    QUERIES,
    SETTINGS,
    SLOW_SECONDS,
    check_name,
    check_session,
    ends_of,
)
from tests.chaos.test_hostile_site import meet_as_it_is
from tests.chaos.test_many_bought import FAULTED, LOOK_EVERY, Record, Size, check_flat, draw, size
from tests.clusters import Database
from tests.replicas import put_searches

JOBS = int(os.environ.get("MIXED_JOBS", "500"))
SECONDS_A_JOB = 10
END_SECONDS = 60.0
SEED = os.environ.get("MIXED_SEED", "")
"""The one that a run has printed brings the same jobs and faults again."""

LASTING = {**SETTINGS, "registre__recycle_documents": 10_000, "rdprm__idle_close_seconds": 30}
RARE = ("hang",)
"""After one of these the job waits for a limit."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A job to be met. kind and fault: what is counted."""

    kind: str
    fault: str
    meet: Callable[[Desk], str]


def drawn(dice: random.Random) -> Drawn:
    kind = dice.choices(("land", "req", "rdprm"), (3, 1, 1))[0]
    if kind == "req":
        return draw_session(dice)
    if kind == "rdprm":
        return draw_name(dice)
    case = draw(dice)

    def meet(desk: Desk) -> str:
        meet_as_it_is(desk, case)
        return case.end

    return Drawn(kind=str(case.order()["document_source"]), fault=case.fault, meet=meet)


def fault_of(dice: random.Random, faults: tuple[str, ...]) -> str:
    """Empty for most jobs."""
    if dice.random() >= FAULTED:
        return ""
    return dice.choice((*faults, *faults, *RARE))


def draw_session(dice: random.Random) -> Drawn:
    fault, step = fault_of(dice, ("slow", *req_words.ANSWERS)), dice.choice(req_words.STEPS)
    query = dice.choice([*QUERIES])

    def meet(desk: Desk) -> str:
        req = ReqReplica(desk.replica)
        req.clear_faults()
        if fault:
            req.fault(fault, step, seconds=SLOW_SECONDS)
        (row,) = put_searches(desk.database, query)
        return check_session(desk, row, QUERIES[query])

    return Drawn(kind="req", fault=fault, meet=meet)


def draw_name(dice: random.Random) -> Drawn:
    fault = fault_of(dice, ("slow", *rdprm_steps.ANSWERS, *rdprm_steps.FILES))
    step = "viewer" if fault in rdprm_steps.FILES else dice.choice((*BEFORE, *PAYING, *PRINTING))
    when: When = dice.choice(("before", "after")) if step in PAYING else "before"
    nobody = dice.random() < 0.2

    def meet(desk: Desk) -> str:
        desk.site.clear_faults()
        if fault:
            desk.site.fault(
                fault, "" if fault in rdprm_steps.FILES else step, when=when, seconds=SLOW_SECONDS
            )
        row = desk.search(f"Compagnie inconnue {desk.name()}" if nobody else "")
        return check_name(desk, row, ends_of(fault, step), "not_found" if nobody else "completed")

    return Drawn(kind="rdprm", fault=fault, meet=meet)


@pytest.mark.proof
@pytest.mark.timeout(60 + JOBS * SECONDS_A_JOB)
def test_hundreds_of_mixed_jobs_on_one_child_end_as_they_must_and_nothing_grows(
    any_database: Database, tmp_path: Path, replica: Replica, record_property: Record
) -> None:
    seed = int(SEED or random.SystemRandom().randrange(10**6))
    record_property("seed", seed)
    print(f"seed {seed}")  # noqa: T201
    dice = random.Random(seed)
    kinds, hits, ends = Counter[str](), Counter[str](), Counter[str]()
    sizes: list[Size] = []
    own = {"foncier__url": replica.url, "req__url": ReqReplica(replica).url}
    with Desk(tmp_path, any_database, replica, **LASTING, **own) as desk:
        desk.pool.wait_until_ready()
        child = whole(desk.pool.child("registre-1"), "pid")
        for number in range(JOBS):
            job = drawn(dice)
            try:
                ends[job.meet(desk)] += 1
            except AssertionError as error:
                error.add_note(f"job {number} of seed {seed}: {job.kind}, fault {job.fault or 'none'}")
                raise
            kinds[job.kind] += 1
            hits[job.fault or "none"] += 1
            if number % LOOK_EVERY == 0:
                sizes.append(size(child))
        assert whole(desk.pool.child("registre-1"), "pid") == child, "the child was replaced"
        assert [*(tmp_path / "browser").glob("*/jobs/*")] == []
        desk.close(evictions=None)
    record_property("jobs", dict(kinds))
    record_property("hits", dict(hits))
    record_property("ends", dict(ends))
    record_property("sizes", check_flat(sizes))
