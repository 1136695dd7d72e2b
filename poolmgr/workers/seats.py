"""The sessions of one child with the land registry: each with its account, kept between jobs while used."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

from playwright.async_api import BrowserContext, Error

from poolmgr.config.settings import Settings
from poolmgr.domain.errors import AccountRefused, NotSold, OrderError, Outage, PoolError, Unreadable
from poolmgr.domain.ports import Accounts
from poolmgr.domain.purchases import Account, AccountResult
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.foncier.session import Session
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.tasks import Tasks
from poolmgr.workers.trouble import within

CLOSE_SECONDS = 5.0
MOST_ACCOUNTS_TRIED = 3
HARMLESS = (OrderError, Unreadable)
"""After these a session is as good as before."""


class NoAccount(Outage):
    """Every account of the registry is in use, was refused, or is switched off."""


@dataclass(eq=False, kw_only=True)
class Seat:
    """One session, and the account that it is logged in with. lost: the account is lent to us no longer.

    used_at: of `time.monotonic`.
    """

    lease_id: str
    browser: Browser
    context: BrowserContext
    session: Session
    used_at: float = field(default_factory=time.monotonic)
    lost: bool = False

    @property
    def is_good(self) -> bool:
        """Whether another job may have it."""
        return not self.lost and not self.browser.lost and not self.browser.is_old


class Seats:
    """`browsers` makes a browser that is not started yet. Made inside a running event loop."""

    def __init__(
        self,
        settings: Settings,
        accounts: Accounts,
        browsers: Callable[[], Browser],
        *,
        worker: str,
        host: str,
        pipe: Pipe,
    ) -> None:
        self.settings = settings
        self.accounts = accounts
        self.browsers = browsers
        self.worker = worker
        self.host = host
        self.pipe = pipe
        self.browser: Browser | None = None
        self.starting = asyncio.Lock()
        self.idle: list[Seat] = []
        self.in_use: set[Seat] = set()
        self.returned = asyncio.Event()
        self.closing = Tasks()
        self.used_at = time.monotonic()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[Session]:
        """A session that is logged in. Raises NoAccount, SiteDown, SiteChanged, BrowserLost, NotAvailable.

        Giving it back never waits: what was bought with it is not safe yet.
        """
        seat = await self.take()
        try:
            yield seat.session
        except BaseException as error:
            self.put_back(seat, good=is_harmless(error))
            raise
        self.put_back(seat, good=True)

    async def take(self) -> Seat:
        browser = await self.ready_browser()
        while self.idle:
            seat = self.idle.pop()
            if seat.is_good:
                self.in_use.add(seat)
                return seat
            self.closing.start(self.close_seat(seat, "ok"))
        seat = await self.open_seat(browser)
        self.in_use.add(seat)
        return seat

    def put_back(self, seat: Seat, *, good: bool) -> None:
        seat.used_at = self.used_at = time.monotonic()
        seat.browser.documents += 1
        self.in_use.discard(seat)
        if good and seat.is_good:
            self.idle.append(seat)
        else:
            self.closing.start(self.close_seat(seat, "ok" if good else "released"))
        self.returned.set()

    async def ready_browser(self) -> Browser:
        """Started and proven; a new one where the last was lost, or has shown enough documents."""
        async with self.starting:
            while self.browser is not None and self.browser.is_old and self.in_use and not self.browser.lost:
                self.returned.clear()
                await self.returned.wait()
            if self.browser is not None and (self.browser.lost or self.browser.is_old):
                await self.close_browser()
            if self.browser is None:
                browser = self.browsers()
                await browser.start()
                self.browser = browser
                self.pipe.event("browser.started", version=browser.version, sandboxed=browser.sandboxed)
            self.used_at = time.monotonic()
            return self.browser

    async def open_seat(self, browser: Browser) -> Seat:
        """With the first account that is let in; one that is refused is not tried again by this job."""
        refused = ""
        for _ in range(MOST_ACCOUNTS_TRIED):
            lease_id = str(uuid4())
            account = await self.lease(lease_id)
            if account is None:
                break
            try:
                return await self.logged_in(browser, lease_id, account)
            except AccountRefused as error:
                refused = str(error)
                self.pipe.event("account.refused", account=account.username, error=error.sentence)
        raise NoAccount(
            refused or "No account of the land registry is free.",
            advice="" if refused else "worker_accounts: is_active, failure_count below 3, one a session.",
        )

    async def logged_in(self, browser: Browser, lease_id: str, account: Account) -> Seat:
        """However it fails, the account goes back."""
        result: AccountResult = "released"
        context: BrowserContext | None = None
        try:
            context = await browser.new_context()
            session = await Session.opened(context, account, self.settings)
        except BaseException as error:
            if isinstance(error, AccountRefused):
                result = "login_failed"
            if context is not None:
                self.closing.start(close_context(context, browser))
            await self.give_back(lease_id, result)
            raise
        return Seat(lease_id=lease_id, browser=browser, context=context, session=session)

    async def lease(self, lease_id: str) -> Account | None:
        queue = self.settings.queue
        call = self.accounts.lease(lease_id, "land", self.worker, self.host, queue.lease_seconds)
        return await within(queue.call_timeout_seconds, call)

    async def give_back(self, lease_id: str, result: AccountResult) -> None:
        """What cannot be said now is said by the lease's own end."""
        with suppress(PoolError):
            await within(self.settings.queue.call_timeout_seconds, self.accounts.give_back(lease_id, result))

    async def close_seat(self, seat: Seat, result: AccountResult) -> None:
        await close_context(seat.context, seat.browser)
        await self.give_back(seat.lease_id, result)

    async def close_browser(self) -> None:
        """With every session that is not in use."""
        browser, self.browser = self.browser, None
        for seat in self.idle:
            self.closing.start(self.give_back(seat.lease_id, "ok"))
        self.idle.clear()
        if browser is not None:
            await browser.close()

    def condemn_browser(self) -> None:
        """It hangs or died: the next job gets another one."""
        if self.browser is not None:
            self.browser.condemned = True

    async def keep(self) -> None:
        """Keeps the accounts ours, and closes what nobody uses; until cancelled."""
        renew, idle = self.settings.queue.renew_seconds, self.settings.registre.idle_close_seconds
        while True:
            await asyncio.sleep(min(renew, idle / 2))
            await self.renew()
            await self.close_unused(idle)

    async def renew(self) -> None:
        for seat in (*self.in_use, *self.idle):
            with suppress(PoolError):  # asked again in time; if not, another may take it
                seat.lost = await self.lease(seat.lease_id) is None

    async def close_unused(self, seconds: float) -> None:
        now = time.monotonic()
        for seat in [one for one in self.idle if not one.is_good or now - one.used_at >= seconds]:
            self.idle.remove(seat)
            self.closing.start(self.close_seat(seat, "ok"))
        if self.browser and not self.in_use and not self.idle and now - self.used_at >= seconds:
            async with self.starting:
                if not self.in_use and not self.idle:
                    await self.close_browser()

    async def prove(self) -> None:
        """Raises what `ready_browser` raises."""
        await self.ready_browser()

    async def close(self) -> None:
        """On the way out; what does not close in time dies with this process."""
        leases = [seat.lease_id for seat in (*self.idle, *self.in_use)]
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.gather(*(self.give_back(lease, "ok") for lease in leases))
        if self.browser is not None:
            await self.browser.close()


def is_harmless(error: BaseException) -> bool:
    return isinstance(error, HARMLESS) or (isinstance(error, NotSold) and error.final)


async def close_context(context: BrowserContext, browser: Browser) -> None:
    """A browser that cannot even close a session hangs."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await context.close()
    except Error:
        return
    except TimeoutError:
        browser.condemned = True
