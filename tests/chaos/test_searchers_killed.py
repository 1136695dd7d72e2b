"""A death at every step of a paid search: before the click nothing is lost, after it nothing paid twice."""

import signal
from pathlib import Path

import pytest

from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.faults import When
from tests.chaos.desk import Desk
from tests.chaos.market import PARTS, Part
from tests.clusters import Database
from tests.waiting import until

FREE = ("home", "services", "login", "question", "answer", "consultation", "search")
PAID = ("confirm", "confirm_again", "print", "preparation", "viewer")
SELLING = ("confirm", "confirm_again")


def strike(desk: Desk, part: Part, place: tuple[str, When]) -> None:
    """SIGKILL of one part while a search stands at this step, and what has to become of it."""
    desk.replica.reset()
    row, life = desk.search_stopped_at(*place)
    life.send(part, signal.SIGKILL)
    if place[0] in FREE:
        assert desk.wait_until_ended(row) == "completed"
        assert desk.paid(row) == 1
        assert desk.books.states(row) == ["void", "delivered"]
        assert desk.state(row)[3] == int(part == "child"), "a crash counts, an outage does not"
    else:
        check_held(desk, row)
    if part == "child":
        life.wait_until_gone()
    else:
        until(lambda: not {life.pids["node"], life.pids["browser"]} & {*life.left()}, 5, "the browser's end")


def check_held(desk: Desk, row: str) -> None:
    """A person decides: the sentence names the command, and the pool does not touch it again."""
    assert desk.wait_until_ended(row) == "failed"
    _, error, path, attempts, held = desk.state(row)
    (purchase,) = desk.books.purchases(row)
    assert (purchase.state, held, path, attempts) == ("unknown", True, "", 0)
    assert error.startswith(f"held: purchase {purchase.id} may have been paid")
    assert f"registre-pool purchases allow {purchase.id}" in error
    assert desk.paid(row) <= 1


def test_a_child_killed_before_the_click_searches_in_its_next_life_and_after_it_never_again(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Desk(tmp_path, any_database, replica) as desk:
        strike(desk, "child", ("search", "before"))
        strike(desk, "child", ("confirm_again", "after"))
        desk.close(evictions=None)


@pytest.mark.proof
@pytest.mark.parametrize("part", PARTS)
def test_a_death_at_any_step_of_a_search_loses_no_job_and_pays_for_none_twice(
    any_database: Database, tmp_path: Path, replica: Replica, part: Part
) -> None:
    places: list[tuple[str, When]] = [
        *((step, "before") for step in (*FREE, *PAID)),
        *((step, "after") for step in SELLING),
    ]
    with Desk(tmp_path, any_database, replica) as desk:
        row = desk.search()
        assert desk.wait_until_ended(row) == "completed"
        assert {*FREE, *PAID} <= {*desk.site.steps().reached}
        for place in places:
            strike(desk, part, place)
        desk.close(evictions=None)
