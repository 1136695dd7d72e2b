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
from poolmgr.workers.trouble import within

CLOSE_SECONDS = 5.0
MOST_ACCOUNTS_TRIED = 3
HARMLESS = (OrderError, Unreadable)
"""After these a session is as good as before."""


class NoAccount(Outage):
    """Every account of the registry is in use, was refused, or is switched off."""


@dataclass(eq=False, kw_only=True)
class Seat:
    """One session and the account that it is logged in with. Times are of `time.monotonic`."""

    lease_id: str
    context: BrowserContext
    session: Session
    used_at: float = field(default_factory=time.monotonic)
    lost: bool = False


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
        self.idle: list[Seat] = []
        self.in_use: set[Seat] = set()
        self.changed = asyncio.Condition()
        self.used_at = time.monotonic()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[Session]:
        """A session that is logged in. Raises NoAccount, SiteDown, SiteChanged, BrowserLost, NotAvailable."""
        seat = await self.take()
        try:
            yield seat.session
        except BaseException as error:
            await self.put_back(seat, good=is_harmless(error))
            raise
        await self.put_back(seat, good=True)

    async def take(self) -> Seat:
        async with self.changed:
            browser = await self.ready_browser()
            while self.idle:
                seat = self.idle.pop()
                if not seat.lost:
                    self.in_use.add(seat)
                    return seat
                await self.close_seat(seat, "released")
            seat = await self.open_seat(browser)
            self.in_use.add(seat)
            return seat

    async def ready_browser(self) -> Browser:
        """Started and proven; a new one where the last was lost, or has shown enough documents."""
        while self.browser is not None and (self.browser.lost or self.browser.is_old):
            if self.browser.lost or not self.in_use:
                await self.close_browser()
            else:
                await self.changed.wait()
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
            context = await self.context_for(browser, lease_id)
            try:
                session = await Session.opened(context, account, self.settings)
            except AccountRefused as error:
                refused = error.sentence
                self.pipe.event("account.refused", account=account.username, error=error.sentence)
                await self.give_up(context, lease_id, "login_failed")
            except BaseException:
                await self.give_up(context, lease_id, "released")
                raise
            else:
                return Seat(lease_id=lease_id, context=context, session=session)
        raise NoAccount(
            refused or "No account of the land registry is free.",
            advice="See worker_accounts: is_active, and failure_count below 3; one for each session.",
        )

    async def context_for(self, browser: Browser, lease_id: str) -> BrowserContext:
        try:
            return await browser.new_context()
        except BaseException:
            await self.give_back(lease_id, "released")
            raise

    async def lease(self, lease_id: str) -> Account | None:
        queue = self.settings.queue
        call = self.accounts.lease(lease_id, "land", self.worker, self.host, queue.lease_seconds)
        return await within(queue.call_timeout_seconds, call)

    async def give_up(self, context: BrowserContext, lease_id: str, result: AccountResult) -> None:
        await close_context(context)
        await self.give_back(lease_id, result)

    async def give_back(self, lease_id: str, result: AccountResult) -> None:
        """What cannot be said now is said by the lease's own end."""
        with suppress(PoolError):
            await within(self.settings.queue.call_timeout_seconds, self.accounts.give_back(lease_id, result))

    async def put_back(self, seat: Seat, *, good: bool) -> None:
        seat.used_at = self.used_at = time.monotonic()
        async with self.changed:
            self.in_use.discard(seat)
            if self.browser is not None:
                self.browser.documents += 1
            if good and not seat.lost and self.browser is not None and not self.browser.is_old:
                self.idle.append(seat)
            else:
                await self.close_seat(seat, "ok" if good else "released")
            self.changed.notify_all()

    async def close_seat(self, seat: Seat, result: AccountResult) -> None:
        await self.give_up(seat.context, seat.lease_id, result)

    async def close_browser(self) -> None:
        """With every session that is not in use."""
        while self.idle:
            await self.close_seat(self.idle.pop(), "ok")
        browser, self.browser = self.browser, None
        if browser is not None:
            await browser.close()

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
        async with self.changed:
            now = time.monotonic()
            for seat in [one for one in self.idle if one.lost or now - one.used_at >= seconds]:
                self.idle.remove(seat)
                await self.close_seat(seat, "ok")
            if not self.in_use and not self.idle and now - self.used_at >= seconds:
                await self.close_browser()

    async def prove(self) -> None:
        """Raises what `ready_browser` raises."""
        async with self.changed:
            await self.ready_browser()

    async def close(self) -> None:
        """On the way out; what does not close in time dies with this process."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                for seat in self.idle:
                    await self.give_back(seat.lease_id, "ok")
        if self.browser is not None:
            await self.browser.close()


def is_harmless(error: BaseException) -> bool:
    return isinstance(error, HARMLESS) or (isinstance(error, NotSold) and error.final)


async def close_context(context: BrowserContext) -> None:
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await context.close()
