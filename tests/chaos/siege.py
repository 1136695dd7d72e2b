"""A whole pool whose project fails at many requests: what it has to do, what hits it, and what must hold."""

import random
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import LiteralString

import psutil
import psycopg

from poolmgr.local.postgres import SUPERUSER
from poolmgr.local.replica.control import Replica
from tests.chaos.audit import Audit
from tests.chaos.faults import try_freezing
from tests.chaos.market import ERROR, Market, Setting, a_plan, an_acte, an_index
from tests.chaos.test_many_bought import Size, size
from tests.clusters import Database
from tests.project.http import Request
from tests.project.opened import Hosted
from tests.projects import known_as, put_scans

HELD_BY_ITS_SENDER: LiteralString = """
select exists (select from public.pool_leases l where l.ended_at is null and (
  position(l.token::text in %(said)s) > 0 or position('"' || l.worker || '"' in %(said)s) > 0
  or position('-' || left(l.token::text, 8) in %(path)s) > 0 or position(l.row_id::text in %(path)s) > 0))"""
HELD: LiteralString = """
select p.id, concat_ws(' ', p.row_id, p.facts, l.outcome, l.worker, l.ended_at - p.clicked_at)
from public.pool_purchases p join public.pool_leases l using (token) where p.state = 'unknown'"""
ORDERS = (an_index, an_acte, a_plan)
KINDS = ("ocr_index", "ocr_acte")
PATIENCE: Mapping[str, Setting] = MappingProxyType(
    {
        "environments__dev__database_url": None,
        "environments__dev__documents_folder": None,
        "ocr__enabled": True,
        "queue__call_timeout_seconds": 1,
        "queue__file_timeout_seconds": 1,
        "queue__max_outages": 1000,
        "queue__renew_seconds": 0.5,
        "queue__self_fence_seconds": 10,
        "queue__lease_seconds": 15,
        "registre__contexts": 2,
        # What only a full machine makes late is no fault.
        "registre__step_seconds": 20,
        "registre__answer_seconds": 30,
        "pool__beat_missed_seconds": 15,
    }
)


class Witness:
    """Whether who sent a request holds a lease: by the tokens, the worker or the document that it names."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.connection: psycopg.Connection | None = None

    def __call__(self, request: Request) -> bool:
        """In the gateway's thread alone."""
        if self.connection is None:
            self.connection = self.database.connect(SUPERUSER)
        said = request.body.decode("utf-8", "replace").replace("\0", "") if "/rpc/" in request.path else ""
        found = self.connection.execute(HELD_BY_ITS_SENDER, {"said": said, "path": request.path}).fetchone()
        return bool(found and found[0])


class Siege:
    """rows: everything that was ordered, of all kinds; bought: of those, what costs money; allowed: what had
    become of each purchase that a person had to allow."""

    def __init__(
        self,
        folder: Path,
        project: Hosted,
        database: Database,
        replica: Replica,
        seed: int,
        **settings: Setting,
    ) -> None:
        self.project = project
        self.audit = Audit(database)
        self.audit.allow_attempts(100_000)
        own = {**PATIENCE, **known_as("dev", project), **settings}
        self.market = Market(folder, database, replica, **own)
        self.dice = random.Random(seed)
        self.scans: list[str] = []
        self.bought: list[str] = []
        self.victims: Counter[str] = Counter()
        self.allowed: list[str] = []
        self.sizes: list[Size] = []

    @property
    def rows(self) -> list[str]:
        return [*self.scans, *self.bought]

    def feed(self, scans: int, orders: int, document: bytes) -> None:
        drawn = [(self.dice.choice(KINDS), document) for _ in range(scans)]
        self.scans += put_scans(self.project, drawn)
        self.bought += self.market.order(*(self.dice.choice(ORDERS)() for _ in range(orders)))
        self.audit.query("update public.extraction_queue set max_attempts = 100000 where status_id = 1")

    def is_over(self) -> bool:
        """However often each has to be tried; a person allows what may be paid and is not here."""
        self.audit.ripen()
        for purchase, why in self.audit.query(HELD):
            if self.audit.query("select public.pool_purchase_allow(%s, 'marie')", purchase) == [("applied",)]:
                self.allowed.append(why)
        return self.audit.is_settled(self.rows) and not self.failed()

    def failed(self) -> list[str]:
        found = self.audit.query("select id::text from public.extraction_queue where status_id = %s", ERROR)
        return [row for (row,) in found]

    def kill_somebody(self) -> None:
        """Nobody, when whoever was chosen held no lease. A buyer seldom: it needs a while to buy anything."""
        kind = self.dice.choice(("ocr",) * 5 + ("registre",))
        victim = try_freezing(self.market.pool, self.audit, f"{kind}-", kind)
        if victim:
            victim.kill()
            self.victims[kind] += 1

    def measure(self) -> None:
        """Everybody from the parent down, unless somebody comes or goes just now."""
        with suppress(psutil.NoSuchProcess):
            self.sizes.append(size(self.market.pool.pid))

    def check(self) -> None:
        """Each job was done once, by a live claim; the ledger is the till; nobody holds anything."""
        self.audit.check_done_once(self.rows)
        self.market.check_end(evictions=None)
        purchases = self.market.books.purchases()
        assert {one.state for one in purchases} <= {"delivered", "void", "allowed"}
        clicked = Counter(one.row for one in purchases if one.clicked_at and one.state == "delivered")
        assert clicked == Counter(self.bought), "each was bought and delivered once"
