"""One purchase from its intent to the spool: what is committed before the click, and what after."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol, TypeVar

from poolmgr.domain.errors import NotSold, PoolError, StoreError, StoreUnreachable, Unreadable
from poolmgr.domain.jobs import Claim, Token
from poolmgr.domain.json import JsonObject, storable
from poolmgr.domain.ports import Purchases
from poolmgr.domain.purchases import Intent, PurchaseId, Registry
from poolmgr.domain.states import PurchaseState
from poolmgr.stores.spool import Kept, Spool
from poolmgr.workers.trouble import Backoff, Trouble, boottime, within

CLICK_SECONDS = 5.0
"""A click follows its commit within this or is not made: later, somebody may believe that we are dead."""

EVIDENCE_CHARACTERS = 500
Result = TypeVar("Result")


class Goods(Protocol):
    """What a registry sells. pdf: as storage takes it; original: suffix and bytes of what came, when that was
    no PDF; html: the page beside it."""

    @property
    def pdf(self) -> bytes: ...

    @property
    def original(self) -> tuple[str, bytes] | None: ...

    @property
    def html(self) -> bytes | None: ...


class NotClicked(PoolError):
    """The click was not made."""


class AskedAlready(PoolError):
    """Under the site's own names this document is somebody else's purchase, or bought."""

    def __init__(self, intent: Intent) -> None:
        self.intent = intent
        super().__init__(f"Purchase {intent.id} of the same document: {intent.answer}.")


class Purchase:
    """The buyer's side of one row of pool_purchases.

    identity: what the intent was asked for. paid: tokens whose job may not be stopped, for a click was or is
    about to be made. disk: whether the spool takes files.
    """

    def __init__(
        self,
        id: PurchaseId,  # noqa: A002
        claim: Claim,
        purchases: Purchases,
        spool: Spool,
        *,
        identity: str,
        price_cents: int,
        host: str,
        answer_seconds: float,
        paid: set[Token],
        disk: Trouble,
        registry: Registry = "land",
    ) -> None:
        self.id = id
        self.claim = claim
        self.purchases = purchases
        self.spool = spool
        self.identity = identity
        self.price_cents = price_cents
        self.registry = registry
        self.host = host
        self.answer_seconds = answer_seconds
        self.paid = paid
        self.disk = disk
        self.state: Literal["intent", "committing", "clicked", "closed"] = "intent"
        self.account = self.reference = ""

    async def pay(
        self, identity: str, press: Callable[[float], Awaitable[None]], price_cents: int | None = None
    ) -> None:
        """Commits the click, then makes it. `identity`: of what is asked, in the site's own names;
        `price_cents`: what the site asks for it, when it says so.

        What follows a click that bought nothing is a purchase of its own.

        Raises AskedAlready; NotClicked when the click may not be made, or not in time.
        """
        price = self.price_cents if price_cents is None else price_cents
        if self.state == "closed" or (identity, price) != (self.identity, self.price_cents):
            await self.ask_again(identity, price)
        self.paid.add(self.claim.token)
        began = boottime()
        self.state = "committing"
        answer = await self.mark("clicked", self.named())
        if answer not in ("applied", "already"):
            self.state = "closed"
            raise NotClicked(f"The click was not made: {answer}")
        left = CLICK_SECONDS - (boottime() - began)
        if left <= 0:
            raise NotClicked(f"The click was not made: its commit took more than {CLICK_SECONDS:g} s.")
        self.state = "clicked"
        await press(left)

    def cost(self) -> int | None:
        """Cents that were or may have been spent by now; None = the click was not made."""
        return self.price_cents if self.state == "clicked" else None

    def named(self) -> JsonObject:
        """How the registry's own bill speaks of it: whose account, and under which reference."""
        named: JsonObject = {"account": self.account}
        return named | {"reference": self.reference} if self.reference else named

    async def ask_again(self, identity: str, price_cents: int) -> None:
        """Two spellings of one place are one purchase, and the budget knows what it really costs."""
        if self.state == "intent":
            await self.mark("void", {"reason": f"asked as {identity} for {price_cents} cents"})
            self.state = "closed"
        intent = await self.insist(
            lambda: self.purchases.intent(self.claim.token, self.registry, identity, price_cents)
        )
        if intent.answer != "go":
            raise AskedAlready(intent)
        self.id, self.identity, self.price_cents, self.state = intent.id, identity, price_cents, "intent"

    async def close(self, error: PoolError | TimeoutError) -> Literal["not_sold", "unknown", "void", ""]:
        """What an error makes of it: never a second click by itself. Empty = it is still an intent."""
        before, self.state = self.state, "closed"
        if before == "committing":
            await self.mark("void", {"reason": str(error)[:EVIDENCE_CHARACTERS]})
            return "void"
        if before != "clicked":
            return ""
        if isinstance(error, NotSold):
            await self.mark("not_sold", {"sentence": error.sentence, "evidence": error.evidence})
            return "not_sold"
        if isinstance(error, Unreadable):
            await self.keep_evidence(error)
        else:
            await self.mark("unknown", {"reason": str(error)[:EVIDENCE_CHARACTERS] or type(error).__name__})
        return "unknown"

    async def keep_evidence(self, error: Unreadable) -> None:
        """What came lies in the spool for a person to look at."""
        try:
            await self.spool.keep(
                self.id, self.claim.token, error.data, whole=False, facts={"reason": error.sentence}
            )
        finally:
            lies = str(self.spool.folder / f"{self.id}.unreadable")
            facts: JsonObject = {"reason": "unreadable", "sentence": error.sentence, "file": lies}
            await self.mark("unknown", facts)

    async def secure(self, document: Goods, facts: JsonObject) -> Kept:
        """Into the spool, then into the ledger. From here on no click is ever needed again."""
        kept = await self.kept(document, checked(facts))
        await self.mark("secured", kept.secured_facts(self.host))
        self.state = "closed"
        return kept

    async def kept(self, document: Goods, facts: JsonObject) -> Kept:
        """Tried until the disk takes it: what was paid is nowhere else yet."""
        while True:
            try:
                kept = await self.spool.keep(
                    self.id,
                    self.claim.token,
                    document.pdf,
                    html=document.html,
                    original=document.original,
                    facts=facts,
                )
            except (StoreUnreachable, StoreError) as error:
                await asyncio.sleep(self.disk.began(error))
            else:
                self.disk.over()
                return kept

    async def mark(self, state: PurchaseState, facts: JsonObject) -> str:
        """Said again until it is answered: a lost reply must not leave the ledger behind."""
        said = checked(facts)
        return await self.insist(
            lambda: within(self.answer_seconds, self.purchases.mark(self.id, self.claim.token, state, said))
        )

    async def insist(self, call: Callable[[], Awaitable[Result]]) -> Result:
        backoff = Backoff()
        while True:
            try:
                return await call()
            except StoreUnreachable:
                await asyncio.sleep(backoff.pause())


def checked(facts: JsonObject) -> JsonObject:
    """What a page brought must not be what keeps the ledger from being told."""
    return {name: storable(value) for name, value in facts.items()}
