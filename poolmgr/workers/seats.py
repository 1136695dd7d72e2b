"""The sessions of one child with the registries: each with its account, kept between jobs while used."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from playwright.async_api import BrowserContext

from poolmgr.config.settings import Settings
from poolmgr.domain.errors import (
    AccountInUse,
    AccountRefused,
    BrowserLost,
    Outage,
    PoolError,
    StoreError,
    StoreUnreachable,
)
from poolmgr.domain.ports import Accounts
from poolmgr.domain.purchases import Account, AccountResult, Registry
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.foncier.session import Session
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.seat import (
    CLOSE_SECONDS,
    Door,
    S,
    Seat,
    close_context,
    condemn,
    is_harmless,
    is_spent,
    result_of,
)
from poolmgr.workers.tasks import Tasks
from poolmgr.workers.trouble import boottime, within

MOST_ACCOUNTS_TRIED = 3


class NoAccount(Outage):
    """Every account of the registry is in use, was refused, or is switched off."""


class LoginRefused(NoAccount):
    """The registry does not let the account in that there was."""


class LenderSilent(NoAccount):
    """The database that lends the accounts does not answer."""


class Seats:
    """`browsers` makes a browser that is not started yet. Made inside a running event loop.

    land: the door of the land registry. opening: sessions that are being logged in, by lease; the registry
    whose account is lent for it already.
    retiring: good accounts on their way back. visits: sessions without an account.
    """

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
        self.opening: dict[str, Registry | None] = {}
        self.returned = asyncio.Event()
        self.closing = Tasks()
        self.retiring: set[asyncio.Task[None]] = set()
        self.visits = 0
        self.used_at = time.monotonic()
        self.land: Door[Session] = Door(
            registry="land",
            opened=lambda context, account: Session.opened(context, account, settings),
            idle_seconds=settings.registre.idle_close_seconds,
            title="the land registry",
            advice="worker_accounts: is_active, failure_count below 3, one a session.",
        )

    @property
    def count(self) -> int:
        """So many jobs can have one at a time, as long as no other account is free."""
        return len(self.in_use) + len(self.idle) + len(self.opening)

    @property
    def believed(self) -> int:
        """Those whose account may be believed ours without asking."""
        return sum(seat.is_good for seat in (*self.in_use, *self.idle))

    @property
    def is_busy(self) -> bool:
        return bool(self.in_use or self.opening or self.visits)

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[Session]:
        """As `entered`, with the land registry."""
        async with self.entered(self.land) as session:
            yield session

    @asynccontextmanager
    async def entered(self, door: Door[S]) -> AsyncIterator[S]:
        """A session that is logged in. Raises NoAccount, SiteDown, SiteChanged, BrowserLost, NotAvailable.

        Giving it back never waits: what was bought with it is not safe yet.
        """
        seat = await self.take(door)
        try:
            yield seat.session
        except BaseException as error:
            condemn(seat.browser, error)
            good = is_harmless(error) and not door.worn(seat.session)
            self.put_back(seat, good=good, result=result_of(error))
            raise
        self.put_back(seat, good=not door.worn(seat.session))

    @asynccontextmanager
    async def visiting(self) -> AsyncIterator[BrowserContext]:
        """A session of the browser without an account, gone afterwards. Raises BrowserLost, NotAvailable."""
        browser = await self.ready_browser()
        self.visits += 1
        try:
            context = await browser.new_context()
            try:
                yield context
            finally:
                self.closing.start(close_context(context, browser))
        except BaseException as error:
            condemn(browser, error)
            raise
        finally:
            browser.documents += 1
            self.visits -= 1
            self.used_at = time.monotonic()
            self.returned.set()

    async def take(self, door: Door[Any] | None = None) -> Seat:
        """Without a door the land registry's."""
        door = door or self.land
        browser = await self.ready_browser()
        while fitting := [seat for seat in self.idle if seat.door is door]:
            seat = fitting[-1]
            self.idle.remove(seat)
            if seat.is_good:
                self.in_use.add(seat)
                return seat
            self.retire(self.close_seat(seat, "ok"))
        seat = await self.open_seat(browser, door)
        self.in_use.add(seat)
        return seat

    def put_back(self, seat: Seat, *, good: bool, result: AccountResult = "released") -> None:
        """result: what is said of the account when its session is not good any more."""
        seat.used_at = self.used_at = time.monotonic()
        seat.browser.documents += 1
        self.in_use.discard(seat)
        if good and seat.is_good:
            self.idle.append(seat)
        else:
            self.retire(self.close_seat(seat, "ok" if good else result))
        self.returned.set()

    def retire(self, going: Coroutine[None, None, None]) -> None:
        task = self.closing.start(going)
        self.retiring.add(task)
        task.add_done_callback(self.retiring.discard)

    async def ready_browser(self) -> Browser:
        """Started and proven; a new one where the last was lost, or has shown enough documents.

        Whoever still uses that one ends first: what he paid for may be on its way.
        """
        async with self.starting:
            while self.browser is not None and is_spent(self.browser) and self.is_busy:
                self.returned.clear()
                await self.returned.wait()
            if self.browser is not None and is_spent(self.browser):
                await self.close_browser()
            if self.browser is None:
                self.browser = await self.started()
            self.used_at = time.monotonic()
            return self.browser

    async def started(self) -> Browser:
        browser = self.browsers()
        try:
            await browser.start()
        except OSError as error:
            raise BrowserLost(f"The browser cannot be prepared: {error}") from error
        self.pipe.event("browser.started", version=browser.version, sandboxed=browser.sandboxed)
        return browser

    async def open_seat(self, browser: Browser, door: Door[Any]) -> Seat:
        """With the first account that is let in; one that is refused is not tried again by this job."""
        spent: dict[str, AccountResult] = {}
        why = NoAccount(f"No account of {door.title} is free.", advice=door.advice)
        try:
            for _ in range(MOST_ACCOUNTS_TRIED):
                lease_id = str(uuid4())
                spent[lease_id] = "released"
                coming = [*self.retiring]  # also what came back while it was asked: it may be free by now
                try:
                    seat = await self.seated(browser, door, lease_id)
                except AccountRefused as error:
                    spent[lease_id] = "login_failed"
                    why = LoginRefused(str(error))
                except AccountInUse as error:  # no fault of its own; another may be free
                    why = NoAccount(str(error))
                except StoreError as error:  # this one's name or password cannot be used
                    self.pipe.event("account.refused", account="", error=error.sentence)
                    why = NoAccount(str(error))
                except StoreUnreachable as error:
                    why = LenderSilent(
                        f"No account of {door.title} can be had: the database of environment "
                        f"{self.accounts.environment} does not answer ({error.sentence})"
                    )
                    break
                else:
                    del spent[lease_id]
                    if seat is not None:
                        return seat
                    if not coming:
                        break
                    await asyncio.wait(coming)
            raise why
        finally:
            # Not before the end: the next lease would bring the same account.
            for lease_id, result in spent.items():
                start = self.closing.start if result == "login_failed" else self.retire
                start(self.give_back(lease_id, result))

    async def seated(self, browser: Browser, door: Door[Any], lease_id: str) -> Seat | None:
        """None = no account is free."""
        self.opening[lease_id] = None
        try:
            sent = boottime()
            account = await self.lease(lease_id, door.registry)
            if account is None:
                return None
            self.opening[lease_id] = door.registry
            return await self.logged_in(browser, door, lease_id, door.login(account), sent)
        finally:
            del self.opening[lease_id]
            self.returned.set()

    async def logged_in(
        self, browser: Browser, door: Door[Any], lease_id: str, account: Account, sent: float
    ) -> Seat:
        context: BrowserContext | None = None
        try:
            context = await browser.new_context()
            session = await door.opened(context, account)
        except BaseException as error:
            condemn(browser, error)
            if isinstance(error, AccountRefused):
                self.pipe.event("account.refused", account=account.username, error=error.sentence)
            if context is not None:
                self.closing.start(close_context(context, browser))
            raise
        return Seat(
            door=door,
            lease_id=lease_id,
            browser=browser,
            context=context,
            session=session,
            lent_until=sent + self.settings.queue.self_fence_seconds,
        )

    async def lease(self, lease_id: str, registry: Registry) -> Account | None:
        queue = self.settings.queue
        call = self.accounts.lease(lease_id, registry, self.worker, self.host, queue.lease_seconds)
        return await within(queue.call_timeout_seconds, call)

    async def give_back(self, lease_id: str, result: AccountResult) -> None:
        """What cannot be said now is said by the lease's own end."""
        with suppress(PoolError):
            await within(self.settings.queue.call_timeout_seconds, self.accounts.give_back(lease_id, result))

    async def lender_answers(self) -> bool:
        """Gives back what was never lent: nothing is changed by that. A refusal is an answer too."""
        try:
            call = self.accounts.give_back(str(uuid4()), "released")
            await within(self.settings.queue.call_timeout_seconds, call)
        except StoreUnreachable:
            return False
        except StoreError:
            return True
        return True

    async def close_seat(self, seat: Seat, result: AccountResult) -> None:
        await close_context(seat.context, seat.browser)
        await self.give_back(seat.lease_id, result)

    async def close_browser(self) -> None:
        """With every session that is not in use."""
        browser, self.browser = self.browser, None
        for seat in self.idle:
            self.retire(self.give_back(seat.lease_id, "ok"))
        self.idle.clear()
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
        """All at once: none waits for another's answer."""
        lent = [self.lease(lease_id, registry) for lease_id, registry in self.opening.items() if registry]
        held = [self.confirm(seat) for seat in (*self.in_use, *self.idle)]
        await asyncio.gather(*lent, *held, return_exceptions=True)

    async def confirm(self, seat: Seat) -> None:
        sent = boottime()
        with suppress(PoolError):  # asked again in time; if not, another may take it
            if await self.lease(seat.lease_id, seat.door.registry) is None:
                seat.lost = True
            else:
                seat.lent_until = sent + self.settings.queue.self_fence_seconds

    async def close_unused(self, seconds: float) -> None:
        now = time.monotonic()
        for seat in [one for one in self.idle if not one.is_good or one.unused_for(now, seconds)]:
            self.idle.remove(seat)
            self.retire(self.close_seat(seat, "ok"))
        unused = not self.is_busy and not self.idle and now - self.used_at >= seconds
        if self.browser is not None and unused and not self.starting.locked():
            async with self.starting:
                await self.close_browser()

    async def prove(self) -> None:
        """Raises what `ready_browser` raises."""
        await self.ready_browser()

    async def close(self) -> None:
        """On the way out, all at once; what does not close in time dies with this process."""
        browser, self.browser = self.browser, None
        for seat in (*self.idle, *self.in_use):
            self.closing.start(self.give_back(seat.lease_id, "ok"))
        if browser is not None:
            self.closing.start(browser.close())
        if self.closing.running:
            await asyncio.wait([*self.closing.running], timeout=CLOSE_SECONDS)
