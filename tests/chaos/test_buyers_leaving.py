"""The way out while money is on its way: what is paid comes home, or is held and said so."""

import signal
import time
from pathlib import Path

import pytest

from poolmgr.domain.json import text
from poolmgr.local.replica.control import Replica
from tests.chaos.faults import identities, survivors
from tests.chaos.market import BOUGHT, WAITING, Market, an_acte, an_index
from tests.clusters import Database
from tests.waiting import until

SHORT_LEASES = {"queue__lease_seconds": 3, "queue__self_fence_seconds": 2, "queue__renew_seconds": 0.5}


def hold_two(market: Market) -> tuple[str, str]:
    """One row that stands after its click, one before its own."""
    paid, _ = market.stop_at("document", an_index())
    free, _ = market.stop_at("search", an_acte())
    assert [market.books.states(row) for row in (paid, free)] == [["clicked"], ["intent"]]
    return paid, free


def check_unharmed(market: Market, row: str) -> None:
    job = market.books.job(row)
    assert (job.status, job.attempts, job.path) == (WAITING, 0, "")
    assert market.books.states(row) == ["void"]


def test_after_sigterm_what_is_paid_is_brought_home_and_what_is_not_goes_back_unharmed(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    clocks = {"pool__drain_seconds": 0.5, "pool__paid_drain_seconds": 30}
    with Market(tmp_path, any_database, replica, registre__contexts=2, **clocks) as market:
        paid, free = hold_two(market)
        market.pool.send(signal.SIGTERM)
        market.wait_for(free, WAITING)
        assert market.books.states(paid) == ["clicked"]
        replica.release()
        assert market.pool.running.wait(20) == 0
        assert market.books.job(paid).status == BOUGHT
        assert (tmp_path / "documents" / market.books.job(paid).path).read_bytes().startswith(b"%PDF-")
        assert (market.books.states(paid), market.books.sales(paid)) == (["delivered"], 1)
        check_unharmed(market, free)
        market.check_end()


def test_a_second_sigterm_holds_what_was_clicked_and_the_pool_leaves_at_once(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, any_database, replica, registre__contexts=2) as market:
        paid, free = hold_two(market)
        market.pool.send(signal.SIGTERM)
        until(lambda: market.pool.status().get("state") == "draining", 5, "the drain")
        began = time.monotonic()
        market.pool.send(signal.SIGTERM)
        assert market.pool.running.wait(20) == 0
        assert time.monotonic() - began < 10
        market.wait_until_held(paid)
        check_unharmed(market, free)
        market.check_end()


def test_nobody_outlives_a_killed_parent_and_the_next_pool_delivers_what_is_secured_and_holds_what_is_clicked(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    away = tmp_path / "documents" / "actes"
    with Market(tmp_path, any_database, replica, **SHORT_LEASES) as market:
        away.parent.mkdir()
        away.touch()
        (secured,) = market.order(an_acte())
        until(lambda: market.books.states(secured) == ["secured"], 20, "a file in the spool")
        clicked, life = market.stop_at("document", an_index())
        life.send("node", signal.SIGSTOP)  # the kernel alone ends the browser
        family = identities([process.pid for process in market.pool.descendants()])
        market.pool.send(signal.SIGKILL)
        killed_at = time.monotonic()
        until(lambda: not survivors(family), 5, "the end of every descendant")
        assert time.monotonic() - killed_at < 2
        market.pool.running.wait()
        visits = replica.steps().reached
        away.unlink()
        market.pool.start()
        market.wait_for(secured, BOUGHT)
        market.wait_until_held(clicked)
        assert replica.steps().reached == visits, "the site was visited again"
        assert (market.books.states(secured), market.books.sales(secured)) == (["delivered"], 1)
        market.close()


@pytest.mark.proof
def test_a_child_that_is_replaced_for_its_configuration_brings_home_what_it_paid(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    # The visit stands still for as long as the next child needs to be ready, on a full machine, too.
    with Market(tmp_path, any_database, replica, registre__answer_seconds=60) as market:
        row, life = market.stop_at("document", an_index())
        market.pool.configure(registre__save_tries=5)
        market.pool.send(signal.SIGHUP)
        until(lambda: {life.worker: "draining"}.items() <= states_of(market).items(), 20, "the child's drain")
        assert market.books.states(row) == ["clicked"]
        replica.release()
        market.wait_for(row, BOUGHT)
        until(lambda: life.worker not in states_of(market), 10, "the end of the old child")
        (again,) = market.order(an_index())
        market.wait_until_bought(again)
        assert (market.books.states(row), market.books.job(row).attempts) == (["delivered"], 0)
        market.close(evictions=None)


def states_of(market: Market) -> dict[str, str]:
    """Of each child by worker: while it is renewed a place has two of one name."""
    return {text(one, "worker"): text(one, "state") for one in market.pool.children("registre")}
