"""One session with a registry: how it is opened, what keeps it good, and how it is closed."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from playwright.async_api import BrowserContext, Error

from poolmgr.config.sites import PaidSite
from poolmgr.domain.errors import (
    AccountRefused,
    BrowserLost,
    NotAvailable,
    NotSold,
    OrderError,
    Unreadable,
)
from poolmgr.domain.hours import day_of
from poolmgr.domain.json import JsonObject, number
from poolmgr.domain.purchases import Account, AccountResult, Leave, Registry
from poolmgr.registries.browser.driver import Browser
from poolmgr.workers.buying import AskedAlready, NotClicked
from poolmgr.workers.trouble import boottime
from poolmgr.workers.visits import TooMany

CLOSE_SECONDS = 5.0
HARMLESS = (OrderError, Unreadable, AskedAlready, NotClicked, NotSold, TooMany)
"""After these a session is as good as before."""


S = TypeVar("S")


@dataclass(frozen=True, eq=False, kw_only=True)
class Door(Generic[S]):
    """How a registry lets us in.

    opened: a session, logged in with an account. login: the account's name and password, when the database
    lends only the leave to use it. idle_seconds: an unused session is closed then. title: as sentences name
    the registry; advice: said while no account is free. site: its table of config.toml, which has the name
    `table`. secrets: that the site is told beside the login.
    """

    registry: Registry
    site: PaidSite
    table: str
    opened: Callable[[BrowserContext, Account], Awaitable[S]]
    idle_seconds: float
    title: str
    advice: str
    login: Callable[[Account], Account] = lambda account: account
    worn: Callable[[S], bool] = lambda _: False
    secrets: tuple[str, ...] = ()

    def limits(self) -> JsonObject:
        """Of one account, and the price of one more today, as the database that lends it takes them."""
        price = self.site.highest_price(self.registry, today())
        return self.site.account_limits.as_json() | {"price_cents": price}

    def spent(self, leave: Leave) -> str:
        """Why its accounts do no more today."""
        key = f"account_{leave.limit}_a_day"
        return (
            f"The accounts of {self.title} have done what one may do a day: {self.table}.{key} = "
            f"{getattr(self.site, key)}. It begins anew in {leave.seconds / 3600:.1f} h."
        )


@dataclass(eq=False, kw_only=True)
class Seat:
    """One session, and the account that it is logged in with.

    lent_until: of `boottime`; from then on another may hold the account, if nobody confirmed that it is ours.
    lost: it is ours no longer. used_at, searched_at: of `time.monotonic`. left: searches that it may still
    begin today, as far as the database has said.
    """

    door: Door[Any]
    lease_id: str
    browser: Browser
    context: BrowserContext
    session: Any
    lent_until: float
    used_at: float = field(default_factory=time.monotonic)
    lost: bool = False
    left: float = 0.0
    searched_at: float = -math.inf

    @property
    def is_good(self) -> bool:
        """Whether another job may have it."""
        lent = not self.lost and boottime() < self.lent_until
        return lent and not self.browser.lost and not self.browser.is_old

    def believed(self, limits: JsonObject) -> Leave:
        """What the database would say of one more search, were it to answer: the account is ours alone."""
        pause = self.searched_at + number(limits, "interval_seconds") - time.monotonic()
        if pause > 0:
            return Leave(answer="wait", seconds=pause)
        self.left -= 1
        return Leave(answer="go", left=self.left)

    def unused_for(self, now: float, seconds: float) -> bool:
        """For so long, or for as long as its registry lets a session rest."""
        return now - self.used_at >= min(seconds, self.door.idle_seconds)


def today() -> date:
    """Of the calendar by which registries ask for money, and days of a budget are counted."""
    return day_of(datetime.now(UTC))


def is_harmless(error: BaseException) -> bool:
    return isinstance(error, HARMLESS)


def result_of(error: BaseException) -> AccountResult:
    """What is said of the account of a session that ended so: one that logs in once more may be refused."""
    return "login_failed" if isinstance(error, AccountRefused) else "released"


def is_spent(browser: Browser) -> bool:
    return browser.lost or browser.is_old


def condemn(browser: Browser, error: BaseException) -> None:
    """One that died or hangs is replaced: this very one, for another may be in use by now."""
    if isinstance(error, BrowserLost | NotAvailable):
        browser.condemned = True


async def close_context(context: BrowserContext, browser: Browser) -> None:
    """A browser that cannot even close a session hangs."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await context.close()
    except Error:
        return
    except TimeoutError:
        browser.condemned = True
