"""The database goes in the moments that count: around the click, and after the last byte."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from poolmgr.local.replica.control import Replica
from tests.chaos.market import BOUGHT, Market, an_index
from tests.clusters import Cluster, Database
from tests.waiting import until

CLICK_SECONDS = 5.0
OUTAGES: dict[str, tuple[Callable[[Cluster], None], Callable[[Cluster], None]]] = {
    "frozen": (Cluster.freeze, Cluster.thaw),
    "killed": (Cluster.kill, Cluster.start),
}


@pytest.fixture
def private_database(private_cluster: Cluster) -> Database:
    return private_cluster.create_database()


def pass_by(seconds: float) -> None:
    until_when = time.monotonic() + seconds
    until(lambda: time.monotonic() > until_when, seconds + 5)


@pytest.mark.proof
def test_a_click_whose_commit_is_not_answered_in_time_is_not_made_and_the_document_is_bought_once_later(
    private_cluster: Cluster, private_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, private_database, replica) as market:
        row, _ = market.stop_at("choose_cadastre", an_index())
        private_cluster.freeze()
        replica.release()
        pass_by(CLICK_SECONDS + 1)
        assert market.books.receipts().clicks == []
        private_cluster.thaw()
        market.wait_for(row, BOUGHT)
        assert market.books.states(row) == ["void", "delivered"]
        assert (market.books.sales(row), market.books.job(row).attempts) == (1, 0)
        market.close()


@pytest.mark.proof
def test_a_click_whose_commit_is_answered_late_but_in_time_is_made_once(
    private_cluster: Cluster, private_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, private_database, replica) as market:
        row, _ = market.stop_at("choose_cadastre", an_index())
        private_cluster.freeze()
        replica.release()
        pass_by(CLICK_SECONDS / 2)
        private_cluster.thaw()
        market.wait_for(row, BOUGHT)
        assert market.books.states(row)[-1] == "delivered"
        assert (market.books.sales(row), market.books.job(row).attempts) == (1, 0)
        market.close()


@pytest.mark.parametrize(
    ("outage", "part"),
    [
        ("frozen", "child"),
        pytest.param("frozen", "nobody", marks=pytest.mark.proof),
        pytest.param("killed", "child", marks=pytest.mark.proof),
        pytest.param("killed", "nobody", marks=pytest.mark.proof),
    ],
)
def test_a_file_whose_ledger_went_after_the_last_byte_is_delivered_without_another_visit(
    private_cluster: Cluster,
    private_database: Database,
    tmp_path: Path,
    replica: Replica,
    outage: str,
    part: str,
) -> None:
    go, come_back = OUTAGES[outage]
    with Market(tmp_path, private_database, replica) as market:
        row, life = market.stop_at("save", an_index())
        note = market.note(row)
        go(private_cluster)
        replica.release()
        until(note.exists, 20, "the note in the spool")
        if part == "child":
            os.kill(life.pids["child"], signal.SIGKILL)
            life.wait_until_gone()
        visits = replica.steps().reached
        come_back(private_cluster)
        market.wait_for(row, BOUGHT)
        assert replica.steps().reached == visits, "the site was visited again"
        assert (market.books.states(row), market.books.sales(row)) == (["delivered"], 1)
        assert market.books.job(row).attempts == 0
        until(lambda: not [*note.parent.iterdir()], 5, "the removal of what is delivered")
        market.close()
