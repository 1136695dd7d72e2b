"""The sessions of one child with the registries: each with its account, kept between jobs while used."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

from pydantic import SecretStr

from poolmgr.config.settings import Settings
from poolmgr.config.sites import HERE
from poolmgr.domain.errors import NotSold, PoolError, StoreUnreachable
from poolmgr.domain.ports import Accounts
from poolmgr.domain.purchases import AccountResult
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.foncier.session import Session
from poolmgr.workers.browsing import Browsing
from poolmgr.workers.entrance import MOST_ACCOUNTS_TRIED, Entrance, NoAccount
from poolmgr.workers.failing import Failing
from poolmgr.workers.lending import Lender, Search
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.seat import (
    CLOSE_SECONDS,
    Door,
    S,
    Seat,
    close_context,
    condemn,
    is_harmless,
    result_of,
)
from poolmgr.workers.tasks import Tasks
from poolmgr.workers.trouble import boottime

Cost: TypeAlias = Callable[[], int | None]
"""Cents that a search has cost, or may have; None = nothing was bought."""


class Seats:
    """`browsers` makes a browser that is not started yet: a hosted one at an address, or, without one, one of
    this machine. Made inside a running event loop.

    land: the door of the land registry. browsings: by address. entrance: where sessions are opened.
    """

    def __init__(
        self,
        settings: Settings,
        accounts: Accounts,
        browsers: Callable[[SecretStr], Browser],
        *,
        worker: str,
        host: str,
        pipe: Pipe,
        failing: Failing | None = None,
    ) -> None:
        self.settings = settings
        self.lender = Lender(accounts, settings.queue, worker=worker, host=host)
        self.browsers = browsers
        self.pipe = pipe
        self.failing = failing
        self.browsings: dict[str, Browsing] = {}
        self.idle: list[Seat] = []
        self.in_use: set[Seat] = set()
        self.closing = Tasks()
        self.entrance = Entrance(
            settings.queue, self.lender, pipe=pipe, closing=self.closing, failing=failing
        )
        self.land: Door[Session] = Door(
            registry="land",
            site=settings.foncier,
            table="foncier",
            opened=lambda context, account: Session.opened(context, account, settings),
            idle_seconds=settings.registre.idle_close_seconds,
            title="the land registry",
            advice="worker_accounts: is_active, failure_count below 3, one a session.",
        )

    def browsing(self, address: SecretStr = HERE) -> Browsing:
        """The one browser at that address; without one, of this machine."""
        found = self.browsings.get(address.get_secret_value())
        if found is None:
            found = Browsing(
                lambda: self.browsers(address),
                pipe=self.pipe,
                closing=self.closing,
                forget=self.forget,
                failing=self.failing,
            )
            self.browsings[address.get_secret_value()] = found
        return found

    @property
    def count(self) -> int:
        """So many jobs can have one at a time, as long as no other account is free."""
        return len(self.in_use) + len(self.idle) + len(self.entrance.opening)

    @property
    def believed(self) -> int:
        """Those whose account may be believed ours without asking."""
        return sum(seat.is_good for seat in (*self.in_use, *self.idle))

    @asynccontextmanager
    async def taken(self, cost: Cost | None = None) -> AsyncIterator[Session]:
        """As `entered`, with the land registry."""
        async with self.entered(self.land, cost) as session:
            yield session

    @asynccontextmanager
    async def entered(self, door: Door[S], cost: Cost | None = None) -> AsyncIterator[S]:
        """A session that is logged in and may begin a search; `cost`: what that has cost in the end.

        Raises NoAccount, SiteDown, SiteChanged, BrowserLost, NotAvailable. Giving it back never waits: what
        was bought with it is not safe yet.
        """
        seat, search = await self.admitted(door)
        try:
            yield seat.session
        except BaseException as error:
            await self.entrance.keep_failure(seat.context, error, door, seat.session.account)
            condemn(seat.browser, error)
            good = is_harmless(error) and not door.worn(seat.session)
            self.count_search(seat, search, nothing if isinstance(error, NotSold) else cost)
            self.put_back(seat, good=good, result=result_of(error))
            raise
        self.count_search(seat, search, cost)
        self.put_back(seat, good=not door.worn(seat.session))

    async def admitted(self, door: Door[Any]) -> tuple[Seat, Search]:
        """A session whose account may begin one more search; it rests before, if it has to."""
        for _ in range(MOST_ACCOUNTS_TRIED):
            seat, search = await self.take(door), Search()
            try:
                leave = await self.lender.may_begin(seat, search)
            except StoreUnreachable as error:
                self.put_back(seat, good=True)
                raise self.entrance.silent(door, error) from None
            except BaseException:
                self.put_back(seat, good=True)
                raise
            if leave.answer == "go":
                return seat, search
            seat.lost = leave.answer == "lost"
            self.put_back(seat, good=False, result="ok")
        raise NoAccount(f"No account of {door.title} may search now.", advice=door.advice)

    def count_search(self, seat: Seat, search: Search, cost: Cost | None) -> None:
        """Only what the database does not know, or believes otherwise."""
        cents = cost() if cost else 0
        supposed = seat.door.limits()["price_cents"]
        if not search.told or (cost and cents != supposed):
            telling = self.lender.tell(seat, search, int(cents is not None), cents or 0)
            self.closing.start(telling)

    async def take(self, door: Door[Any] | None = None) -> Seat:
        """Without a door the land registry's."""
        door = door or self.land
        browsing = self.browsing(door.site.cdp_url)
        browser = await browsing.begin()
        try:
            while fitting := [seat for seat in self.idle if seat.door is door]:
                seat = fitting[-1]
                self.idle.remove(seat)
                if seat.is_good:
                    break
                self.entrance.retire(self.close_seat(seat, "ok"))
            else:
                seat = await self.entrance.opened(browser, door)
        except BaseException:
            browsing.end()
            raise
        self.in_use.add(seat)
        return seat

    def put_back(self, seat: Seat, *, good: bool, result: AccountResult = "released") -> None:
        """result: what is said of the account when its session is not good any more."""
        seat.used_at = time.monotonic()
        seat.browser.documents += 1
        self.in_use.discard(seat)
        if good and seat.is_good:
            self.idle.append(seat)
        else:
            self.entrance.retire(self.close_seat(seat, "ok" if good else result))
        self.browsing(seat.door.site.cdp_url).end()

    async def close_seat(self, seat: Seat, result: AccountResult) -> None:
        await close_context(seat.context, seat.browser)
        await self.lender.give_back(seat.lease_id, result)

    def forget(self, browser: Browser) -> None:
        """It closes: every session that is not in use is gone with it."""
        for seat in [one for one in self.idle if one.browser is browser]:
            self.idle.remove(seat)
            self.entrance.retire(self.lender.give_back(seat.lease_id, "ok"))

    async def keep(self) -> None:
        """Keeps the accounts ours, and closes what nobody uses; until cancelled."""
        renew, idle = self.settings.queue.renew_seconds, self.settings.registre.idle_close_seconds
        while True:
            await asyncio.sleep(min(renew, idle / 2))
            await self.renew()
            await self.close_unused(idle)

    async def renew(self) -> None:
        """All at once: none waits for another's answer."""
        opening = [(lease_id, door) for lease_id, door in self.entrance.opening.items() if door]
        lent = [self.lender.lease(lease_id, door.registry, {}) for lease_id, door in opening]
        held = [self.confirm(seat) for seat in (*self.in_use, *self.idle)]
        await asyncio.gather(*lent, *held, return_exceptions=True)

    async def confirm(self, seat: Seat) -> None:
        sent = boottime()
        with suppress(PoolError):  # asked again in time; if not, another may take it
            if await self.lender.lease(seat.lease_id, seat.door.registry, {}) is None:
                seat.lost = True
            else:
                seat.lent_until = sent + self.settings.queue.self_fence_seconds

    async def close_unused(self, seconds: float) -> None:
        now = time.monotonic()
        for seat in [one for one in self.idle if not one.is_good or one.unused_for(now, seconds)]:
            self.idle.remove(seat)
            self.entrance.retire(self.close_seat(seat, "ok"))
        for browsing in [*self.browsings.values()]:
            if not any(seat.browser is browsing.browser for seat in self.idle):
                await browsing.close_unused(seconds)

    async def prove(self) -> None:
        """This machine's browser. Raises what `Browsing.ready` raises."""
        await self.browsing().ready()

    async def close(self) -> None:
        """On the way out, all at once; what does not close in time dies with this process."""
        for seat in (*self.idle, *self.in_use):
            self.closing.start(self.lender.give_back(seat.lease_id, "ok"))
        for browsing in self.browsings.values():
            if browsing.browser is not None:
                self.closing.start(browsing.browser.close())
                browsing.browser = None
        if self.closing.running:
            await asyncio.wait([*self.closing.running], timeout=CLOSE_SECONDS)


def nothing() -> None:
    """What a search cost that brought nothing."""
