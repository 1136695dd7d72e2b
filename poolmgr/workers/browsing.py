"""One browser under a child's sessions: started when needed, proven, replaced when it is lost or old."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from playwright.async_api import BrowserContext

from poolmgr.domain.errors import BrowserLost
from poolmgr.registries.browser.driver import Browser
from poolmgr.workers.failing import Failing
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.seat import close_context, condemn, is_spent
from poolmgr.workers.tasks import Tasks


class Browsing:
    """`make` makes a browser that is not started yet; `forget` hears that all idle sessions of it end.

    users: jobs that have it, or are about to log in with it. used_at: of `time.monotonic`.
    """

    def __init__(
        self,
        make: Callable[[], Browser],
        *,
        pipe: Pipe,
        closing: Tasks,
        forget: Callable[[Browser], None],
        failing: Failing | None = None,
    ) -> None:
        self.make = make
        self.pipe = pipe
        self.closing = closing
        self.forget = forget
        self.failing = failing
        self.browser: Browser | None = None
        self.starting = asyncio.Lock()
        self.ended = asyncio.Event()
        self.users = 0
        self.used_at = time.monotonic()

    async def ready(self) -> Browser:
        """Started and proven; a new one where the last was lost, or has shown enough documents.

        Whoever still uses that one ends first: what he paid for may be on its way. Raises BrowserLost,
        NotAvailable.
        """
        async with self.starting:
            while self.browser is not None and is_spent(self.browser) and self.users:
                self.ended.clear()
                await self.ended.wait()
            if self.browser is not None and is_spent(self.browser):
                await self.close()
            if self.browser is None:
                self.browser = await self.started()
            self.used_at = time.monotonic()
            return self.browser

    async def begin(self) -> Browser:
        """As `ready`, and it is used until `end`."""
        browser = await self.ready()
        self.users += 1
        return browser

    def end(self) -> None:
        self.users -= 1
        self.used_at = time.monotonic()
        self.ended.set()

    async def started(self) -> Browser:
        browser = self.make()
        try:
            await browser.start()
        except OSError as error:
            raise BrowserLost(f"The browser cannot be prepared: {error}") from error
        self.pipe.event(
            "browser.started", version=browser.version, sandboxed=browser.sandboxed, hosted=browser.hosted
        )
        return browser

    @asynccontextmanager
    async def visiting(self) -> AsyncIterator[BrowserContext]:
        """A session without an account, gone afterwards. Raises BrowserLost, NotAvailable."""
        browser = await self.begin()
        try:
            context = await browser.new_context()
            try:
                yield context
            except BaseException as error:
                if self.failing is not None:
                    await self.failing.keep(context, error)
                raise
            finally:
                self.closing.start(close_context(context, browser))
        except BaseException as error:
            condemn(browser, error)
            raise
        finally:
            browser.documents += 1
            self.end()

    async def close(self) -> None:
        """With every session that is not in use."""
        browser, self.browser = self.browser, None
        if browser is not None:
            self.forget(browser)
            await browser.close()

    async def close_unused(self, seconds: float) -> None:
        """Unless somebody is about to use it."""
        unused = not self.users and time.monotonic() - self.used_at >= seconds
        if self.browser is not None and unused and not self.starting.locked():
            async with self.starting:
                await self.close()
