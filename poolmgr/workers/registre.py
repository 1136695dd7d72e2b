"""The work of a registre child: a row's order -> the paid document -> storage."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, assert_never

from poolmgr.config.settings import Settings
from poolmgr.config.sites import Site
from poolmgr.domain import orders
from poolmgr.domain.errors import (
    AccountInUse,
    BrowserLost,
    NotAvailable,
    NotSold,
    Outage,
    PoolError,
    TurnedAway,
)
from poolmgr.domain.jobs import Claim, EnvironmentName, JobKind, Token
from poolmgr.domain.json import Json, JsonObject, record, whole
from poolmgr.domain.orders import LandOrder
from poolmgr.domain.outcomes import Done, GiveUp, Outcome, Released
from poolmgr.domain.ports import Documents, Purchases
from poolmgr.domain.purchases import Intent, PurchaseId, Registry
from poolmgr.registries.browser.story import limited
from poolmgr.registries.browser.workshop import Workshop
from poolmgr.registries.foncier.asking import Payer, Press
from poolmgr.registries.foncier.fetching import Document, facts, fetch
from poolmgr.stores.spool import Spool
from poolmgr.workers.banned import Banned
from poolmgr.workers.buying import AskedAlready, Goods, NotClicked, Purchase
from poolmgr.workers.delivery import deliver
from poolmgr.workers.entrance import AccountsSpent, LenderSilent, NoAccount
from poolmgr.workers.gate import Gate
from poolmgr.workers.seat import today
from poolmgr.workers.seats import Seats
from poolmgr.workers.trouble import Backoff, Trouble, within
from poolmgr.workers.verdicts import verdict
from poolmgr.workers.visits import TooMany, Visit, Visits

FIRST_PAUSE_SECONDS = 1.0
Bought = TypeVar("Bought", bound=Goods)


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Where one environment's money is kept, and its paid files."""

    purchases: Purchases
    spool: Spool


class RegistreWork:
    """Buys and delivers land documents. `paid` holds the tokens whose job is not to be stopped."""

    def __init__(
        self,
        shops: Mapping[EnvironmentName, Shop],
        seats: Seats,
        *,
        settings: Settings,
        workshop: Workshop,
        gate: Gate,
        visits: Visits,
        banned: Banned,
    ) -> None:
        self.shops = shops
        self.seats = seats
        self.banned = banned
        self.settings = settings
        self.registre = settings.registre
        self.host = settings.pool.host_name()
        self.workshop = workshop
        self.gate = gate
        self.visits = visits
        self.paid: set[Token] = set()
        self.backoff = Backoff(FIRST_PAUSE_SECONDS, self.registre.site_pause_seconds)
        self.disk = Trouble(self.say_disk)
        self.unproven = asyncio.Event()
        self.silent = asyncio.Event()
        self.silence = ""
        self.doubt_browser("The browser is not proven yet.")

    def is_paid(self, token: Token) -> bool:
        return token in self.paid

    async def __call__(self, claim: Claim, documents: Documents) -> Outcome:
        try:
            return await self.work(claim, documents)
        except PoolError as error:
            return self.judge(error)
        finally:
            self.paid.discard(claim.token)

    async def work(self, claim: Claim, documents: Documents) -> Outcome:
        shop = self.shops[claim.environment]
        deliver = partial(self.deliver, claim, shop, documents)
        if secured := whole(record(claim.job, "purchase"), "id"):
            return await deliver(secured)
        if left_alone := self.banned.standing():
            return left_alone
        order = orders.read(claim.job)
        orders.check(order)
        intent = await self.intend(claim, shop, order)
        match intent.answer:
            case "go":
                try:
                    bought = await self.buy(claim, shop, order, intent.id)
                except AskedAlready as error:
                    return await self.follow(error.intent, deliver)
                return await deliver(bought)
            case _:
                return await self.follow(intent, deliver)

    def price(self, order: LandOrder) -> int:
        return self.settings.foncier.price_of("land", order.source, today())

    async def intend(self, claim: Claim, shop: Shop, order: LandOrder) -> Intent:
        call = shop.purchases.intent(claim.token, "land", orders.identity(order), self.price(order))
        return await within(self.settings.queue.call_timeout_seconds, call)

    async def follow(
        self,
        intent: Intent,
        deliver: Callable[[PurchaseId], Awaitable[Outcome]],
        budget: str = "money.land_cents_a_day",
    ) -> Outcome:
        """Nothing is bought: it is, or may be, or may not. budget: the setting that limits it."""
        match intent.answer:
            case "secured":
                return await deliver(intent.id)
            case "reuse":
                entry: JsonObject = {"reused_purchase": intent.id, "bought_at": intent.at}
                return Done(result={"supabase_path": intent.path}, trail=[entry])
            case "wait":
                why = f"The same document is being bought by {intent.holder} (purchase {intent.id})."
                return Released(error=why, after_seconds=self.registre.purchase_wait_seconds)
            case "held" | "clicked":
                why = f"The same document may be paid already: registre-pool purchases show {intent.id}"
                return Released(error=why, after_seconds=self.registre.budget_wait_seconds)
            case "over_budget":
                return Released(
                    error=over_budget(intent, budget), after_seconds=self.registre.budget_wait_seconds
                )
            case "lost":
                return Released(error="The job is not ours any more.")
            case "go":
                raise PoolError(f"Purchase {intent.id} may go on, and nobody went on with it.")
        assert_never(intent.answer)

    async def buy(self, claim: Claim, shop: Shop, order: LandOrder, purchase_id: PurchaseId) -> PurchaseId:
        """The document is in the spool, and the ledger says so, when this returns."""
        purchase = self.purchase(
            purchase_id,
            claim,
            shop,
            identity=orders.identity(order),
            price_cents=self.price(order),
        )
        async with self.visits.entered("land", self.settings.foncier.limits) as visit:
            fetching = partial(self.fetch, order, purchase, claim.token, visit)
            await self.bring(purchase, fetching, facts, self.registre.job_seconds)
        self.backoff.reset()
        self.banned.served()
        return purchase.id

    def purchase(
        self,
        id: PurchaseId,  # noqa: A002
        claim: Claim,
        shop: Shop,
        *,
        identity: str,
        price_cents: int,
        registry: Registry = "land",
    ) -> Purchase:
        return Purchase(
            id,
            claim,
            shop.purchases,
            shop.spool,
            identity=identity,
            price_cents=price_cents,
            registry=registry,
            host=self.host,
            answer_seconds=self.settings.queue.call_timeout_seconds,
            paid=self.paid,
            disk=self.disk,
        )

    async def bring(
        self,
        purchase: Purchase,
        fetch: Callable[[], Awaitable[Bought]],
        facts: Callable[[Bought], JsonObject],
        seconds: float,
    ) -> None:
        """What was clicked for is in the spool, or the ledger says what else became of it."""
        try:
            async with limited(seconds):
                goods = await fetch()
        except (PoolError, TimeoutError) as error:
            await self.close(purchase, error)
            raise
        said = facts(goods)
        await purchase.secure(goods, said)
        self.tell("purchase.secured", purchase, pages=said.get("pages"))
        self.paid.discard(purchase.claim.token)

    async def close(self, purchase: Purchase, error: PoolError | TimeoutError) -> None:
        if end := await purchase.close(error):
            self.tell(f"purchase.{end}", purchase, error=str(error))

    def tell(self, event: str, purchase: Purchase, **fields: Json) -> None:
        """Every cent that was or may be spent is said."""
        self.seats.pipe.event(
            event,
            environment=purchase.claim.environment,
            kind=purchase.claim.kind,
            row=purchase.claim.row_id,
            attempt=purchase.claim.attempt,
            purchase=purchase.id,
            cents=purchase.price_cents,
            account=purchase.account,
            **fields,
        )

    async def fetch(self, order: LandOrder, purchase: Purchase, token: Token, visit: Visit) -> Document:
        async with self.seats.taken(purchase.cost) as session:
            purchase.account = session.account.username
            try:
                with self.workshop.job(token) as folder:
                    return await fetch(session, order, LandPayer(self, purchase, visit), folder)
            except OSError as error:
                raise BrowserLost(f"The browser's folder: {error}") from error

    async def deliver(self, claim: Claim, shop: Shop, documents: Documents, purchase: PurchaseId) -> Outcome:
        return await deliver(
            claim,
            purchase,
            spool=shop.spool,
            purchases=shop.purchases,
            documents=documents,
            wait_seconds=self.registre.storage_wait_seconds,
        )

    def judge(self, error: PoolError) -> Outcome:
        """What an error means for the job, and for the jobs after it."""
        match error:
            case LenderSilent():
                self.miss_lender(error.sentence)
                return Released(error=error.sentence, after_seconds=self.registre.account_wait_seconds)
            case NoAccount():
                is_for_today = isinstance(error, AccountsSpent) and not self.seats.count
                times = self.registre
                wait = times.budget_wait_seconds if is_for_today else times.account_wait_seconds
                self.gate.rest("accounts", error.sentence, wait, limit=self.seats.count, kind="land")
                return Released(error=error.sentence, after_seconds=wait)
            case TooMany():
                wait = self.registre.account_wait_seconds
                self.gate.rest_kind("land", wait)
                return Released(error=error.sentence, after_seconds=wait)
            case NotClicked():
                return Released(error=error.sentence, after_seconds=self.registre.purchase_wait_seconds)
            case NotSold():
                return GiveUp(error=error.sentence, trail=error.trail)
            case BrowserLost() | NotAvailable():
                self.doubt("land", self.settings.foncier, str(error))
            case AccountInUse():
                return Released(error=error.sentence, after_seconds=self.registre.account_wait_seconds)
            case TurnedAway():
                return self.banned.turned_away(str(error))
            case Outage():
                self.gate.rest("site", error.sentence, self.backoff.pause(), kind="land")
        return verdict(error)

    def say_disk(self, error: str) -> None:
        """While a paid file has no place, nothing more is bought."""
        if error:
            self.gate.close("spool", error)
        else:
            self.gate.open("spool")

    def doubt(self, kind: JobKind, site: Site, sentence: str) -> None:
        """The browser of one registry: a hosted one is nobody else's, and no reason to stop the others."""
        if site.is_hosted:
            self.gate.rest_kind(kind, self.backoff.pause())
        else:
            self.doubt_browser(sentence)

    def need_no_browser(self) -> None:
        """Of this machine: every registry is visited with a hosted one."""
        self.unproven.clear()
        self.gate.open("browser")

    def doubt_browser(self, sentence: str) -> None:
        """Nothing is claimed until a browser has been proven again."""
        self.gate.close("browser", sentence)
        self.unproven.set()

    def miss_lender(self, sentence: str) -> None:
        """No more jobs than sessions that can do without the database that lends the accounts."""
        self.silence = sentence
        self.gate.close("lender", sentence, limit=self.seats.believed, kind="land")
        self.silent.set()

    async def keep_lender(self) -> None:
        """Asks a database of accounts that was silent until it answers, without a job; until cancelled."""
        backoff = Backoff(FIRST_PAUSE_SECONDS, self.registre.account_wait_seconds)
        while True:
            await self.silent.wait()
            await asyncio.sleep(backoff.pause())
            if not await self.seats.lender.answers():
                self.miss_lender(self.silence)
                continue
            backoff.reset()
            self.silent.clear()
            self.gate.open("lender")

    async def keep_proven(self) -> None:
        """Proves the browser at the start and after each loss, until cancelled."""
        backoff = Backoff(FIRST_PAUSE_SECONDS, self.registre.site_pause_seconds)
        while True:
            await self.unproven.wait()
            try:
                await self.seats.prove()
            except PoolError as error:
                self.gate.close("browser", str(error))
                await asyncio.sleep(backoff.pause())
                continue
            backoff.reset()
            self.unproven.clear()
            self.gate.open("browser")


class LandPayer(Payer):
    """Of one land job. Each name that is asked for has a purchase of its own, one after another."""

    def __init__(self, work: RegistreWork, purchase: Purchase, visit: Visit) -> None:
        self.work = work
        self.purchase = purchase
        self.visit = visit
        self.rest_seconds = 0.0

    async def pay(self, asked: LandOrder, press: Press) -> None:
        """After the account's rest since the name before, and in the site's turn. Raises TooMany."""
        await asyncio.sleep(self.rest_seconds)
        self.rest_seconds = self.work.settings.foncier.account_limits.interval_seconds
        await self.visit.turn()
        await self.purchase.pay(orders.identity(asked), press)

    async def not_sold(self, error: NotSold) -> None:
        """Until the next click the job may be stopped again."""
        await self.work.close(self.purchase, error)
        self.work.paid.discard(self.purchase.claim.token)


def over_budget(intent: Intent, setting: str) -> str:
    spent = (intent.spent_cents + intent.reserved_cents) / 100
    return (
        f"The day's budget is spent: {spent:.2f} of {intent.limit_cents / 100:.2f} CAD "
        f"({setting}; 0 = nothing is bought)."
    )
