"""Hundreds of documents by one child on a site that fails in every way: each ends as it must."""

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import psutil
import pytest

from poolmgr.domain.json import JsonObject, whole
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.steps import ANSWERS
from tests.chaos.market import Market, Setting, a_plan, an_acte, an_index
from tests.chaos.test_hostile_site import Case, End, end_of, meet_as_it_is
from tests.clusters import Database

Record: TypeAlias = Callable[[str, object], None]
JOBS = int(os.environ.get("BOUGHT_JOBS", "500"))
SECONDS_A_JOB = 10
LOOK_EVERY = 5
FAULTED = 0.3
MOST_GROWTH = 1.1
MOST_MORE: Mapping[str, int] = MappingProxyType({"descriptors": 4, "processes": 1, "megabytes": 10})
LIMITS: Mapping[str, Setting] = MappingProxyType(
    {
        "registre__step_seconds": 4,
        "registre__answer_seconds": 5,
        "registre__recycle_documents": 10_000,
        "foncier__ban_first_seconds": 1,
        "foncier__ban_max_seconds": 1,
    }
)
# After a hang the job waits for a limit: rarely, or the run is nothing but waiting.
FAULTS = (*ANSWERS, *ANSWERS, "slow", "slow", "hang")
SEARCH = ("search", "choose_circonscription", "choose_cadastre", "submit")
TO_THE_FILE = ("redirect_1", "redirect_2", "redirect_3", "redirect_4", "document", "menu", "page", "save")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Orders whose number ends so: how they end when nothing is in their way, and by which steps."""

    order: Callable[[str], JsonObject]
    number: str
    end: End
    steps: tuple[str, ...]


def without_cadastre(steps: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(step for step in steps if not step.startswith("choose_c"))


WHOLE = (*SEARCH, *TO_THE_FILE)
KINDS = (
    Kind(order=an_index, number="01", end="bought", steps=WHOLE),
    Kind(order=an_index, number="01", end="bought", steps=WHOLE),
    Kind(order=an_acte, number="01", end="bought", steps=without_cadastre(WHOLE)),
    Kind(order=a_plan, number="01", end="bought", steps=WHOLE),
    Kind(order=an_index, number="333", end="bought", steps=(*SEARCH, "confirm", "confirmed", *TO_THE_FILE)),
    Kind(
        order=an_acte,
        number="111",
        end="bought",
        steps=without_cadastre((*SEARCH, "similar", "choose_similar", *TO_THE_FILE)),
    ),
    Kind(
        order=a_plan, number="444", end="bought", steps=(*SEARCH, "plan_choice", "choose_plan", *TO_THE_FILE)
    ),
    Kind(order=an_index, number="777", end="bought", steps=WHOLE),
    Kind(order=an_index, number="666", end="held", steps=WHOLE),
    Kind(order=an_index, number="000", end="given up", steps=SEARCH),
    Kind(order=an_acte, number="222", end="given up", steps=without_cadastre((*SEARCH, "similar"))),
)


@dataclass(frozen=True, kw_only=True)
class Size:
    """Of a child and all below it."""

    descriptors: int
    processes: int
    megabytes: float


def size(pid: int) -> Size:
    top = psutil.Process(pid)
    held: list[tuple[int, int]] = []
    for one in (top, *top.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # the page that was shown last may just be closing
            held.append((one.num_fds(), one.memory_full_info().pss))
    return Size(
        descriptors=sum(descriptors for descriptors, _ in held),
        processes=len(held),
        megabytes=sum(pss for _, pss in held) / 2**20,
    )


def draw(dice: random.Random) -> Case:
    """An order, perhaps a fault at one of its steps, and the end that both together mean."""
    kind = dice.choice(KINDS)
    order = kind.order(kind.number)
    if dice.random() >= FAULTED:
        return Case(fault="", end=kind.end, order=lambda: order)
    fault, step = dice.choice(FAULTS), dice.choice(kind.steps)
    end = kind.end if end_of(fault, step) == "bought" else "held"
    return Case(fault=fault, step=step, end=end, order=lambda: order)


def check_flat(sizes: list[Size], most_more: Mapping[str, int] = MOST_MORE) -> dict[str, str]:
    """The last quarter's means against the second's: the first one warms up."""
    quarter = len(sizes) // 4
    said = {}
    for name, more in most_more.items():
        early = [float(getattr(one, name)) for one in sizes[quarter : 2 * quarter]]
        late = [float(getattr(one, name)) for one in sizes[-quarter:]]
        before, after = sum(early) / quarter, sum(late) / quarter
        said[name] = f"{before:.1f} to {after:.1f}"
        assert after <= max(before * MOST_GROWTH, before + more), f"{name} grew from {before} to {after}"
    return said


@pytest.mark.proof
@pytest.mark.timeout(60 + JOBS * SECONDS_A_JOB)
def test_hundreds_of_jobs_on_a_failing_site_end_as_they_must_and_nothing_grows(
    any_database: Database, tmp_path: Path, replica: Replica, record_property: Record
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    record_property("seed", seed)
    print(f"seed {seed}")  # noqa: T201
    dice = random.Random(seed)
    hits: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    sizes: list[Size] = []
    with Market(tmp_path, any_database, replica, **LIMITS) as market:
        market.pool.wait_until_ready()
        child = whole(market.pool.child("registre-1"), "pid")
        for number in range(JOBS):
            case = draw(dice)
            meet_as_it_is(market, case)
            hits[case.fault or "none"] += 1
            ends[case.end] += 1
            if number % LOOK_EVERY == 0:
                sizes.append(size(child))
        assert whole(market.pool.child("registre-1"), "pid") == child, "the child was replaced"
        market.close(evictions=None)
    record_property("jobs", JOBS)
    record_property("hits", dict(hits))
    record_property("ends", dict(ends))
    record_property("sizes", check_flat(sizes))
