"""The work of a registre child: a row's order -> the paid document -> storage."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, assert_never

from poolmgr.config.settings import Settings
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
from poolmgr.domain.jobs import Claim, EnvironmentName, Token
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
from poolmgr.workers.readiness import FIRST_PAUSE_SECONDS, Readiness
from poolmgr.workers.seat import today
from poolmgr.workers.seats import Seats
from poolmgr.workers.trouble import Backoff, Trouble, within
from poolmgr.workers.verdicts import verdict
from poolmgr.workers.visits import TooMany, Visit, Visits

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
        self.readiness = Readiness(seats, gate, self.registre, self.backoff)

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
                self.readiness.miss_lender(error.sentence)
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
                self.readiness.doubt("land", self.settings.foncier, str(error))
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
