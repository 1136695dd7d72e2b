"""The browser of one child: started through a chain that dies with it, shut off from all but its sites."""

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil
from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import BrowserContext, Error, Page, Playwright, async_playwright

from poolmgr.config.settings import RegistreSettings
from poolmgr.domain.errors import BrowserLost, NotAvailable, PoolError
from poolmgr.registries.browser.programs import find_chromium
from poolmgr.registries.browser.steps import first_line, step
from poolmgr.registries.browser.workshop import Workshop
from poolmgr.telemetry.events import CHILD_MARKER

CLOSE_SECONDS = 5.0
OUTSIDE = ("http://127.255.255.254:9999/", "http://outside.invalid:9999/")
"""Where no site of ours is: without the rule the first answers "refused", with it neither has a name."""

SHUT_OUT = "ERR_NAME_NOT_RESOLVED"
LOCALE, TIMEZONE, VIEWPORT = "fr-CA", "America/Toronto", (1280, 720)


class Browser:
    """Started with `start`, once; `lost` when it died, or was condemned because it hangs: make another."""

    def __init__(self, settings: RegistreSettings, hosts: Sequence[str], workshop: Workshop) -> None:
        self.settings = settings
        self.hosts = tuple(hosts)
        self.workshop = workshop
        self.playwright: Playwright | None = None
        self.browser: PlaywrightBrowser | None = None
        self.shell = False
        self.sandboxed = False
        self.version = ""
        self.condemned = False
        self.documents = 0
        self.started_at = time.monotonic()

    @property
    def lost(self) -> bool:
        return self.condemned or self.browser is None or not self.browser.is_connected()

    @property
    def is_old(self) -> bool:
        """Whether it should be started anew: a browser keeps memory of everything it showed."""
        age = time.monotonic() - self.started_at
        return self.documents >= self.settings.recycle_documents or age >= self.settings.recycle_seconds

    async def start(self) -> None:
        """Starts and proves it. Raises NotAvailable, BrowserLost."""
        chromium = find_chromium(self.settings.browser)
        self.shell = chromium.shell
        self.workshop.equip(chromium)
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(self.workshop.node)
        try:
            await self.launch()
            await self.prove()
        except BaseException:
            await self.close()
            raise
        finally:
            os.environ.pop("PLAYWRIGHT_NODEJS_PATH", None)

    async def launch(self) -> None:
        seconds = self.settings.launch_seconds
        async with step("Starting the browser's driver", seconds):
            self.playwright = await async_playwright().start()
        try:
            self.browser = await self.launched(self.playwright, sandbox=os.geteuid() != 0)
        except BrowserLost:
            if os.geteuid() == 0:
                raise
            # Kernels and containers without user namespaces have no sandbox to give.
            self.browser = await self.launched(self.playwright, sandbox=False)
        self.version = self.browser.version

    async def launched(self, playwright: Playwright, *, sandbox: bool) -> PlaywrightBrowser:
        seconds = self.settings.launch_seconds
        rules = ", ".join(["MAP * ~NOTFOUND", *(f"EXCLUDE {host}" for host in self.hosts)])
        try:
            async with asyncio.timeout(seconds + CLOSE_SECONDS):
                browser = await playwright.chromium.launch(
                    executable_path=self.workshop.chromium,
                    headless=True,
                    chromium_sandbox=sandbox,
                    args=[f"--host-resolver-rules={rules}"],
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                    timeout=seconds * 1000,
                )
        except TimeoutError:
            raise BrowserLost(f"The browser did not start within {seconds:g} s.") from None
        except Error as error:
            raise BrowserLost(
                f"The browser does not start: {first_line(error)}", advice="registre-pool doctor says more."
            ) from None
        self.sandboxed = sandbox
        return browser

    async def prove(self) -> None:
        """It runs scripts and reaches nothing outside. Raises BrowserLost, NotAvailable."""
        context = await self.new_context()
        seconds = self.settings.launch_seconds
        async with step("Proving the browser", seconds):
            page = await context.new_page()
            if await page.evaluate("() => 6 * 7") != 42:
                raise BrowserLost("The browser does not run scripts.")
            for address in OUTSIDE:
                await self.is_shut_out(page, address)
            await context.close()

    async def is_shut_out(self, page: Page, address: str) -> None:
        try:
            await page.goto(address, timeout=self.settings.launch_seconds * 1000)
        except Error as error:
            if SHUT_OUT in error.message:
                return
            raise NotAvailable(
                f"The browser may reach outside: {address} gave {first_line(error)}",
                advice="This Chromium ignores --host-resolver-rules; install another one.",
            ) from None
        raise NotAvailable(f"The browser reached {address}, which is no site of ours.")

    async def new_context(self) -> BrowserContext:
        """A session of its own. Raises BrowserLost."""
        if self.browser is None:
            raise BrowserLost("The browser is not started.")
        async with step("Opening a session of the browser", self.settings.launch_seconds):
            context = await self.browser.new_context(
                accept_downloads=True,
                locale=LOCALE,
                timezone_id=TIMEZONE,
                viewport={"width": VIEWPORT[0], "height": VIEWPORT[1]},
            )
        context.set_default_timeout(self.settings.step_seconds * 1000)
        return context

    async def close(self) -> None:
        """In order when it answers, by force when it does not; nothing below this process is left."""
        with suppress(Error, TimeoutError, PoolError):
            async with asyncio.timeout(CLOSE_SECONDS):
                if self.browser is not None:
                    await self.browser.close()
                if self.playwright is not None:
                    await self.playwright.stop()
        self.browser = self.playwright = None
        kill_marked(self.workshop.worker)


def kill_marked(worker: str) -> None:
    """What is still there below us of the worker's driver and browser, stopped processes too."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if process.environ().get(CHILD_MARKER) == worker:
                process.kill()
