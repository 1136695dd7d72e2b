"""One account's session with the replica, which buys what a test asks for and knows what was paid."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page

from poolmgr.config.registries import FoncierSettings, RegistreSettings
from poolmgr.config.settings import Settings
from poolmgr.domain import orders
from poolmgr.domain.errors import NotSold, PoolError
from poolmgr.domain.json import JsonObject
from poolmgr.domain.orders import LandOrder
from poolmgr.domain.purchases import Account
from poolmgr.local.replica import papers
from poolmgr.local.replica.accounts import ACCOUNTS
from poolmgr.local.replica.control import Replica, Steps
from poolmgr.local.replica.register import Paper
from poolmgr.local.replica.till import Receipts, Sale
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.foncier import names
from poolmgr.registries.foncier.asking import Payer, Press
from poolmgr.registries.foncier.fetching import Document, fetch
from poolmgr.registries.foncier.session import Session
from tests.registries.browsers import SECONDS
from tests.waiting import async_until

CLICK_SECONDS = 5.0


def account(number: int = 1) -> Account:
    known = ACCOUNTS[number - 1]
    return Account(id=str(number), username=known.username, password=known.password)


def settings_for(replica: Replica, **registre: float) -> Settings:
    values = {"step_seconds": SECONDS, "answer_seconds": SECONDS, **registre}
    return Settings(
        registre=RegistreSettings.model_validate(values), foncier=FoncierSettings(url=replica.url)
    )


async def opened(
    context: BrowserContext, replica: Replica, lent: Account | None = None, **registre: float
) -> Session:
    settings = settings_for(replica, **registre)
    context.set_default_timeout(settings.registre.step_seconds * 1000)
    return await Session.opened(context, lent or account(), settings)


@dataclass
class Buyer(Payer):
    """`paid`: the orders for which a click was about to be made; `unsold`: what he heard of those that cost
    nothing, before the next; `receipts`: what the till saw since."""

    session: Session
    replica: Replica
    folder: Path
    before: Receipts = field(init=False)
    steps: Steps = field(init=False)
    paid: list[LandOrder] = field(default_factory=list)
    unsold: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.before, self.steps = self.replica.till(), self.replica.steps()
        self.paid, self.unsold = [], []

    @property
    def page(self) -> Page:
        return self.session.screen.page

    def hurry(self, **registre: float) -> None:
        """From now on these settings of his hold."""
        changed = settings_for(self.replica, **registre).registre
        self.session.registre = changed
        self.session.screen.seconds = changed.step_seconds
        self.page.set_default_timeout(changed.step_seconds * 1000)

    async def buy(self, row: JsonObject) -> Document:
        self.begin()
        return await fetch(self.session, orders.read(row), self, self.folder)

    async def pay(self, asked: LandOrder, press: Press) -> None:
        assert len(self.unsold) == len(self.paid), "the purchase before is still open"
        self.paid.append(asked)
        await press(CLICK_SECONDS)

    async def not_sold(self, error: NotSold) -> None:
        self.unsold.append(error.sentence)

    async def fails(self, row: JsonObject, *kinds: type[PoolError]) -> PoolError:
        """The one error that buying ends with."""
        with pytest.raises(kinds or PoolError) as caught:
            await self.buy(row)
        return caught.value

    async def buy_while(self, row: JsonObject, step: str, change: Callable[[], None]) -> Document:
        """Between the answer of a step and the next page something changes."""
        self.replica.fault("hang", step, when="after")
        buying = asyncio.create_task(self.buy(row))

        async def hangs_or_ended() -> bool:
            return buying.done() or bool(self.replica.steps().waiting.get(step))

        await async_until(hangs_or_ended, what=f"the step {step}")
        change()
        self.replica.release()
        return await buying

    @property
    def receipts(self) -> Receipts:
        """Of his account. Also checks what holds always: nobody ever orders a copy."""
        receipts, name = self.replica.till().since(self.before), self.session.account.username
        assert receipts.orders == []
        return Receipts(
            sales=[sale for sale in receipts.sales if sale.account == name],
            clicks=[click for click in receipts.clicks if click.account == name],
        )

    def reached(self, step: str) -> int:
        """How often, since he began to buy."""
        return self.replica.steps().reached.get(step, 0) - self.steps.reached.get(step, 0)

    @property
    def pressed(self) -> list[str]:
        return [click.button for click in self.receipts.clicks]

    @property
    def sold(self) -> list[Sale]:
        return self.receipts.sales


async def buyer_of(context: BrowserContext, replica: Replica, folder: Path) -> Buyer:
    """With a page of its own in a session that is logged in."""
    screen = await Screen.opened(context, SECONDS, names.WHERE)
    return Buyer(Session(screen, account(), settings_for(replica)), replica, folder)


@asynccontextmanager
async def buying(browser: Browser, replica: Replica, folder: Path, number: int = 1) -> AsyncIterator[Buyer]:
    """Who logs in for himself. `number`: of the account."""
    context = await browser.new_context()
    try:
        yield Buyer(await opened(context, replica, account(number)), replica, folder)
    finally:
        await context.close()


@asynccontextmanager
async def several(browser: Browser, replica: Replica, folder: Path) -> AsyncIterator[list[Buyer]]:
    """One of each account."""
    async with AsyncExitStack() as stack:
        buyers = []
        for number in range(1, len(ACCOUNTS) + 1):
            own = folder / str(number)
            own.mkdir()
            buyers.append(await stack.enter_async_context(buying(browser, replica, own, number)))
        yield buyers


async def at_once(
    buyers: Sequence[Buyer], cases: Iterable[str], check: Callable[[Buyer, str], Awaitable[None]]
) -> None:
    """Each case by one of them, as soon as he is free."""
    left = [*cases]

    async def work(buyer: Buyer) -> None:
        while left:
            case = left.pop(0)
            try:
                await check(buyer, case)
            except BaseException as error:
                error.add_note(f"the case: {case}")
                raise

    async with asyncio.TaskGroup() as group:
        for buyer in buyers:
            group.create_task(work(buyer))


def file_of(sale: Sale) -> bytes:
    """What the register keeps of it."""
    return papers.bytes_of(Paper(asked=sale.asked, title=sale.title))
