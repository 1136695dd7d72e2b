"""A land row claimed on a real database, a real spool and storage, and a ledger that can be looked into."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeVar
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row

from poolmgr.config.settings import QueueSettings
from poolmgr.domain.errors import StoreUnreachable
from poolmgr.domain.jobs import Claim, EnvironmentName, Token
from poolmgr.domain.json import JsonObject, record
from poolmgr.domain.orders import LandOrder
from poolmgr.domain.ports import Purchases
from poolmgr.domain.purchases import Intent, PurchaseId, Registry, Secured
from poolmgr.domain.states import PurchaseState
from poolmgr.registries.foncier.fetching import Document
from poolmgr.stores.accounts import DatabaseAccounts
from poolmgr.stores.files import FolderDocuments
from poolmgr.stores.postgres import PostgresDatabase
from poolmgr.stores.purchases import DatabasePurchases
from poolmgr.stores.queue import DatabaseQueue
from poolmgr.stores.spool import Kept, Spool
from poolmgr.workers.buying import Purchase
from poolmgr.workers.trouble import Backoff, Trouble
from tests.clusters import Database
from tests.replicas import index, put_orders

DEV = EnvironmentName("dev")
HOST = "here"
SETTINGS = QueueSettings(lease_seconds=30, renew_seconds=0.1, self_fence_seconds=5, call_timeout_seconds=5)
LOT = "a lot"
PRICE_CENTS = 150
PDF = b"%PDF-1.7 paid"
ASKED = LandOrder("index", "1", "Montréal", "Cadastre du Québec", "", "")
DOCUMENT = Document(asked=ASKED, pdf=PDF, pages=3, html=b"<table>")
FOUND_AS: JsonObject = {"number": "1", "circonscription": "Montréal", "cadastre": "Cadastre du Québec"}
FACTS: JsonObject = {"pages": 3, "found_as": FOUND_AS, "trail": [{"asked": {"number": "1"}}]}
LOSE, REFUSE = "lose", "refuse"
Result = TypeVar("Result")


@dataclass
class Line(Purchases):
    """The purchases at the end of a line that breaks as planned: `plan[state]` for the next marks of it."""

    purchases: DatabasePurchases
    plan: dict[str, list[str]] = field(default_factory=dict)
    always: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    meanwhile: Callable[[str], object] = bool

    @property
    def environment(self) -> EnvironmentName:
        return self.purchases.environment

    async def through(self, word: str, call: Awaitable[Result]) -> Result:
        self.said.append(word)
        planned = self.plan.get(word)
        trouble = planned.pop(0) if planned else self.always.get(word, "")
        if trouble == REFUSE:
            close = getattr(call, "close", None)
            if close:
                close()
            raise StoreUnreachable("nobody there")
        answer = await call
        self.meanwhile(word)
        if trouble == LOSE:
            raise StoreUnreachable("the reply was lost")
        return answer

    async def intent(self, token: Token, registry: Registry, identity: str, price_cents: int) -> Intent:
        call = self.purchases.intent(token, registry, identity, price_cents)
        return await self.through("intent", call)

    async def mark(self, purchase: PurchaseId, token: Token, state: PurchaseState, facts: JsonObject) -> str:
        return await self.through(state, self.purchases.mark(purchase, token, state, facts))

    async def states(self, purchases: Sequence[PurchaseId]) -> dict[PurchaseId, PurchaseState]:
        return await self.purchases.states(purchases)

    async def secured(self, host: str) -> list[Secured]:
        return await self.purchases.secured(host)


@dataclass
class Button:
    """What is pressed, and how often; an error stands for whatever may happen after the click."""

    error: Exception | None = None
    presses: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.presses.append(seconds)
        if self.error:
            raise self.error


@dataclass(kw_only=True)
class Purse:
    """One environment with its money. disk: what the disk's trouble says."""

    product: psycopg.Connection
    database: Database
    queue: DatabaseQueue
    purchases: DatabasePurchases
    accounts: DatabaseAccounts
    line: Line
    spool: Spool
    documents: FolderDocuments
    folder: Path
    paid: set[Token] = field(default_factory=set)
    disk: list[str] = field(default_factory=list)

    def put(self, **columns: str) -> str:
        """A land row that waits; its id."""
        return put_orders(self.database, [{**index("2784195"), **columns}])[0]

    async def claim(self, host: str = HOST) -> Claim | None:
        """What there is for that host now."""
        found = await self.queue.claim(str(uuid4()), ["land"], "worker-1", host, 1)
        return found[0] if found else None

    async def claimed(self, **columns: str) -> Claim:
        self.put(**columns)
        claim = await self.claim()
        assert claim is not None
        return claim

    async def offered_again(self, host: str = HOST) -> Claim | None:
        """As `claim`, after every pause of a row is over."""
        self.product.execute("update public.pool_jobs set not_before = now()")
        return await self.claim(host)

    async def intent(self, claim: Claim, identity: str = LOT) -> Intent:
        return await self.purchases.intent(claim.token, "land", identity, PRICE_CENTS)

    async def begin(
        self, claim: Claim | None = None, identity: str = LOT, spool: Spool | None = None
    ) -> Purchase:
        """A purchase in intent."""
        claim = claim or await self.claimed()
        intent = await self.intent(claim, identity)
        assert intent.answer == "go"
        return Purchase(
            intent.id,
            claim,
            self.line,
            spool or self.spool,
            identity=identity,
            price_cents=PRICE_CENTS,
            host=HOST,
            answer_seconds=5.0,
            paid=self.paid,
            disk=Trouble(self.disk.append, Backoff(0.01, 0.02)),
        )

    async def clicked(
        self, claim: Claim | None = None, identity: str = LOT, spool: Spool | None = None
    ) -> Purchase:
        purchase = await self.begin(claim, identity, spool)
        await purchase.pay(identity, Button())
        return purchase

    async def secured(self, claim: Claim | None = None, identity: str = LOT) -> Purchase:
        purchase = await self.clicked(claim, identity)
        await purchase.secure(DOCUMENT, FACTS)
        return purchase

    def ledger(self, purchase: PurchaseId) -> JsonObject:
        return self.one("select * from public.pool_purchases where id = %s", purchase)

    def facts(self, purchase: PurchaseId) -> JsonObject:
        return record(self.ledger(purchase), "facts")

    def state(self, purchase: PurchaseId) -> object:
        return self.ledger(purchase)["state"]

    def row(self, row_id: str) -> JsonObject:
        return self.one(
            "select q.status_id, q.attemtps as attempts, q.error_message, q.supabase_path, j.held, j.trail "
            "from public.extraction_queue q left join public.pool_jobs j on j.row_id = q.id where q.id = %s",
            row_id,
        )

    def budget(self) -> tuple[object, object]:
        """Cents reserved and spent."""
        sums = "sum(reserved_cents)::int as reserved, sum(spent_cents)::int as spent"
        line = self.one(f"select {sums} from public.pool_budgets where registry = %s", "land")
        return line["reserved"], line["spent"]

    def one(self, query: str, argument: object) -> JsonObject:
        with self.product.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query.encode(), [argument]).fetchone()
        assert row is not None
        return row


PurseOpening: TypeAlias = Callable[[], AbstractAsyncContextManager[Purse]]


@asynccontextmanager
async def opened(database: Database, folder: Path) -> AsyncIterator[Purse]:
    """In the test's own event loop; budgets are far above what a test spends."""
    store = PostgresDatabase(database.url, call_timeout_seconds=5.0, connections=4)
    purchases = DatabasePurchases(store, DEV)
    queue = DatabaseQueue(store, DEV, SETTINGS)
    try:
        await queue.configure({"budgets": {"land": 1_000_000, "rdprm": 1_000_000}})
        yield Purse(
            product=database.connect(),
            database=database,
            queue=queue,
            purchases=purchases,
            accounts=DatabaseAccounts(store, DEV),
            line=Line(purchases),
            spool=Spool(folder / "paid" / "dev"),
            documents=FolderDocuments(folder / "documents"),
            folder=folder,
        )
    finally:
        await store.close()


class FullDisk(Spool):
    """Takes a file after so many refusals."""

    def __init__(self, folder: Path, *refusals: Exception) -> None:
        super().__init__(folder)
        self.refusals = list(refusals)

    async def keep(
        self,
        purchase: PurchaseId,
        token: Token,
        document: bytes,
        *,
        html: bytes | None = None,
        original: tuple[str, bytes] | None = None,
        whole: bool = True,
        facts: JsonObject,
    ) -> Kept:
        if self.refusals:
            raise self.refusals.pop(0)
        return await super().keep(
            purchase, token, document, html=html, original=original, whole=whole, facts=facts
        )
