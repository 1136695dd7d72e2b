"""A pool that searches the RDPRM's replica: held still at a step, struck there, and its books read."""

from collections import Counter
from itertools import count
from pathlib import Path
from typing import LiteralString

from poolmgr.local.replica.accounts import RDPRM
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.faults import When
from poolmgr.local.replica.rdprm.control import RdprmReplica
from poolmgr.local.replica.rdprm.paths import CONFIRMATION, HOME
from tests.chaos.market import ANSWER_SECONDS, Life, Market, Setting
from tests.chaos.money import BUDGETS, LEDGER, check_nobody_left, check_receipts
from tests.clusters import Database
from tests.replicas import put_names
from tests.waiting import until

SEARCH: LiteralString = """
select r.status, coalesce(r.error_message, ''), coalesce(r.storage_path, ''), coalesce(j.attempts, 0),
  coalesce(j.held, false)
from public.rdprm_searches r left join public.pool_jobs j on j.kind = 'rdprm' and j.row_id = r.id
where r.id = %s"""
SEARCHED = "organisme|"
"""How the identity of a search begins, and of no document."""

CLICKED = ("clicked", "secured", "delivered", "unknown", "allowed")
NUMBERS = count(1)


class Desk(Market):
    """`replica` is the whole one; `site` its RDPRM."""

    def __init__(self, folder: Path, database: Database, replica: Replica, **settings: Setting) -> None:
        root = replica.url.removesuffix("/Sirf/")
        own: dict[str, Setting] = {
            "money__rdprm_cents_a_day": 1_000_000,
            "rdprm__url": f"{root}/",
            "rdprm__home_url": f"{root}{HOME}",
            "rdprm__username": RDPRM.username,
            "rdprm__password": RDPRM.password,
            "rdprm__security_answer": RDPRM.answer,
            "rdprm__print_seconds": 8,
            "rdprm__idle_close_seconds": 1,
        }
        super().__init__(folder, database, replica, **{**own, **settings})
        self.site = RdprmReplica(replica.url)

    def name(self) -> str:
        """One of which this test has not asked before."""
        return f"Compagnie fictive {next(NUMBERS)} inc."

    def search(self, name: str = "") -> str:
        """A new row."""
        (row,) = put_names(self.database, name or self.name())
        return row

    def search_stopped_at(self, step: str, when: When = "before") -> tuple[str, Life]:
        """A new row, and the child that stands still with it at this step."""
        self.site.fault("hang", step, when=when)
        row = self.search()
        until(lambda: self.site.steps().waiting.get(step, 0) >= 1, ANSWER_SECONDS, f"a search at {step}")
        return row, self.life()

    def state(self, row: str) -> tuple[str, str, str, int, bool]:
        """status, error, path, attempts, held."""
        ((status, error, path, attempts, held),) = self.books.query(SEARCH, row)
        return status, error, path, attempts, held

    def wait_until_ended(self, row: str, within_seconds: float = 2 * ANSWER_SECONDS) -> str:
        """However often it has to be tried."""

        def is_over() -> bool:
            status = self.state(row)[0]
            if status == "pending":
                self.books.query("select public.pool_retry('rdprm', %s)", row)
            return status not in ("pending", "in_progress")

        until(is_over, within_seconds, f"the end of search {row}")
        return self.state(row)[0]

    def paid(self, row: str) -> int:
        """How often, as the seller says: the row's short id stands on his bill."""
        return sum(one.reference == row[:8] for one in self.books.receipts().searches)

    def check_end(self, *, evictions: int | None = None) -> None:
        """The pool is gone and so is everybody below it; the till is the ledger, of documents beside, too."""
        del evictions  # a killed child's session is ended by the next login of the one account
        check_nobody_left(self.folder, self.workers())
        bought, receipts = self.books.purchases(), self.books.receipts()
        purchases = [one for one in bought if one.identity.startswith(SEARCHED)]
        check_receipts([one for one in bought if one not in purchases], receipts)
        clicked = Counter(one.row for one in purchases if one.state in CLICKED)
        sold = Counter(one.row for one in purchases if one.state in ("secured", "delivered"))
        for row in {one.row for one in purchases}:
            assert sold[row] <= self.paid(row) <= clicked[row], (row, purchases, receipts.searches)
        references = {row[:8] for row in clicked}
        assert {one.reference for one in receipts.searches} <= references
        # The land registry has a button of that name, too, which costs nothing of its own.
        first = [one for one in receipts.clicks if (one.button, one.path) == ("Confirmer", CONFIRMATION)]
        assert len(first) <= sum(clicked.values()), "confirmed more often than the ledger knows"
        assert self.books.query(BUDGETS) == self.books.query(LEDGER), "the budget and the ledger differ"
