"""Browsers and sessions that are none: what counts is who holds which account, and when what is closed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from playwright.async_api import BrowserContext
from pydantic import SecretStr

from poolmgr.config.settings import Settings
from poolmgr.domain.errors import StoreUnreachable
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import JsonObject
from poolmgr.domain.ports import Accounts
from poolmgr.domain.purchases import Account, AccountResult, Leave, Registry
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.browser.workshop import Workshop
from poolmgr.registries.foncier.session import Session
from poolmgr.stores.accounts import DatabaseAccounts
from poolmgr.workers import seats as seats_module
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.seats import Seats
from tests.workers.purse import REFUSE, Purse
from tests.workers.stage import Parent, line


class Context:
    def __init__(self) -> None:
        self.closed = False
        self.error: Exception | None = None

    async def close(self) -> None:
        self.closed = True
        if self.error:
            raise self.error


class Shown(Browser):
    """A browser that only counts. alive: its process runs."""

    def __init__(self, settings: Settings, fails: list[Exception]) -> None:
        super().__init__(settings.registre, ["127.0.0.1"], Workshop(Path("nowhere"), "worker-1"))
        self.fails = fails
        self.alive = False
        self.closed = False
        self.contexts: list[Context] = []

    @property
    def lost(self) -> bool:
        return self.condemned or not self.alive

    async def start(self) -> None:
        await asyncio.sleep(0)
        if self.fails:
            raise self.fails.pop(0)
        self.alive = True

    async def new_context(self) -> BrowserContext:
        context = Context()
        self.contexts.append(context)
        return cast("BrowserContext", context)

    async def close(self) -> None:
        self.alive = False
        self.closed = True


@dataclass
class Visit:
    """What a session is here: an account that was let in."""

    account: Account


@dataclass
class Doorman:
    """Lets accounts in, or raises what stands for them; `waits`: nobody comes in before it is set."""

    refuses: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    waits: asyncio.Event | None = None

    async def opened(self, context: BrowserContext, account: Account, settings: Settings) -> Session:
        self.asked.append(account.username)
        if self.waits:
            await self.waits.wait()
        if error := self.refuses.get(account.username):
            raise error
        return cast("Session", Visit(account))


class LentAccounts(Accounts):
    """The database's accounts at the end of a line that may break or hang."""

    def __init__(self, accounts: DatabaseAccounts) -> None:
        self.accounts = accounts
        self.trouble = ""
        self.returns: list[AccountResult] = []
        self.hangs = False

    @property
    def environment(self) -> EnvironmentName:
        return self.accounts.environment

    async def lease(
        self,
        lease_id: str,
        registry: Registry,
        worker: str,
        host: str,
        lease_seconds: int,
        limits: JsonObject | None = None,
    ) -> Account | Leave | None:
        if self.trouble == REFUSE:
            raise StoreUnreachable("nobody there")
        return await self.accounts.lease(lease_id, registry, worker, host, lease_seconds, limits)

    async def use(self, lease_id: str, use_id: str, limits: JsonObject) -> Leave:
        if self.trouble == REFUSE:
            raise StoreUnreachable("nobody there")
        return await self.accounts.use(lease_id, use_id, limits)

    async def used(self, lease_id: str, use_id: str, documents: int, cents: int) -> str:
        if self.trouble == REFUSE:
            raise StoreUnreachable("nobody there")
        return await self.accounts.used(lease_id, use_id, documents, cents)

    async def give_back(self, lease_id: str, result: AccountResult) -> str:
        self.returns.append(result)
        if self.hangs:
            await asyncio.Event().wait()
        if self.trouble == REFUSE:
            raise StoreUnreachable("nobody there")
        return await self.accounts.give_back(lease_id, result)


@dataclass(kw_only=True)
class Hall:
    """Seats with everything around them."""

    seats: Seats
    purse: Purse
    accounts: LentAccounts
    doorman: Doorman
    browsers: list[Shown]
    fails: list[Exception]
    parent: Parent

    def add(self, *usernames: str) -> None:
        """Accounts, lent in this order."""
        for place, username in enumerate(usernames):
            self.purse.product.execute(
                "insert into public.worker_accounts (username, password, last_used) "
                "values (%s, 'secret', '2026-01-01'::timestamptz + make_interval(days => %s))",
                (username, place),
            )

    def closed(self) -> list[bool]:
        """Of each browser that was made, whether it was closed."""
        return [browser.closed for browser in self.browsers]

    def held(self) -> list[str]:
        """Accounts that are lent now."""
        rows = self.purse.product.execute(
            "select w.username from public.pool_account_leases l join public.worker_accounts w "
            "on w.id::text = l.account where l.ended_at is null and l.expires_at > now() order by 1"
        )
        return [str(username) for (username,) in rows]

    def failures(self, username: str) -> int:
        query = "select coalesce(failure_count, 0) as n from public.worker_accounts where username = %s"
        return int(str(self.purse.one(query, username)["n"]))

    async def all_closed(self) -> None:
        """What is given back beside has arrived."""
        while self.seats.closing.running:
            await asyncio.wait([*self.seats.closing.running])

    def events(self, name: str) -> list[JsonObject]:
        return self.parent.events(name)


@asynccontextmanager
async def hall(purse: Purse, monkeypatch: pytest.MonkeyPatch, **keys: float) -> AsyncIterator[Hall]:
    """keys: of the table `registre`, or as `foncier__account_cents_a_day`."""
    values: dict[str, dict[str, float]] = {
        "queue": {"renew_seconds": 0.1, "call_timeout_seconds": 5},
        "foncier": {"account_interval_seconds": 0, "searches_a_minute": 0},
    }
    for key, value in keys.items():
        table, _, name = key.rpartition("__")
        values.setdefault(table or "registre", {})[name] = value
    settings = Settings.model_validate(values)
    doorman = Doorman()
    monkeypatch.setattr(seats_module, "Session", doorman)
    made: list[Shown] = []
    fails: list[Exception] = []

    def browser(_: SecretStr) -> Shown:
        made.append(Shown(settings, fails))
        return made[-1]

    async with line() as (parent, pipe):
        accounts = LentAccounts(purse.accounts)
        seats = make(settings, accounts, browser, pipe)
        yield Hall(
            seats=seats,
            purse=purse,
            accounts=accounts,
            doorman=doorman,
            browsers=made,
            fails=fails,
            parent=parent,
        )
        running = [*seats.closing.running]
        for task in running if accounts.hangs else []:
            task.cancel()
        if running:
            await asyncio.wait(running)


def make(
    settings: Settings, accounts: Accounts, browser: Callable[[SecretStr], Browser], pipe: Pipe
) -> Seats:
    return Seats(settings, accounts, browser, worker="worker-1", host="here", pipe=pipe)
