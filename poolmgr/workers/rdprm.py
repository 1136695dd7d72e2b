"""The work of a registre child in the RDPRM: a name -> one paid search -> its extract in storage."""

from functools import partial

from poolmgr.config.settings import Settings
from poolmgr.domain import searches
from poolmgr.domain.errors import AccountRefused, BrowserLost, NotAvailable, Outage, PoolError, TurnedAway
from poolmgr.domain.jobs import Claim
from poolmgr.domain.json import Json, JsonObject, record, text, whole
from poolmgr.domain.outcomes import Outcome, Released
from poolmgr.domain.ports import Documents
from poolmgr.domain.purchases import Account, PurchaseId
from poolmgr.registries.rdprm.asking import Press
from poolmgr.registries.rdprm.fetching import Extract, facts, fetch
from poolmgr.registries.rdprm.session import Session
from poolmgr.stores import paths
from poolmgr.stores.accounts import FROM_CONFIG
from poolmgr.stores.spool import Kept
from poolmgr.workers.banned import Banned
from poolmgr.workers.buying import AskedAlready, NotClicked, Purchase
from poolmgr.workers.delivery import Shelf, deliver
from poolmgr.workers.entrance import AccountsSpent, LoginRefused, NoAccount
from poolmgr.workers.readiness import FIRST_PAUSE_SECONDS
from poolmgr.workers.registre import RegistreWork, Shop
from poolmgr.workers.seat import Door, today
from poolmgr.workers.trouble import Backoff, within
from poolmgr.workers.verdicts import verdict
from poolmgr.workers.visits import TooMany, Visit

BUDGET = "money.rdprm_cents_a_day"
LONGEST_TURN_SECONDS = 60.0
"""Another has the login, for minutes: it is not asked for it more often than this."""

NOT_SHOWN = "Cancelled registrations are not shown by the register."


class RdprmWork:
    """One search at a time over all machines and environments: the database lends leave to use the one login.

    land: the child's other buying work, with which this shares browser, money, and what may not be stopped.
    """

    def __init__(self, land: RegistreWork, banned: Banned) -> None:
        self.land = land
        self.banned = banned
        self.settings = land.settings
        self.rdprm = land.settings.rdprm
        self.registre = land.registre
        self.gate = land.gate
        self.door = door(land.settings)
        self.backoff = Backoff(FIRST_PAUSE_SECONDS, self.registre.site_pause_seconds)
        self.turns = Backoff(self.registre.account_wait_seconds, LONGEST_TURN_SECONDS)

    async def __call__(self, claim: Claim, documents: Documents) -> Outcome:
        try:
            return await self.work(claim, documents)
        except PoolError as error:
            return self.judge(error)
        finally:
            self.land.paid.discard(claim.token)

    async def work(self, claim: Claim, documents: Documents) -> Outcome:
        shop = self.land.shops[claim.environment]
        bring = partial(self.deliver, claim, shop, documents)
        if secured := whole(record(claim.job, "purchase"), "id"):
            return await bring(secured)
        if left_alone := self.banned.standing():
            return left_alone
        name = searches.name_of(claim.job)
        identity = searches.identity(name)
        price = self.rdprm.price_of("rdprm", "search", today())
        call = shop.purchases.intent(claim.token, "rdprm", identity, price)
        intent = await within(self.settings.queue.call_timeout_seconds, call)
        if intent.answer != "go":
            return await self.land.follow(intent, bring, BUDGET)
        self.gate.occupy("rdprm")
        try:
            bought = await self.buy(claim, shop, name, identity, intent.id, price)
        except AskedAlready as error:
            return await self.land.follow(error.intent, bring, BUDGET)
        finally:
            self.gate.vacate("rdprm")
        return await bring(bought)

    async def buy(
        self,
        claim: Claim,
        shop: Shop,
        name: str,
        identity: str,
        purchase_id: PurchaseId,
        price_cents: int,
    ) -> PurchaseId:
        """The extract is in the spool, and the ledger says so, when this returns."""
        purchase = self.land.purchase(
            purchase_id,
            claim,
            shop,
            identity=identity,
            price_cents=price_cents,
            registry="rdprm",
        )
        purchase.reference = searches.reference(claim.row_id)
        async with self.land.visits.entered("rdprm", self.rdprm.limits) as visit:
            fetching = partial(self.fetch, name, identity, purchase, visit)
            await self.land.bring(purchase, fetching, facts, self.rdprm.job_seconds)
        self.backoff.reset()
        self.turns.reset()
        self.banned.served()
        return purchase.id

    async def fetch(self, name: str, identity: str, purchase: Purchase, visit: Visit) -> Extract:
        async def pay(cents: int, press: Press) -> None:
            await purchase.pay(identity, press, cents or None)

        async with self.land.seats.entered(self.door, purchase.cost) as session:
            purchase.account = session.account.username
            await visit.turn()
            try:
                with self.land.workshop.job(purchase.claim.token) as folder:
                    return await fetch(session, name, purchase.reference, pay, folder)
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
            shelf=SHELF,
        )

    def judge(self, error: PoolError) -> Outcome:
        """What an error means for the job, and for the searches after it."""
        wait = self.registre.account_wait_seconds
        match error:
            case LoginRefused() | AccountRefused() | TurnedAway():
                return self.banned.turned_away(str(error))
            case AccountsSpent():
                wait = self.registre.budget_wait_seconds
                self.gate.rest_kind("rdprm", wait)
                return Released(error=error.sentence, after_seconds=wait)
            case NoAccount() | TooMany():
                self.gate.rest_kind("rdprm", self.turns.pause())
                return Released(error=error.sentence, after_seconds=wait)
            case NotClicked():
                return Released(error=error.sentence, after_seconds=self.registre.purchase_wait_seconds)
            case BrowserLost() | NotAvailable():
                self.land.readiness.doubt("rdprm", self.rdprm, str(error))
            case Outage():
                self.gate.rest_kind("rdprm", self.backoff.pause())
        return verdict(error)


def door(settings: Settings) -> Door[Session]:
    """The one login is in the configuration; the database only says whose turn it is."""
    rdprm = settings.rdprm
    ours = Account(id=FROM_CONFIG, username=rdprm.username, password=rdprm.password.get_secret_value())
    return Door(
        registry="rdprm",
        site=rdprm,
        table="rdprm",
        opened=lambda context, account: Session.opened(context, account, settings),
        idle_seconds=rdprm.idle_close_seconds,
        title="the RDPRM",
        advice="It has one login: one search at a time over all machines.",
        login=lambda _: ours,
        worn=lambda session: session.worn,
        secrets=(rdprm.security_answer.get_secret_value(),),
    )


def place(claim: Claim) -> str:
    """`bucket/object`; its name ends in the token's start, so that no other search's is overwritten."""
    session, name = text(claim.job, "search_session_id"), text(claim.job, "search_name")
    return f"{paths.bucket('rdprm')}/{paths.rdprm_object_name(session, name, claim.token)}"


def result_of(kept: Kept, path: str, _: str | None) -> JsonObject:
    """Without a path when there is nothing to store: then nothing was found."""
    return {
        "storage_path": path or None,
        "found": kept.facts.get("found") is not False,
        "pages": kept.facts.get("pages"),
        "sha256": kept.sha256,
        "purchase_id": kept.purchase,
    }


def trail_of(kept: Kept) -> list[Json]:
    """What a reader of the extract has to know: of when it is, for which name, and what it leaves out."""
    names = ("name", "found", "certified", "asked_cents")
    said: JsonObject = {name: kept.facts.get(name) for name in names}
    steps = kept.facts.get("trail")
    return [
        {"purchase": kept.purchase, **said, "note": NOT_SHOWN},
        *(steps if isinstance(steps, list) else []),
    ]


SHELF = Shelf(place=place, result=result_of, trail=trail_of)
