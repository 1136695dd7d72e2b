"""The file of a print, by whichever of four ways it comes.

1. the link brings it: as a download, or shown in a window
2. the viewer's page asks for what it shows, or for itself: this knows what the page itself has made
3. the viewer's button saves it
4. asked for from outside the page, with the session's cookies and the viewer's address
"""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Download, Page, Response

from poolmgr.domain.errors import Outage, SiteDown, Unreadable
from poolmgr.domain.json import Json
from poolmgr.registries.browser.downloads import (
    FileCatcher,
    Limits,
    asked_again,
    check_size,
    close_windows,
    fetch,
    saved,
)
from poolmgr.registries.browser.steps import step
from poolmgr.registries.files import kind_of, pages_of
from poolmgr.registries.rdprm import names

LOOKING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="extracts")
"""Beside the loop: a large extract takes a while to look at. PyMuPDF takes no two threads."""

LOOK_SECONDS = 0.1
SOURCES = """(selector) => {
  if (document.readyState === "loading" || location.href === "about:blank") return null;
  const found = [...document.querySelectorAll(selector)].map((one) => one.src || one.data || "");
  return found.filter((one) => one && !one.startsWith("about:"));
}"""
TAKE = """async ([address, most]) => {
  const answer = await fetch(address, {credentials: "include"});
  const data = new Uint8Array(await answer.arrayBuffer());
  if (data.length > most) return "";
  let text = "";
  for (let at = 0; at < data.length; at += 32768)
    text += String.fromCharCode(...data.subarray(at, at + 32768));
  return btoa(text);
}"""


class Viewing:
    """One try at the file that `press` brings. trail: which ways were tried, and what came."""

    def __init__(self, context: BrowserContext, folder: Path, limits: Limits, trail: list[Json]) -> None:
        self.context = context
        self.folder = folder
        self.limits = limits
        self.trail = trail
        self.last = b""

    async def file(self, press: Callable[[], Awaitable[None]]) -> tuple[bytes, int]:
        """The whole PDF, and its pages. Raises Unreadable with what came last, SiteDown, BrowserLost."""
        with FileCatcher(self.context) as catcher:
            try:
                await press()
                viewer = await self.first_of(catcher)
                ways = [lambda: self.caught(catcher)] if viewer is None else [*self.ways(viewer)]
                for number, way in enumerate(ways, 1):
                    if found := await self.tried(way, "link" if viewer is None else f"viewer {number}"):
                        return found
            finally:
                await close_windows(catcher.windows)
        raise Unreadable("No way to the file brought a whole PDF.", data=self.last)

    async def first_of(self, catcher: FileCatcher) -> Page | None:
        """The viewer's page, or None when the file itself began to come. Raises SiteDown.

        A window on its way to a page, or to a file, may not let itself be looked at: the file is not kept
        waiting for that.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.limits.begin_seconds
        while (left := deadline - loop.time()) > 0:
            looking = asyncio.ensure_future(self.viewer_among(catcher.windows))
            first: set[asyncio.Future[Any]] = {catcher.caught, looking}
            await asyncio.wait(first, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if looking.done() and not catcher.caught.done() and (viewer := looking.result()):
                return viewer
            looking.cancel()
            await asyncio.wait({catcher.caught}, timeout=LOOK_SECONDS)
            if catcher.caught.done():
                return None
        raise SiteDown(f"No file and no viewer came within {self.limits.begin_seconds:g} s.")

    async def viewer_among(self, windows: list[Page]) -> Page | None:
        """The newest."""
        for page in reversed(windows):
            with suppress(Outage):
                if await self.is_viewer(page):
                    return page
        return None

    async def is_viewer(self, page: Page) -> bool:
        return bool(await self.sources(page)) or await page.locator(names.VIEWER_SAVE.selector).count() > 0

    async def sources(self, page: Page) -> list[str]:
        async with step("Looking at the viewer", self.limits.begin_seconds):
            found = await page.evaluate(SOURCES, names.VIEWED)
        return [str(one) for one in found] if isinstance(found, list) else []

    def ways(self, viewer: Page) -> list[Callable[[], Awaitable[bytes]]]:
        return [
            lambda: self.taken_inside(viewer),
            lambda: self.saved_by_button(viewer),
            lambda: self.asked_outside(viewer),
        ]

    async def tried(self, way: Callable[[], Awaitable[bytes]], name: str) -> tuple[bytes, int] | None:
        try:
            data = await way()
            self.last = data or self.last
            loop = asyncio.get_running_loop()
            pages = await loop.run_in_executor(LOOKING, checked, data)
        except (Unreadable, SiteDown) as error:
            self.trail.append({"way": name, "error": error.sentence})
            return None
        self.trail.append({"way": name, "pages": pages})
        return data, pages

    async def caught(self, catcher: FileCatcher) -> bytes:
        came: Download | Response = catcher.caught.result()
        if isinstance(came, Download):
            return await saved(came, self.folder / "document", self.limits)
        data = await asked_again(self.context, came.url, self.limits.whole_seconds)
        check_size(len(data), self.limits.largest_bytes)
        return data

    async def taken_inside(self, viewer: Page) -> bytes:
        """What the page shows, else the page's own address; the first that is a PDF."""
        data = b""
        for address in (*await self.sources(viewer), viewer.url):
            with suppress(SiteDown):
                async with step("Taking the file out of the viewer", self.limits.whole_seconds):
                    said = await viewer.evaluate(TAKE, [address, self.limits.largest_bytes])
                data = b64decode(str(said))
                if kind_of(data) == "pdf":
                    return data
        return data

    async def saved_by_button(self, viewer: Page) -> bytes:
        button = viewer.locator(names.VIEWER_SAVE.selector).first
        if not await button.count():
            raise SiteDown(f"The viewer has no {names.VIEWER_SAVE.what}.")

        async def press() -> None:
            async with step("Pressing the viewer's button", self.limits.begin_seconds):
                await button.click(timeout=self.limits.begin_seconds * 1000, no_wait_after=True)

        return await fetch(self.context, press, self.folder, self.limits)

    async def asked_outside(self, viewer: Page) -> bytes:
        """By the driver, for what the page shows and then for the page itself."""
        data = b""
        for address in (*await self.sources(viewer), viewer.url):
            if not address.startswith("http"):
                continue
            async with step("Asking for the file", self.limits.whole_seconds):
                answer = await self.context.request.get(
                    address,
                    headers={"Referer": viewer.url},
                    timeout=self.limits.whole_seconds * 1000,
                    max_redirects=0,
                )
                data = await answer.body()
                await answer.dispose()
            if kind_of(data) == "pdf":
                break
        check_size(len(data), self.limits.largest_bytes)
        return data


def checked(data: bytes) -> int:
    """Its pages. Raises Unreadable for what is no whole PDF."""
    if kind_of(data) != "pdf":
        raise Unreadable(f"What came is no PDF ({kind_of(data)}, {len(data)} bytes).", data=data)
    return pages_of(data)
