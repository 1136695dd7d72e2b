"""A child, a browser or its driver that stands still: the pool notices, and goes on as if it had died."""

import signal
from pathlib import Path

import pytest

from poolmgr.domain.json import records, text
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.faults import When
from tests.chaos.market import PARTS, Life, Market, Part, Setting, an_index
from tests.clusters import Database

QUICK_LIMITS: dict[str, Setting] = {
    "registre__children": 3,
    "registre__step_seconds": 3,
    "registre__answer_seconds": 3,
    "registre__launch_seconds": 4,
    "pool__beat_missed_seconds": 1.5,
}
NOTICED_SECONDS = 40.0


def stop_one_of_each(market: Market, step: str, when: When) -> dict[Part, str]:
    """Three children stand at one step, and in each another part stops; the rows they were at."""
    market.hang(step, when, times=len(PARTS))
    rows = market.order(*(an_index() for _ in PARTS))
    market.wait_until_at(step, len(PARTS))
    lives = [market.life(text(child, "name")) for child in market.pool.children("registre")]
    struck: dict[Part, str] = {}
    for part, life in zip(PARTS, lives, strict=True):
        life.send(part, signal.SIGSTOP)
        struck[part] = row_of(market, life)
    assert {*struck.values()} == {*rows}
    return struck


def row_of(market: Market, life: Life) -> str:
    (job,) = records(market.pool.child(life.name), "jobs")
    return text(job, "row")


def check_others_are_bought(market: Market) -> None:
    """Whatever stood still is replaced: three more at a time."""
    market.replica.clear_faults()
    for row in market.order(*(an_index() for _ in PARTS)):
        market.wait_until_bought(row, NOTICED_SECONDS)


@pytest.mark.proof
@pytest.mark.parametrize("step", ["login", "search", "choose_cadastre"])
def test_what_stands_still_before_the_click_is_replaced_and_its_job_bought_once(
    any_database: Database, tmp_path: Path, replica: Replica, step: str
) -> None:
    with Market(tmp_path, any_database, replica, **QUICK_LIMITS) as market:
        struck = stop_one_of_each(market, step, "before")
        for part, row in struck.items():
            market.wait_until_bought(row, NOTICED_SECONDS)
            assert market.books.job(row).attempts == int(part == "child")
            assert market.books.sales(row) == 1
        check_others_are_bought(market)
        market.close(evictions=None)


@pytest.mark.parametrize(
    ("step", "when"),
    [
        pytest.param("document", "before", marks=pytest.mark.proof),
        pytest.param("submit", "after", marks=pytest.mark.proof),
        pytest.param("page", "after", marks=pytest.mark.proof),
        pytest.param("save", "after", marks=pytest.mark.proof),
    ],
)
def test_what_stands_still_after_the_click_is_replaced_and_its_row_held(
    any_database: Database, tmp_path: Path, replica: Replica, step: str, when: When
) -> None:
    with Market(tmp_path, any_database, replica, **QUICK_LIMITS) as market:
        for row in stop_one_of_each(market, step, when).values():
            market.wait_until_held(row, NOTICED_SECONDS)
            assert market.books.sales(row) == 1
        check_others_are_bought(market)
        market.close(evictions=None)
