"""The browser of one child: started through a chain that dies with it, shut off from all but its sites."""

import asyncio
import os
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress

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
GONE_SECONDS, LOOKS = 1.0, 50
OUTSIDE = ("http://127.255.255.254:9999/", "http://outside.invalid:9999/")
"""Where no site of ours is: without the rule the first answers "refused", with it neither has a name."""

SHUT_OUT = "ERR_NAME_NOT_RESOLVED"
SEND_ONCE = ("--disable-http2", "--disable-quic", "--disable-auto-reload")
ONE_REQUEST = {"Connection": "close"}
"""Chromium sends a request once more, a paid one too, when a connection that served before breaks off without
an answer. So none serves twice; HTTP/2 and 3 know no such wish."""

NODE = "PLAYWRIGHT_NODEJS_PATH"


class Browser:
    """Started with `start`, once; `lost` when it died, or was condemned because it hangs: make another.

    hosted: it runs elsewhere, and is spoken to over CDP.
    """

    hosted = False

    def __init__(self, settings: RegistreSettings, hosts: Sequence[str], workshop: Workshop) -> None:
        self.settings = settings
        self.hosts = tuple(hosts)
        self.workshop = workshop
        self.playwright: Playwright | None = None
        self.driver: psutil.Process | None = None
        self.browser: PlaywrightBrowser | None = None
        self.shell = False
        self.sandboxed = False
        self.version = ""
        self.condemned = False
        self.documents = 0
        self.started_at = time.monotonic()

    @property
    def lost(self) -> bool:
        if self.condemned or self.browser is None or self.driver is None:
            return True
        return not self.browser.is_connected() or not lives(self.driver)

    @property
    def is_old(self) -> bool:
        """Whether it should be started anew: a browser keeps memory of everything it showed."""
        age = time.monotonic() - self.started_at
        return self.documents >= self.settings.recycle_documents or age >= self.settings.recycle_seconds

    async def start(self) -> None:
        """Starts and proves it. Raises NotAvailable, BrowserLost."""
        self.equip()
        try:
            await self.launch()
            await self.prove()
        except BaseException:
            await self.close()
            raise

    def equip(self) -> None:
        """Raises NotAvailable."""
        chromium = find_chromium(self.settings.browser)
        self.shell = chromium.shell
        self.workshop.equip(chromium)

    async def launch(self) -> None:
        workshop = self.workshop
        # One at a time: which driver is whose is told by what was there before.
        async with workshop.starting, step("Starting the browser's driver", self.settings.launch_seconds):
            with variable(NODE, str(workshop.node)):
                self.playwright = await async_playwright().start()
            self.driver = newest(marked(workshop.worker, workshop.drivers))
            if self.driver is not None:
                workshop.drivers.add(self.driver.pid)
        self.browser = await self.opened(self.playwright)
        self.version = self.browser.version

    async def opened(self, playwright: Playwright) -> PlaywrightBrowser:
        """Raises BrowserLost."""
        try:
            return await self.launched(playwright, sandbox=os.geteuid() != 0)
        except BrowserLost:
            if os.geteuid() == 0:
                raise
            # Kernels and containers without user namespaces have no sandbox to give.
            return await self.launched(playwright, sandbox=False)

    async def launched(self, playwright: Playwright, *, sandbox: bool) -> PlaywrightBrowser:
        seconds = self.settings.launch_seconds
        rules = ", ".join(["MAP * ~NOTFOUND", *(f"EXCLUDE {host}" for host in self.hosts)])
        try:
            async with asyncio.timeout(seconds + CLOSE_SECONDS):
                browser = await playwright.chromium.launch(
                    executable_path=self.workshop.chromium,
                    headless=True,
                    chromium_sandbox=sandbox,
                    args=[f"--host-resolver-rules={rules}", *SEND_ONCE],
                    slow_mo=self.settings.slow_mo_seconds * 1000,
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
                # Of its own: the error's page that a failed one comes to show would interrupt the next.
                await self.is_shut_out(await context.new_page(), address)
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
                extra_http_headers=ONE_REQUEST,
                locale=self.settings.locale,
                timezone_id=self.settings.timezone,
                viewport={
                    "width": self.settings.window_width_pixels,
                    "height": self.settings.window_height_pixels,
                },
            )
        context.set_default_timeout(self.settings.step_seconds * 1000)
        return context

    async def close(self) -> None:
        """In order when it answers, by force when it does not; nothing below this process is left.

        Listed before: what a killed browser started is nobody's child of ours any more.
        """
        own = {self.driver.pid} if self.driver else set()
        others = self.workshop.drivers - own
        family = [*marked(self.workshop.worker, others)]
        with suppress(Error, TimeoutError, PoolError):
            async with asyncio.timeout(CLOSE_SECONDS):
                if self.browser is not None:
                    await self.browser.close()
                if self.playwright is not None:
                    await self.playwright.stop()
        self.browser = self.playwright = self.driver = None
        family += marked(self.workshop.worker, others)
        self.workshop.drivers -= own
        for process in family:
            with suppress(psutil.Error):
                process.kill()
        await gone(family)


def marked(worker: str, others: Collection[int] = ()) -> Iterator[psutil.Process]:
    """What there is below us of the worker's driver and browser, stopped processes too, but for what belongs
    to the `others`, drivers of other browsers.

    Chromium writes over the environment of its own children: they are known by their parents, which come
    first.
    """
    ours: set[int] = set()
    spared = set(others)
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if process.pid in spared or process.ppid() in spared:
                spared.add(process.pid)
            elif process.ppid() in ours or process.environ().get(CHILD_MARKER) == worker:
                ours.add(process.pid)
                yield process


def newest(processes: Iterator[psutil.Process]) -> psutil.Process | None:
    """An older driver may still be dying."""
    return max(processes, key=lambda process: process.create_time(), default=None)


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


async def gone(processes: Sequence[psutil.Process]) -> None:
    """Until they write no more into the folder that is cleared away next."""
    for _ in range(LOOKS):
        if not any(lives(process) for process in processes):
            return
        await asyncio.sleep(GONE_SECONDS / LOOKS)


@contextmanager
def variable(name: str, value: str) -> Iterator[None]:
    """An environment variable, for as long as a library reads it."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
