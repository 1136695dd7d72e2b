"""A page as a flow sees it: opened, filled and waited for by what it shows, each step named and bounded."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

from playwright.async_api import BrowserContext, Dialog, Error, Frame, Locator, Page, Request, Response

from poolmgr.domain.errors import Outage, SiteChanged, SiteDown
from poolmgr.domain.json import Json, JsonObject
from poolmgr.registries.browser.steps import network_error, step

MARK = "data-pool-left"
"""Put on a page before it is left: a page without it is the next one."""

TEXT_CHARACTERS, TEXT_SECONDS = 2000, 2.0
DIALOGS = 3
ERROR_STATUS = 400
LEFT = "ERR_ABORTED"
"""A page that was left before it came, for another one or for a file: nobody's fault."""

ALL_TEXT = """() => {
  const said = [];
  const walk = (view) => {
    try {
      // Without the lists: their hundreds of names would push out what the page says.
      const copy = view.document.body ? view.document.body.cloneNode(true) : null;
      if (copy) copy.querySelectorAll("select, script, style").forEach((one) => one.remove());
      if (copy) said.push(copy.innerText.replace(/\\s+/g, " "));
    } catch (strange) { return; }
    for (let i = 0; i < view.frames.length; i++) walk(view.frames[i]);
  };
  walk(window);
  return said.join("\\n").trim();
}"""
ANY_HOLDS = """(words) => {
  const holds = (view) => {
    try {
      const source = view.document.documentElement.outerHTML;
      if (words.some((one) => source.includes(one))) return true;
    } catch (strange) { return false; }
    for (let i = 0; i < view.frames.length; i++) if (holds(view.frames[i])) return true;
    return false;
  };
  return holds(window);
}"""
LABEL = """(one) => ({
  label: ((one.tagName === "A" ? one.title : one.tagName === "INPUT" ? one.value : "")
    || one.innerText || one.value || "").trim()})"""
POLL_MILLISECONDS = 50


class Named(Protocol):
    """Something of a page: how it is found, and what people call it."""

    @property
    def selector(self) -> str: ...

    @property
    def what(self) -> str: ...

    @property
    def label(self) -> str: ...


class Screen:
    """One page of a session. status: of the answer that the main frame shows, 0 before the first.

    seconds: the longest a page may take. trouble: why the main frame shows no page of the site. windows: that
    the site has opened since the last page was.
    """

    def __init__(self, page: Page, seconds: float, where: str) -> None:
        self.page = page
        self.seconds = seconds
        self.where = where
        self.status = 0
        self.trouble = ""
        self.refused = asyncio.Event()
        self.dialogs: list[str] = []
        self.windows: list[Page] = []
        page.on("popup", self.note_window)
        page.on("response", self.note_status)
        page.on("requestfailed", self.note_failure)
        page.on("dialog", self.note_dialog)

    @classmethod
    async def opened(cls, context: BrowserContext, seconds: float, where: str) -> "Screen":
        async with step("Opening a page", seconds):
            return cls(await context.new_page(), seconds, where)

    def note_status(self, response: Response) -> None:
        with suppress(Error):  # the request of a window that is not there yet has no frame
            if self.is_page(response.request):
                self.status = response.status
                bad = response.status >= ERROR_STATUS
                self.note_trouble(f"the site answered with status {response.status}" if bad else "")

    def note_failure(self, request: Request) -> None:
        """A connection that broke off brings no status."""
        with suppress(Error):
            name = network_error(request.failure or "")
            if self.is_page(request) and name not in ("", LEFT):
                self.note_trouble(name)

    def note_window(self, window: Page) -> None:
        self.windows.append(window)

    def is_page(self, request: Request) -> bool:
        """Whether it is for the page itself, not for a frame, an image or another window."""
        return request.is_navigation_request() and request.frame == self.page.main_frame

    def note_trouble(self, trouble: str) -> None:
        self.trouble = trouble
        if trouble:
            self.refused.set()
        else:
            self.refused.clear()

    async def note_dialog(self, dialog: Dialog) -> None:
        """What a page says in a box is kept as evidence; nothing is agreed to but to leave the page."""
        self.dialogs = [*self.dialogs, dialog.message[:TEXT_CHARACTERS]][-DIALOGS:]
        with suppress(Error):  # the page may be gone by now
            await (dialog.accept() if dialog.type == "beforeunload" else dialog.dismiss())

    async def open(self, address: str, what: str) -> None:
        """Raises SiteDown for no answer and for an error's status."""
        self.dialogs = []
        await self.close_windows()
        async with step(what, self.seconds):
            await self.page.goto(address, wait_until="domcontentloaded")
        self.check_trouble(what)

    async def close_windows(self) -> None:
        """Those that nobody asked for would stay as long as the session does."""
        opened, self.windows = self.windows, []
        for window in opened:
            with suppress(Outage):  # it goes with its session
                async with step("Closing a window that the site has opened", 0):
                    await window.close()

    def check_trouble(self, what: str) -> None:
        if self.trouble:
            raise SiteDown(f"{what}: {self.trouble}.")

    def find(self, name: Named) -> Locator:
        return self.page.locator(name.selector)

    async def has(self, name: Named) -> bool:
        async with step(f"Looking for {name.what}", self.seconds):
            return await self.find(name).count() > 0

    async def need(self, name: Named) -> Locator:
        """Raises SiteChanged, naming what the page lacks."""
        if not await self.has(name):
            raise self.lacks(name)
        return self.find(name).first

    async def need_all(self, wanted: Sequence[Named]) -> None:
        """Raises SiteChanged for the first that the page lacks."""
        script = "(selectors) => selectors.findIndex((one) => !document.querySelector(one))"
        place = await self.read(script, [name.selector for name in wanted])
        if isinstance(place, int) and place >= 0:
            raise self.lacks(wanted[place])

    def lacks(self, name: Named) -> SiteChanged:
        return SiteChanged(
            f"The page {path_of(self.page.url)} has no {name.what} ({name.selector}).",
            advice=f"If the site has changed, {self.where} is the one file to change.",
        )

    async def fill(self, name: Named, value: str) -> None:
        """Typed, then left: scripts of the page may put it into their own form."""
        field = await self.need(name)
        async with step(f"Filling {name.what}", self.seconds):
            await field.fill(value)
            await field.blur()

    async def tick(self, name: Named) -> None:
        box = await self.need(name)
        async with step(f"Ticking the {name.what}", self.seconds):
            await box.check()

    async def saying(self, name: Named) -> Locator | None:
        """The first of them that says what it has to say."""
        async with step(f"Looking for the {name.what}", self.seconds):
            all_found = await self.find(name).all()
        for found in all_found:
            said = await self.element(found, LABEL, name.what)
            if any(says(str(said.get("label", "")), wanted) for wanted in name.label.split("|")):
                return found
        return None

    async def element(self, element: Locator, script: str, what: str) -> JsonObject:
        """What the script gives for one element."""
        async with step(f"Reading the {what}", self.seconds):
            found = await element.evaluate(script)
        return found if isinstance(found, dict) else {}

    async def select(self, element: Locator, value: str, what: str) -> None:
        async with step(f"Choosing in the {what}", self.seconds):
            await element.select_option(value=value)

    async def check_label(self, button: Locator, name: Named) -> None:
        """Raises SiteChanged for a button that says something else: its neighbour may order and cost more."""
        said = await self.element(button, LABEL, name.what)
        label = str(said.get("label", ""))
        if not any(says(label, wanted) for wanted in name.label.split("|")):
            raise SiteChanged(
                f"The {name.what} says « {label} », not « {name.label} »: it is not pressed.",
                advice=f"If the site has changed, {self.where} is the one file to change.",
            )

    async def press(self, button: Locator, what: str, seconds: float | None = None) -> None:
        """A click, as a person makes it; what it brings is waited for by `until`.

        Without waiting for the answer: a site that is slow to give it would make a click look as if it had
        not been made.
        """
        limit = self.seconds if seconds is None else seconds
        async with step(f"Pressing the {what}", limit):
            await button.click(timeout=limit * 1000, no_wait_after=True)

    async def make_sure(self, button: Locator, what: str) -> None:
        """That it can be pressed at once, without pressing it."""
        async with step(f"Reaching for the {what}", self.seconds):
            await button.click(trial=True)

    async def leave(self) -> None:
        """Marks the page: `until` then waits for another one."""
        async with step("Marking the page", self.seconds):
            await self.page.evaluate(f"() => document.documentElement.setAttribute('{MARK}', '1')")

    async def until(self, script: str, argument: Json, what: str, seconds: float | None = None) -> JsonObject:
        """What the script gives as soon as it gives an object: it runs again on every new page.

        Raises SiteDown when it never does, and at once when the site answers with an error's status or the
        connection breaks off.
        """
        limit = self.seconds if seconds is None else seconds
        async with step(what, limit):
            showing = asyncio.ensure_future(self.shown(script, argument, limit))
            try:
                await self.first_of(showing, what, limit)
                if showing.done():
                    return await showing
            finally:
                showing.cancel()
            # While a page is on its way Chromium may hold back what the old one is asked, beyond the driver's
            # own limit: if that answers anything else, the site is at fault.
            await self.page.context.cookies()
        raise SiteDown(f"{what}: nothing came within {limit:g} s.")

    async def first_of(self, showing: asyncio.Future[JsonObject], what: str, seconds: float) -> None:
        """Returns when it is done or the time is over. Raises SiteDown for trouble."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not showing.done() and (left := deadline - loop.time()) > 0:
            refusing = asyncio.ensure_future(self.refused.wait())
            both: set[asyncio.Future[Any]] = {showing, refusing}
            await asyncio.wait(both, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            refusing.cancel()
            if not showing.done():
                self.check_trouble(what)

    async def shown(self, script: str, argument: Json, seconds: float) -> JsonObject:
        handle = await self.page.wait_for_function(
            script, arg=argument, timeout=seconds * 1000, polling=POLL_MILLISECONDS
        )
        found = await handle.json_value()
        return found if isinstance(found, dict) else {}

    async def read(self, script: str, argument: Json = None, frame: Frame | None = None) -> Json:
        """The script's value on the page as it is."""
        async with step("Reading the page", self.seconds):
            value: Json = await (frame or self.page).evaluate(script, argument)
        return value

    async def holds(self, words: Sequence[str]) -> bool:
        """Whether the source of the page or of a frame has one of them; False when it cannot be read soon."""
        try:
            async with asyncio.timeout(TEXT_SECONDS):
                return bool(await self.page.evaluate(ANY_HOLDS, [*words]))
        except (Error, TimeoutError):
            return False

    async def all_text(self) -> str:
        """Of all frames; empty when it cannot be read soon."""
        try:
            async with asyncio.timeout(TEXT_SECONDS):
                return str(await self.page.evaluate(ALL_TEXT))[:TEXT_CHARACTERS]
        except (Error, TimeoutError):
            return ""

    async def evidence(self) -> JsonObject:
        """What a person needs to judge this page: where, its status, its text, what it said in boxes."""
        shown: JsonObject = {"page": path_of(self.page.url), "status": self.status}
        shown["text"] = await self.all_text()
        if self.dialogs:
            shown["dialogs"] = [*self.dialogs]
        return shown


def says(label: str, wanted: str) -> bool:
    """Whether the wanted words stand in it as words."""
    return re.search(rf"\b{re.escape(wanted)}\b", label, re.IGNORECASE) is not None


def path_of(address: str) -> str:
    """Without query: a session or a name may stand there."""
    return address.partition("?")[0].partition("#")[0]
