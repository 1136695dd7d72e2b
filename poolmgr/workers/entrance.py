"""Opening sessions: an account is lent by the database and let in by the registry."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

from playwright.async_api import BrowserContext

from poolmgr.config.settings import QueueSettings
from poolmgr.domain.errors import AccountInUse, AccountRefused, Outage, StoreError, StoreUnreachable
from poolmgr.domain.purchases import Account, AccountResult, Leave
from poolmgr.registries.browser.driver import Browser
from poolmgr.workers.failing import Failing
from poolmgr.workers.lending import Lender
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.seat import Door, Seat, close_context, condemn
from poolmgr.workers.tasks import Tasks
from poolmgr.workers.trouble import boottime

MOST_ACCOUNTS_TRIED = 3


class NoAccount(Outage):
    """Every account of the registry is in use, was refused, or is switched off."""


class LoginRefused(NoAccount):
    """The registry does not let the account in that there was."""


class AccountsSpent(NoAccount):
    """Every account that there is has done what one may do a day."""


class LenderSilent(NoAccount):
    """The database that lends the accounts does not answer."""


class Entrance:
    """opening: sessions that are being logged in, by lease; the door whose account is lent for it already.
    retiring: good accounts on their way back; closing: whatever else goes on beside.
    """

    def __init__(
        self,
        queue: QueueSettings,
        lender: Lender,
        *,
        pipe: Pipe,
        closing: Tasks,
        failing: Failing | None = None,
    ) -> None:
        self.queue = queue
        self.lender = lender
        self.pipe = pipe
        self.closing = closing
        self.failing = failing
        self.opening: dict[str, Door[Any] | None] = {}
        self.retiring: set[asyncio.Task[None]] = set()

    def retire(self, going: Coroutine[None, None, None]) -> None:
        task = self.closing.start(going)
        self.retiring.add(task)
        task.add_done_callback(self.retiring.discard)

    async def opened(self, browser: Browser, door: Door[Any]) -> Seat:
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
                except (AccountInUse, StoreError) as error:  # elsewhere; or its login cannot be used
                    self.pipe.event("account.refused", account="", error=error.sentence)
                    why = NoAccount(str(error))
                except StoreUnreachable as error:
                    why = self.silent(door, error)
                    break
                else:
                    del spent[lease_id]
                    if isinstance(seat, Seat):
                        return seat
                    if seat is not None:
                        why = AccountsSpent(door.spent(seat))
                    if not coming:
                        break
                    await asyncio.wait(coming)
            raise self.said(door, why)
        finally:
            # Not before the end: the next lease would bring the same account.
            for lease_id, result in spent.items():
                start = self.closing.start if result == "login_failed" else self.retire
                start(self.lender.give_back(lease_id, result))

    def said(self, door: Door[Any], why: NoAccount) -> NoAccount:
        if isinstance(why, AccountsSpent):
            self.pipe.event("accounts.spent", registry=door.registry, error=why.sentence)
        return why

    def silent(self, door: Door[Any], error: StoreUnreachable) -> LenderSilent:
        return LenderSilent(
            f"No account of {door.title} can be had: the database of environment "
            f"{self.lender.environment} does not answer ({error.sentence})"
        )

    async def seated(self, browser: Browser, door: Door[Any], lease_id: str) -> Seat | Leave | None:
        """None = no account is free; a Leave: none may do more today."""
        self.opening[lease_id] = None
        try:
            sent = boottime()
            account = await self.lender.lease(lease_id, door.registry, door.limits())
            if account is None or isinstance(account, Leave):
                return account
            self.opening[lease_id] = door
            return await self.logged_in(browser, door, lease_id, door.login(account), sent)
        finally:
            del self.opening[lease_id]

    async def logged_in(
        self, browser: Browser, door: Door[Any], lease_id: str, account: Account, sent: float
    ) -> Seat:
        context: BrowserContext | None = None
        try:
            context = await browser.new_context()
            session = await door.opened(context, account)
        except BaseException as error:
            if context is not None:
                await self.keep_failure(context, error, door, account)
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
            lent_until=sent + self.queue.self_fence_seconds,
        )

    async def keep_failure(
        self, context: BrowserContext, error: BaseException, door: Door[Any], account: Account
    ) -> None:
        """What the pages show, before they are closed; raises nothing."""
        if self.failing is not None:
            await self.failing.keep(context, error, (account.username, account.password, *door.secrets))
