"""Accounts and leave: one session an account at a time, and nothing without a person's word."""

import json
from pathlib import Path

import pytest

from poolmgr.domain.json import record, records, strings, whole
from poolmgr.local.replica.accounts import ACCOUNTS
from poolmgr.local.replica.control import Replica
from tests.chaos.market import WAITING, Market, Setting, an_acte, an_index
from tests.chaos.money import Books
from tests.clusters import Database
from tests.lenders import nobody_in
from tests.pools import command
from tests.replicas import put_accounts, put_orders
from tests.waiting import until

ELSEWHERE = "http://registre.test/Sirf/"


def count(market: Market, what: str) -> int:
    """Land leases, or leases of accounts, that ever were."""
    queries = {
        "claims": "select count(*) from public.pool_leases where kind = 'land'",
        "accounts": "select count(*) from public.pool_account_leases",
    }
    ((found,),) = market.books.query(queries[what])
    return int(found)


def test_more_sessions_than_accounts_never_share_one_and_every_job_is_bought(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    sessions: dict[str, Setting] = {"registre__children": 2, "registre__contexts": 2}
    with Market(tmp_path, any_database, replica, **sessions) as market:
        until(lambda: len(market.pool.events("browser.started")) == 2, 20, "both browsers")
        replica.fault("slow", "submit", times=None, seconds=0.5)
        rows = market.order(*(an_acte() for _ in range(6)))
        for row in rows:
            market.wait_until_bought(row, 40)
            assert market.books.job(row).attempts == 0
        assert {login.account for login in market.books.receipts().logins} == {a.username for a in ACCOUNTS}
        assert count(market, "claims") > len(rows), "no job had to wait for an account"
        market.close(evictions=0)


@pytest.mark.proof
def test_one_document_asked_for_by_many_rows_at_once_is_paid_once(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    """An acte is used again; an index is bought anew for each row, one after the other."""
    sessions: dict[str, Setting] = {"registre__children": 2, "registre__contexts": 2}
    with Market(tmp_path, any_database, replica, **sessions) as market:
        actes = market.order(*[an_acte()] * 4)
        indexes = market.order(*[an_index()] * 2)
        for row in (*actes, *indexes):
            market.wait_until_bought(row, 40)
        assert len({market.books.job(row).path for row in actes}) == 1
        assert sum(market.books.sales(row) for row in actes) == 1
        assert [market.books.sales(row) for row in indexes] == [1, 1]
        market.close()


@pytest.mark.proof
def test_accounts_that_are_all_refused_keep_the_job_waiting_without_an_attempt(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, any_database, replica) as market:
        replica.fault("account_lock", times=None)
        (row,) = market.order(an_index())
        until(lambda: market.books.tries(row) > 1, 20, "another try")
        failed = "select count(*) from public.worker_accounts where failure_count > 0"
        until(lambda: market.books.query(failed) == [(len(ACCOUNTS),)], 10, "the failures of every account")
        replica.clear_faults()
        market.wait_until_bought(row)
        assert market.books.job(row).attempts == 0
        market.close()


def test_without_a_persons_word_nothing_is_claimed_for_a_site_elsewhere(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, any_database, replica, foncier__url=ELSEWHERE) as market:
        market.pool.wait_until_ready()
        (row,) = market.order(an_index())
        said = command("--config", str(market.pool.config), "status", "--json", folder=tmp_path)
        (notice,) = strings(json.loads(said.stdout), "notices")
        assert "foncier.automation_acknowledged" in notice
        assert market.pool.children("registre") == []
        until(lambda: ready(market) == 1, 10, "the scout's look at the job")
        assert (market.books.job(row).status, count(market, "claims")) == (WAITING, 0)
        market.close()
    assert count(market, "accounts") == 0


def ready(market: Market) -> int:
    """Land jobs that wait, as the scout has seen them."""
    environment = record(record(market.pool.status(), "environments"), "dev")
    return sum(
        whole(depth, "ready") for depth in records(environment, "depths") if depth.get("kind") == "land"
    )


@pytest.mark.proof
def test_a_site_that_cannot_be_found_is_an_outage_and_nothing_is_sold(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    leave: dict[str, Setting] = {"foncier__url": ELSEWHERE, "foncier__automation_acknowledged": True}
    with Market(tmp_path, any_database, replica, **leave) as market:
        (row,) = market.order(an_index())
        until(lambda: market.books.outages(row), 30, "an outage")
        market.hurry(row)
        until(lambda: market.books.outages(row) > 1, 30, "another outage")
        job = market.books.job(row)
        assert (job.status, job.attempts) == (WAITING, 0)
        assert market.books.receipts().clicks == []
        assert {*market.books.states(row)} == {"void"}
        market.close()


@pytest.mark.proof
def test_accounts_of_the_first_environment_serve_all_and_its_silence_pauses_land_until_it_answers(
    any_database: Database, tmp_path: Path, replica: Replica, lender: Database
) -> None:
    """One account, two children, two environments: never two sessions."""
    put_accounts(lender, 1)
    settings: dict[str, Setting] = {
        "environments__prod__database_url": lender.url,
        "environments__prod__documents_folder": str(tmp_path / "documents"),
        "environments__prod__predecessor_beside": False,
        "registre__children": 2,
        "registre__idle_close_seconds": 1,
        "queue__renew_seconds": 0.5,
        "queue__call_timeout_seconds": 1,
        "queue__self_fence_seconds": 3,
        "queue__lease_seconds": 6,
    }
    with Market(tmp_path, any_database, replica, **settings) as market:
        until(lambda: len(market.pool.events("browser.started")) == 2, 20, "both browsers")
        theirs = put_orders(lender, [an_acte() for _ in range(3)])
        for row in market.order(*(an_acte() for _ in range(3))):
            market.wait_until_bought(row, 40)
        done = "select count(*) from public.extraction_queue where id = any(%s::uuid[]) and status_id = 3"
        bought = lender.connect()
        until(lambda: bought.execute(done, [theirs]).fetchone() == (len(theirs),), 40, "the other documents")
        assert {login.account for login in market.books.receipts().logins} == {ACCOUNTS[0].username}
        assert len(market.books.receipts().sales) == 6
        held = "select count(*) from public.pool_account_leases where ended_at is null"
        until(lambda: bought.execute(held).fetchone() == (0,), 20, "the end of unused sessions")
        with nobody_in(lender):
            rows = market.order(an_acte(), an_acte())
            until(lambda: len(paused(market)) == 2, 30, "both children's word")
            claims = count(market, "claims")
            for row in rows:
                market.hurry(row)
            until(lambda: ready(market) == 2, 10, "the scout's look at both")
            assert count(market, "claims") == claims
        for row in rows:
            market.wait_until_bought(row, 40)
            assert market.books.job(row).attempts == 0
        until(lambda: paused(market) == [], 20, "the end of the pause")
        Books(lender, replica).check_evicted_were_dead(market.books.receipts().evictions)
        assert market.pool.stop() == 0


def paused(market: Market) -> list[str]:
    """What `status` says of children that take no jobs because of the accounts."""
    said = command("--config", str(market.pool.config), "status", folder=market.folder).stdout
    silent = "the database of environment prod does not answer"
    return [line for line in said.splitlines() if "takes no jobs" in line and silent in line]
