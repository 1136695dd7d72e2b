"""Money of two environments over PostgREST: the same document, the same purchase ids, and two ledgers."""

import hashlib
import signal
from pathlib import Path
from typing import Any, LiteralString

import pytest

from poolmgr.domain.json import JsonObject, record, records, whole
from poolmgr.local.replica.control import Replica
from tests.chaos.market import BOUGHT, ERROR, WAITING, Market, Setting, an_index
from tests.chaos.money import Books
from tests.chaos.realm import Realm
from tests.clusters import Database
from tests.pools import command
from tests.project.http import json_answer
from tests.projects import NOT_DIRECT, known_as, lying_there
from tests.replicas import put_accounts, put_orders
from tests.waiting import until

JOB_SECONDS = 30.0
PRICE = 150
WHOLE_PURCHASE: LiteralString = "select p::text from public.pool_purchases p order by id"
AWAY = json_answer(503, {"statusCode": "503", "error": "Unavailable", "message": "Storage is away"})


class Apart:
    """One pool that buys for prod and staging, and the books of each."""

    def __init__(
        self, folder: Path, two: Realm, unused: Database, replica: Replica, **settings: Setting
    ) -> None:
        put_accounts(two.database("prod"))
        known = {**NOT_DIRECT, **known_as("prod", two.projects["prod"])}
        known |= known_as("staging", two.projects["staging"])
        self.two = two
        self.market = Market(folder, unused, replica, **known, **settings)
        self.books = {name: Books(two.database(name), replica) for name in two.projects}

    def order(self, name: str, order: JsonObject) -> str:
        (row,) = put_orders(self.two.database(name), [order])
        return row

    def ledger(self, name: str) -> list[tuple[Any, ...]]:
        """Everything that stands in it, word for word."""
        return self.books[name].query(WHOLE_PURCHASE)

    def purchases(self, name: str) -> list[tuple[int, str]]:
        return [(one.id, one.state) for one in self.books[name].purchases()]

    def spent(self, name: str) -> tuple[int, int]:
        """Cents reserved and spent."""
        ((reserved, spent),) = self.books[name].query(
            "select sum(reserved_cents)::int, sum(spent_cents)::int from public.pool_budgets where "
            "registry = 'land'"
        )
        return reserved, spent

    def wait_for(self, name: str, row: str, status: int) -> None:
        until(lambda: self.books[name].job(row).status == status, JOB_SECONDS, f"{status} of {row} in {name}")

    def wait_until_over_budget(self, name: str, row: str) -> None:
        def is_spent() -> bool:
            environment = record(record(self.market.pool.status(), "environments"), name)
            land = [one for one in records(environment, "budgets") if one["registry"] == "land"]
            return [one["enough"] for one in land] == [False]

        until(is_spent, JOB_SECONDS, f"the end of the budget of {name}")
        assert self.books[name].purchases(row) == []
        assert self.books[name].job(row).status == WAITING

    def allow(self, name: str, purchase: int) -> None:
        words = ("purchases", "allow", str(purchase), "--env", name, "--person", "marie")
        answer = command("--config", str(self.market.pool.config), *words, folder=self.market.folder)
        assert answer.returncode == 0, answer.stdout + answer.stderr

    def spool_files(self, name: str) -> int:
        environment = record(record(self.market.pool.status(), "environments"), name)
        return whole(record(environment, "spool"), "files")


def test_an_unknown_purchase_of_staging_neither_blocks_nor_frees_the_same_document_in_prod(
    two: Realm, any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    """Each has the number 1 in its own ledger, and a day's budget of two documents in each."""
    order = an_index()
    apart = Apart(tmp_path, two, any_database, replica, money__land_cents_a_day=2 * PRICE)
    with apart.market as market:
        market.hang("document")
        held = apart.order("staging", order)
        market.wait_until_at("document")
        market.life().send("child", signal.SIGKILL)
        apart.wait_for("staging", held, ERROR)
        assert apart.purchases("staging") == [(1, "unknown")]
        as_held = apart.ledger("staging")

        bought = apart.order("prod", order)
        apart.wait_for("prod", bought, BOUGHT)
        assert apart.purchases("prod") == [(1, "delivered")]
        assert apart.ledger("staging") == as_held
        assert apart.books["staging"].job(held).status == ERROR
        assert len(market.books.receipts().sales) == 2
        as_delivered = apart.ledger("prod")

        apart.allow("staging", 1)
        apart.wait_for("staging", held, BOUGHT)
        assert apart.purchases("staging") == [(1, "allowed"), (2, "delivered")]
        assert apart.ledger("prod") == as_delivered
        assert len(market.books.receipts().sales) == 3
        assert (apart.spent("staging"), apart.spent("prod")) == ((0, 2 * PRICE), (0, PRICE))

        too_much = apart.order("staging", an_index())
        apart.wait_until_over_budget("staging", too_much)
        more = apart.order("prod", an_index())
        apart.wait_for("prod", more, BOUGHT)
        assert (apart.spent("staging"), apart.spent("prod")) == ((0, 2 * PRICE), (0, 2 * PRICE))
        assert market.pool.stop() == 0


@pytest.mark.proof
def test_two_purchases_of_one_number_wait_for_two_storages_and_each_comes_into_its_own(
    two: Realm, any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    """Nothing but the environment tells purchase 1 of prod from purchase 1 of staging."""
    for project in two.projects.values():
        project.storage.down = AWAY
    apart = Apart(tmp_path, two, any_database, replica)
    with apart.market as market:
        rows = {name: apart.order(name, an_index()) for name in two.projects}
        until(lambda: [apart.spool_files(name) for name in rows] == [1, 1], JOB_SECONDS, "two paid files")
        assert [apart.purchases(name) for name in rows] == [[(1, "secured")], [(1, "secured")]]
        two.projects["staging"].storage.down = None
        apart.wait_for("staging", rows["staging"], BOUGHT)
        assert apart.purchases("prod") == [(1, "secured")]
        two.projects["prod"].storage.down = None
        apart.wait_for("prod", rows["prod"], BOUGHT)
        for name, row in rows.items():
            check_document(apart, name, row)
        assert len(market.books.receipts().sales) == 2
        until(lambda: not [*(tmp_path / "paid").rglob("*.json")], JOB_SECONDS, "an empty spool")
        assert market.pool.stop() == 0


def check_document(apart: Apart, name: str, row: str) -> None:
    """The one document of this Storage is the one that this environment's purchase 1 is of."""
    assert apart.purchases(name) == [(1, "delivered")]
    path = apart.books[name].job(row).path
    stored = {place: one for place, one in lying_there(apart.two.projects[name]).items() if ".pdf" in place}
    assert [*stored] == [path]
    ((sha,),) = apart.books[name].query("select sha256 from public.pool_purchases")
    assert hashlib.sha256(stored[path].data).hexdigest() == sha
