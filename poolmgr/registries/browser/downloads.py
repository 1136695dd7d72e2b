"""The file that a click brings: as a download, or shown in a window and asked for once more."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from playwright.async_api import BrowserContext, Download, Error, Page, Response

from poolmgr.domain.errors import Outage, SiteDown
from poolmgr.registries.browser.steps import step, translated

FILE_TYPES = ("application/pdf", "image/tiff", "application/octet-stream", "application/zip")
WHAT = "Saving the document"
END_SECONDS = 5.0
SHOWN_SECONDS = 1.0
"""A download that the same answer becomes is waited for so long before the answer is asked for again."""


class FileCatcher:
    """Listens to a session's pages, those of now and those a click opens, for a file."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.caught: asyncio.Future[Download | Response] = asyncio.get_running_loop().create_future()
        self.windows: list[Page] = []

    def __enter__(self) -> Self:
        self.context.on("page", self.on_page)
        self.context.on("response", self.on_response)
        for page in self.context.pages:
            page.on("download", self.catch)
        return self

    def __exit__(self, *_: object) -> None:
        self.context.remove_listener("page", self.on_page)
        self.context.remove_listener("response", self.on_response)
        for page in self.context.pages:
            with suppress(KeyError):
                page.remove_listener("download", self.catch)

    def on_page(self, page: Page) -> None:
        self.windows.append(page)
        page.on("download", self.catch)

    def on_response(self, response: Response) -> None:
        """A file shown in the window: the headless shell has no viewer and makes it a download."""
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        shown = "attachment" not in response.headers.get("content-disposition", "").lower()
        if kind in FILE_TYPES and shown and response.request.is_navigation_request():
            asyncio.get_running_loop().call_later(SHOWN_SECONDS, self.catch, response)

    def catch(self, what: Download | Response) -> None:
        if not self.caught.done():
            self.caught.set_result(what)

    async def first(self, seconds: float) -> Download | Response:
        """Raises SiteDown when no file begins to come in time."""
        await asyncio.wait({self.caught}, timeout=seconds)
        if not self.caught.done():
            raise SiteDown(f"{WHAT}: no file came within {seconds:g} s.")
        return self.caught.result()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """begin_seconds: until a file begins to come; whole_seconds: until all of it is here."""

    begin_seconds: float
    whole_seconds: float
    largest_bytes: int


async def fetch(
    context: BrowserContext, press: Callable[[], Awaitable[None]], folder: Path, limits: Limits
) -> bytes:
    """The bytes of the file that `press` brings. Raises SiteDown when none comes in time or all of it."""
    with FileCatcher(context) as catcher:
        try:
            await press()
            caught = await catcher.first(limits.begin_seconds)
            if isinstance(caught, Download):
                data = await saved(caught, folder / "document", limits)
            else:
                data = await asked_again(context, caught.url, limits.whole_seconds)
        finally:
            await close_windows(catcher.windows)
    check_size(len(data), limits.largest_bytes)
    return data


async def saved(download: Download, place: Path, limits: Limits) -> bytes:
    """Raises SiteDown for a download that broke off or stands still: neither is the browser's fault."""
    try:
        async with asyncio.timeout(limits.whole_seconds):
            await download.save_as(place)
    except TimeoutError:
        raise SiteDown(f"{WHAT}: it was not whole after {limits.whole_seconds:g} s.") from None
    except Error as error:
        raise translated("The download broke off", error) from None
    finally:
        await end(download)
    return await asyncio.to_thread(taken, place, limits.largest_bytes)


async def end(download: Download) -> None:
    """Nothing of it is left in the browser's own folder, nor still coming."""
    with suppress(Outage):
        async with step("Ending a download", END_SECONDS):
            await download.cancel()
            await download.delete()


def taken(place: Path, largest: int) -> bytes:
    check_size(place.stat().st_size, largest)
    data = place.read_bytes()
    place.unlink()
    return data


def check_size(size: int, largest: int) -> None:
    if size > largest:
        raise SiteDown(f"The file has {size} bytes, more than registre.max_file_megabytes allows.")


async def asked_again(context: BrowserContext, address: str, seconds: float) -> bytes:
    """By the driver, whom the browser's shutting out does not hold: so no redirect is followed."""
    async with step(WHAT, seconds):
        answer = await context.request.get(address, timeout=seconds * 1000, max_redirects=0)
        try:
            return await answer.body()
        finally:
            await answer.dispose()


async def close_windows(windows: list[Page]) -> None:
    """One that cannot be closed goes with its session: what was fetched does not wait for it."""
    for window in windows:
        with suppress(Outage):
            async with step("Closing a window", 0):
                await window.close()
