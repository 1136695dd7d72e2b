"""The print of what was found: prepared by the site, in a window of its own or in a box, then downloaded."""

import asyncio
from contextlib import suppress

from playwright.async_api import Page

from poolmgr.domain.errors import Outage, SiteDown
from poolmgr.domain.json import record, text
from poolmgr.registries.browser.downloads import close_windows
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.rdprm import names
from poolmgr.registries.rdprm.asking import prices
from poolmgr.registries.rdprm.looking import Sight, glance, marked
from poolmgr.registries.rdprm.session import Session

LOOK_SECONDS = 0.1


class Printing:
    """Of the result that is on the session's page. Nothing here costs: what names a price is not pressed."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def pages(self) -> list[Page]:
        """The newest window first, the result's page last."""
        mine = self.session.screen.page
        return [*(page for page in reversed(mine.context.pages) if page is not mine), mine]

    def screen_of(self, page: Page) -> Screen:
        mine = self.session.screen
        return mine if page is mine.page else Screen(page, mine.seconds, names.WHERE)

    async def prepared(self) -> Screen:
        """The page on which the link of the file is shown and marked. Raises SiteDown, BrowserLost."""
        ready = await self.ready()
        if ready is not None:
            return ready
        mine = self.session.screen
        if "print" not in await glance(mine, "print"):
            raise mine.lacks(names.PRINT)
        await self.press(mine, "print")
        deadline = asyncio.get_running_loop().time() + self.session.rdprm.print_seconds
        warned: set[Page] = set()
        while asyncio.get_running_loop().time() < deadline:
            if (ready := await self.ready()) is not None:
                return ready
            await self.agree(warned)
            await asyncio.sleep(LOOK_SECONDS)
        limit = self.session.rdprm.print_seconds
        raise SiteDown(f"The print was not ready within {limit:g} s.")

    async def ready(self) -> Screen | None:
        for page in self.pages:
            with suppress(Outage):  # a window that is on its way, or gone
                screen = self.screen_of(page)
                if "download" in await glance(screen, "download"):
                    return screen
        return None

    async def agree(self, warned: set[Page]) -> None:
        """To a large print, once a page."""
        for page in self.pages:
            if page in warned:
                continue
            with suppress(Outage):
                screen = self.screen_of(page)
                found = record(await glance(screen, "large"), "large")
                if found and not prices(text(found, "text")):
                    warned.add(page)
                    await self.press(screen, "large")

    async def press(self, screen: Screen, key: Sight) -> None:
        await screen.press(marked(screen, key).first, f"« {key} »")

    async def close_windows(self) -> None:
        """All but the result's own."""
        await close_windows(self.pages[:-1])
