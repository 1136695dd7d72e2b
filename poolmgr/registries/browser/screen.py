"""A page as a flow sees it: opened, filled and waited for by what it shows, each step named and bounded."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from playwright.async_api import BrowserContext, Dialog, Error, Frame, Locator, Page, Response

from poolmgr.domain.errors import Outage, SiteChanged, SiteDown
from poolmgr.domain.json import Json, JsonObject
from poolmgr.registries.browser.steps import step

MARK = "data-pool-left"
"""Put on a page before it is left: a page without it is the next one."""

TEXT_CHARACTERS = 2000
ERROR_STATUS = 400
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

    seconds: the longest a page may take.
    """

    def __init__(self, page: Page, seconds: float, where: str) -> None:
        self.page = page
        self.seconds = seconds
        self.where = where
        self.status = 0
        self.refused = asyncio.Event()
        self.dialogs: list[str] = []
        page.on("response", self.note_status)
        page.on("dialog", self.note_dialog)

    @classmethod
    async def opened(cls, context: BrowserContext, seconds: float, where: str) -> "Screen":
        async with step("Opening a page", seconds):
            return cls(await context.new_page(), seconds, where)

    def note_status(self, response: Response) -> None:
        with suppress(Error):  # the request of a window that is not there yet has no frame
            if response.request.is_navigation_request() and response.frame == self.page.main_frame:
                self.status = response.status
        if self.status >= ERROR_STATUS:
            self.refused.set()
        else:
            self.refused.clear()

    async def note_dialog(self, dialog: Dialog) -> None:
        """What a page says in a box is kept as evidence; nothing is ever agreed to."""
        self.dialogs.append(dialog.message[:TEXT_CHARACTERS])
        await dialog.dismiss()

    async def open(self, address: str, what: str) -> None:
        """Raises SiteDown for no answer and for an error's status."""
        async with step(what, self.seconds):
            await self.page.goto(address, wait_until="domcontentloaded")
        self.check_status(what)

    def check_status(self, what: str) -> None:
        if self.status >= ERROR_STATUS:
            raise SiteDown(f"{what}: the site answered with status {self.status}.")

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
        said = await self.element(
            button, "(one) => ({label: (one.value || one.innerText || '').trim()})", name.what
        )
        if name.label and name.label.casefold() not in str(said.get("label", "")).casefold():
            raise SiteChanged(
                f"The {name.what} says « {said.get('label')} », not « {name.label} »: it is not pressed.",
                advice=f"If the site has changed, {self.where} is the one file to change.",
            )

    async def press(self, button: Locator, what: str, seconds: float | None = None) -> None:
        """A click, as a person makes it; what it brings is waited for by `until`."""
        limit = self.seconds if seconds is None else seconds
        async with step(f"Pressing the {what}", limit):
            await button.click(timeout=limit * 1000)

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

        Raises SiteDown when it never does, or when the site answers with an error's status.
        """
        limit = self.seconds if seconds is None else seconds
        async with step(what, limit):
            showing = asyncio.ensure_future(self.shown(script, argument, limit))
            refusing = asyncio.ensure_future(self.refused.wait())
            try:
                await asyncio.wait({showing, refusing}, return_when=asyncio.FIRST_COMPLETED)
                if not showing.done():
                    self.check_status(what)
                return await showing
            finally:
                showing.cancel()
                refusing.cancel()

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

    async def evidence(self) -> JsonObject:
        """What a person needs to judge this page: where, its status, its text, what it said in boxes."""
        text: Json = ""
        with suppress(Outage):
            text = await self.read("() => document.body ? document.body.innerText : ''")
        shown: JsonObject = {"page": path_of(self.page.url), "status": self.status}
        shown["text"] = str(text)[:TEXT_CHARACTERS]
        if self.dialogs:
            shown["dialogs"] = [*self.dialogs[-3:]]
        return shown


def path_of(address: str) -> str:
    """Without query: a session or a name may stand there."""
    return address.partition("?")[0].partition("#")[0]
