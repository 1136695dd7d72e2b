"""The ledger against the till: what was bought is what was sold, once, and to the account that it names."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg

from poolmgr.domain.orders import LandOrder, identity
from poolmgr.local.postgres import SUPERUSER
from poolmgr.local.replica.asked import Asked
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.paths import SEARCHES
from poolmgr.local.replica.till import Eviction, Press, Receipts, Sale
from poolmgr.telemetry.events import CHILD_MARKER
from tests.clusters import Database
from tests.waiting import until

SOLD, NEVER_SOLD = ("secured", "delivered"), ("intent", "void", "not_sold")
PAYING = ("Soumettre", "Rechercher")
GONE_SECONDS = 5.0
PURCHASES: LiteralString = """
select id, identity, row_id::text, state, account, clicked_at from public.pool_purchases order by id"""
BUDGETS: LiteralString = """
select coalesce(sum(reserved_cents), 0)::int, coalesce(sum(spent_cents), 0)::int from public.pool_budgets"""
LEDGER: LiteralString = """
select coalesce(sum(price_cents) filter (where state = 'intent'), 0)::int, coalesce(sum(price_cents)
  filter (where state in ('clicked', 'secured', 'delivered', 'unknown', 'allowed')), 0)::int
from public.pool_purchases"""
OPEN_ACCOUNTS: LiteralString = """
select worker from public.pool_account_leases
where ended_at is null and expires_at > clock_timestamp() and worker <> all(%s)"""
BETWEEN_LEASES: LiteralString = """
select count(*) from public.pool_account_leases earlier join public.pool_account_leases later using (account)
  join public.worker_accounts a on a.id::text = earlier.account
where a.username = %(account)s and earlier.ended_at <= later.leased_at
  and later.leased_at <= %(at)s::timestamptz and later.lease_id <> earlier.lease_id"""
JOBS: LiteralString = """
select status_id, coalesce(attemtps, 0), coalesce(error_message, ''), coalesce(supabase_path, '')
from public.extraction_queue where id = %s"""


@dataclass(frozen=True, kw_only=True)
class Bought:
    """One row of the ledger."""

    id: int
    identity: str
    row: str
    state: str
    account: str | None
    clicked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Job:
    """A land row as the product sees it."""

    status: int
    attempts: int
    error: str
    path: str


class Books:
    """Of one database and one replica, from the moment these are made."""

    def __init__(self, database: Database, replica: Replica) -> None:
        self.database = database
        self.connection = database.connect(SUPERUSER)
        self.replica = replica
        self.before = replica.till()

    def query(self, statement: LiteralString, *values: object, **named: object) -> list[tuple[Any, ...]]:
        """As the superuser; what an outage broke is opened anew."""
        try:
            cursor = self.connection.execute(statement, named or values or None)
        except psycopg.OperationalError:
            self.connection = self.database.connect(SUPERUSER)
            cursor = self.connection.execute(statement, named or values or None)
        return cursor.fetchall() if cursor.description else []

    def receipts(self) -> Receipts:
        return self.replica.till().since(self.before)

    def purchases(self, row: str = "") -> list[Bought]:
        """Oldest first; of one row, or of all."""
        names = ("id", "identity", "row", "state", "account", "clicked_at")
        found = [Bought(**dict(zip(names, values, strict=True))) for values in self.query(PURCHASES)]
        return [one for one in found if row in ("", one.row)]

    def states(self, row: str) -> list[str]:
        return [one.state for one in self.purchases(row)]

    def job(self, row: str) -> Job:
        ((status, attempts, error, path),) = self.query(JOBS, row)
        return Job(status=status, attempts=attempts, error=error, path=path)

    def tries(self, row: str) -> int:
        """How many leases there were."""
        ((count,),) = self.query("select count(*) from public.pool_leases where row_id = %s", row)
        return int(count)

    def outages(self, row: str) -> int:
        found = self.query("select outages from public.pool_jobs where row_id = %s", row)
        return int(found[0][0]) if found else 0

    def trail(self, row: str) -> str:
        """What the row remembers, as text."""
        ((trail,),) = self.query("select trail::text from public.pool_jobs where row_id = %s", row)
        return str(trail)

    def why(self, row: str) -> str:
        """The facts of the row's last purchase, as text."""
        ((facts,),) = self.query(
            "select facts::text from public.pool_purchases where row_id = %s order by id desc limit 1", row
        )
        return str(facts)

    def sales(self, row: str) -> int:
        """Of what this row clicked."""
        mine = {one.id for one in self.purchases(row)}
        receipts = self.receipts()
        return sum(assigned(self.purchases(), sale).id in mine for sale in receipts.sales)

    def check(self, *, live: Collection[str] = (), evictions: int | None = 0) -> None:
        """live: workers that still hold accounts. evictions: None = each of a session that was dead."""
        receipts = self.receipts()
        check_receipts(self.purchases(), receipts)
        if evictions is None:
            self.check_evicted_were_dead(receipts.evictions)
        else:
            assert len(receipts.evictions) == evictions, receipts.evictions
        assert self.query(BUDGETS) == self.query(LEDGER), "the budget and the ledger differ"
        holders = {worker for (worker,) in self.query(OPEN_ACCOUNTS, list(live))}
        assert not holders, f"dead workers still hold accounts: {holders}"

    def check_evicted_were_dead(self, evictions: Sequence[Eviction]) -> None:
        """The account was given back before it was lent to whoever evicted its older session."""
        for one in evictions:
            ((count,),) = self.query(BETWEEN_LEASES, account=one.account, at=one.at)
            assert count, f"a session of {one.account} was ended while its account was lent"


def check_receipts(purchases: Sequence[Bought], receipts: Receipts) -> None:
    """Each sale and each press is of one purchase, each purchase has at most one, and those that must."""
    assert not receipts.orders, f"« Commander » was pressed: {receipts.orders}"
    sales: dict[int, list[Sale]] = defaultdict(list)
    for sale in receipts.sales:
        bought = assigned(purchases, sale)
        assert bought.account == sale.account, (bought, sale)
        sales[bought.id].append(sale)
    presses: dict[int, list[Press]] = defaultdict(list)
    for press in receipts.clicks:
        if press.path in SEARCHES.values() and press.button in PAYING:
            presses[assigned(purchases, press).id].append(press)
    for one in purchases:
        assert len(presses[one.id]) <= 1, f"pressed more than once: {one}, {presses[one.id]}"
        count = len(sales[one.id])
        most, least = int(one.state not in NEVER_SOLD), int(one.state in SOLD)
        assert least <= count <= most, f"{count} sales of {one}"


def assigned(purchases: Sequence[Bought], receipt: Sale | Press) -> Bought:
    """Of the purchases of that document the last one that was clicked before."""
    assert receipt.asked is not None
    asked, at = identity(order_of(receipt.asked)), datetime.fromisoformat(receipt.at)
    found = [
        one
        for one in purchases
        if one.identity == asked and one.clicked_at is not None and one.clicked_at <= at
    ]
    assert found, f"nobody's purchase: {receipt}"
    return max(found, key=lambda one: one.id)


def order_of(asked: Asked) -> LandOrder:
    return LandOrder(
        source=asked.source,
        number=asked.number,
        circonscription=asked.circonscription or "",
        cadastre=asked.cadastre or "",
        designation=asked.designation or "",
        acte_type=asked.acte_type or "",
    )


def check_nobody_left(folder: Path, workers: Collection[str], living: Collection[str] = ()) -> None:
    """Of `workers` only the living have processes, and a folder of their browser."""
    dead = {*workers} - {*living}
    until(lambda: not marked(dead), GONE_SECONDS, f"the end of every process of {sorted(dead)}")
    rooms = {room.name for room in (folder / "browser").iterdir()} if (folder / "browser").is_dir() else set()
    assert rooms <= {*living}, f"left behind: {rooms - {*living}}"


def marked(workers: Collection[str]) -> list[psutil.Process]:
    """Processes that run for these workers; a zombie does not run."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(CHILD_MARKER) in workers:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
