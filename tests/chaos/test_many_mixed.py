"""Hundreds of jobs of all registries on one child and failing sites: each ends as it must, nothing grows."""

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import pytest

from poolmgr.domain.json import whole
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.faults import When
from poolmgr.local.replica.rdprm import steps as rdprm_steps
from poolmgr.local.replica.req import vocabulary as req_words
from poolmgr.local.replica.req.control import ReqReplica
from tests.chaos.desk import Desk
from tests.chaos.test_hostile_site import LIMITS, meet_as_it_is
from tests.chaos.test_many_bought import FAULTED, LOOK_EVERY, Record, Size, check_flat, draw, size
from tests.clusters import Database
from tests.replicas import put_searches
from tests.waiting import until

JOBS = int(os.environ.get("MIXED_JOBS", "500"))
SECONDS_A_JOB = 10
END_SECONDS = 60.0
SEED = os.environ.get("MIXED_SEED", "")
"""The one that a run has printed brings the same jobs and faults again."""

SETTINGS = {
    **LIMITS,
    "registre__recycle_documents": 10_000,
    "req__pause_seconds": 0,
    "req__ban_first_seconds": 1,
    "req__ban_max_seconds": 1,
    "rdprm__ban_first_seconds": 1,
    "rdprm__ban_max_seconds": 1,
    "rdprm__settle_seconds": 0.5,
    "rdprm__idle_close_seconds": 30,
    "rdprm__print_seconds": 4,
}
QUERIES = {"quincaillerie jetté": 3, "o'brien": 1, "1140000010": 1, "Introuvable & fils": 0}
"""How many companies each brings."""

BEFORE, PAYING = ("services", "consultation", "search"), ("confirm", "confirm_again")
PRINTING = ("print", "preparation", "viewer")
RARE = ("hang",)
"""After one of these the job waits for a limit."""

SESSION: LiteralString = """
select s.status, s.req_completed, coalesce(s.req_results_count, 0), coalesce(j.attempts, 0),
  (select count(*) from public.req_companies c where c.search_session_id = s.id)
from public.search_sessions s left join public.pool_jobs j on j.kind = 'req' and j.row_id = s.id
where s.id = %s"""


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
            req.fault(fault, step, seconds=0.3)
        (row,) = put_searches(desk.database, query)
        return check_session(desk, row, QUERIES[query])

    return Drawn(kind="req", fault=fault, meet=meet)


def check_session(desk: Desk, row: str, companies: int) -> str:
    def is_over() -> bool:
        ((status, *_),) = desk.books.query(SESSION, row)
        if status == "pending_company_selection":
            desk.books.query("select public.pool_retry('req', %s)", row)
        return status not in ("pending_company_selection", "scraping_company_data")

    until(is_over, END_SECONDS, f"the end of session {row}")
    found = desk.books.query(SESSION, row)
    if companies:
        assert found == [("pending_name_selection", True, companies, 0, companies)]
        return "done"
    assert found == [("failed", False, 0, 1, 0)]
    return "given up"


def draw_name(dice: random.Random) -> Drawn:
    fault = fault_of(dice, ("slow", *rdprm_steps.ANSWERS, *rdprm_steps.FILES))
    step = "viewer" if fault in rdprm_steps.FILES else dice.choice((*BEFORE, *PAYING, *PRINTING))
    when: When = dice.choice(("before", "after")) if step in PAYING else "before"
    nobody = dice.random() < 0.2

    def meet(desk: Desk) -> str:
        desk.site.clear_faults()
        if fault:
            desk.site.fault(fault, "" if fault in rdprm_steps.FILES else step, when=when, seconds=0.3)
        row = desk.search(f"Compagnie inconnue {desk.name()}" if nobody else "")
        return check_name(desk, row, ends_of(fault, step), "not_found" if nobody else "completed")

    return Drawn(kind="rdprm", fault=fault, meet=meet)


def ends_of(fault: str, step: str) -> set[str]:
    """Before the click it is searched again; after it a person decides, unless the print alone was spoilt."""
    if fault in ("", "slow") or step in BEFORE:
        return {"done"}
    if step in PAYING:
        return {"held"}
    return {"done", "held"} if fault == "session_expiry" or (step, fault) == ("viewer", "hang") else {"done"}


def check_name(desk: Desk, row: str, ends: set[str], answered: str) -> str:
    """answered: the status of a search that is done, by whether something is there to be found."""
    status = desk.wait_until_ended(row, END_SECONDS)
    _, error, path, attempts, held = desk.state(row)
    end = "held" if held else "done" if status == answered else status
    assert end in ends, (end, ends, error)
    assert attempts == 0
    states = desk.books.states(row)
    if end == "done":
        assert (desk.paid(row), states[-1], {*states[:-1]} <= {"void"}) == (1, "delivered", True)
        assert (desk.folder / "documents" / "rdprm-documents" / path).read_bytes().startswith(b"%PDF-")
    else:
        assert (desk.paid(row) <= 1, states[-1]) == (True, "unknown")
        assert "registre-pool purchases" in error
    return end


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
    with Desk(tmp_path, any_database, replica, **SETTINGS, **own) as desk:
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
