import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page

from poolmgr.domain.errors import SiteDown
from poolmgr.registries.browser.downloads import Limits, asked_again, fetch
from poolmgr.registries.browser.driver import Browser
from tests.registries.sites import Page as SitePage
from tests.registries.sites import Site, breaks_off, file, html, moved

DATA = b"%PDF-1.4\n" + bytes(range(256)) * 400 + b"%%EOF\n"
HERE = "<body><a href=/file>Sauvegarder</a></body>"
POPUP = "<body><a href=/file target=_blank>Sauvegarder</a></body>"
FRAME = "<frameset rows='50%,*'><frame name=menu src=/menu><frame name=page src=/blank></frameset>"
MENU = "<body><a href=/file target=page>Sauvegarder</a></body>"
LIMITS = Limits(begin_seconds=8, whole_seconds=8, largest_bytes=1_000_000)


async def page_of(context: BrowserContext, site: Site, body: str) -> Page:
    site.pages |= {"/": html(body), "/menu": html(MENU), "/blank": html("<body>-</body>")}
    page = await context.new_page()
    await page.goto(site.url("/"))
    return page


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def copies(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size == len(DATA)]


def pressing(page: Page) -> Callable[[], Awaitable[None]]:
    async def press() -> None:
        frame = page.frame(name="menu") or page.main_frame
        await frame.locator("a").click(no_wait_after=True)

    return press


async def fetched(
    context: BrowserContext,
    site: Site,
    folder: Path,
    answer: SitePage,
    body: str = HERE,
    limits: Limits = LIMITS,
) -> bytes:
    site.pages["/file"] = answer
    return await fetch(context, pressing(await page_of(context, site, body)), folder, limits)


@pytest.mark.parametrize("body", [HERE, POPUP, FRAME], ids=["here", "popup", "frame"])
@pytest.mark.parametrize("disposition", ["attachment", "inline"])
async def test_a_file_comes_whole_however_the_site_gives_it(
    context: BrowserContext, site: Site, tmp_path: Path, body: str, disposition: str
) -> None:
    assert await fetched(context, site, tmp_path, file(DATA, disposition=disposition), body) == DATA
    assert len(context.pages) == 1, "windows that opened are closed"
    assert left_in(tmp_path) == []


async def test_nothing_of_a_file_stays_in_the_browsers_own_folder(
    browser: Browser, context: BrowserContext, site: Site, tmp_path: Path
) -> None:
    await fetched(context, site, tmp_path, file(DATA))
    assert not copies(browser.workshop.temporary)


async def test_a_file_can_be_fetched_again_from_the_same_page(
    context: BrowserContext, site: Site, tmp_path: Path
) -> None:
    site.pages["/file"] = file(DATA)
    page = await page_of(context, site, FRAME)
    for _ in range(3):
        assert await fetch(context, pressing(page), tmp_path, LIMITS) == DATA


@pytest.mark.parametrize("answer", [file(DATA, sent=5_000), breaks_off], ids=["half", "nothing"])
async def test_a_file_that_breaks_off_is_the_sites_fault(
    context: BrowserContext, site: Site, tmp_path: Path, answer: SitePage
) -> None:
    limits = Limits(begin_seconds=1, whole_seconds=8, largest_bytes=1_000_000)
    with pytest.raises(SiteDown):
        await fetched(context, site, tmp_path, answer, limits=limits)
    assert left_in(tmp_path) == []


async def test_a_file_that_stands_still_is_the_sites_fault_and_not_the_browsers(
    context: BrowserContext, site: Site, tmp_path: Path
) -> None:
    limits = Limits(begin_seconds=8, whole_seconds=0.5, largest_bytes=1_000_000)
    with pytest.raises(SiteDown, match=r"not whole after 0\.5 s"):
        await fetched(context, site, tmp_path, site.stands_still(DATA), limits=limits)
    site.go_on.set()
    assert await fetched(context, site, tmp_path, file(DATA)) == DATA, "the session is as good as before"


async def test_a_large_file_may_take_longer_than_its_beginning(
    context: BrowserContext, site: Site, tmp_path: Path
) -> None:
    limits = Limits(begin_seconds=0.5, whole_seconds=8, largest_bytes=1_000_000)
    coming = asyncio.create_task(fetched(context, site, tmp_path, site.rests(DATA), limits=limits))
    assert await asyncio.wait({coming}, timeout=1) == (set(), {coming})
    site.go_on.set()
    assert await coming == DATA


async def test_a_file_that_was_shown_is_asked_for_again_and_never_elsewhere(
    context: BrowserContext, site: Site
) -> None:
    site.pages["/file"] = file(DATA)
    assert await asked_again(context, site.url("/file"), 8) == DATA
    with Site("127.0.0.2") as other:
        site.pages["/file"] = moved(other.url("/file"))
        assert await asked_again(context, site.url("/file"), 8) == b""
        assert other.asked == []


async def test_a_file_that_never_begins_to_come_ends_with_its_time(
    context: BrowserContext, site: Site, tmp_path: Path
) -> None:
    limits = Limits(begin_seconds=0.5, whole_seconds=8, largest_bytes=1_000_000)
    with pytest.raises(SiteDown, match=r"no file came within 0.5 s"):
        await fetched(context, site, tmp_path, html("<body>Erreur</body>"), FRAME, limits)


@pytest.mark.parametrize("disposition", ["attachment", "inline"])
async def test_a_file_larger_than_allowed_is_not_taken(
    context: BrowserContext, site: Site, tmp_path: Path, disposition: str
) -> None:
    limits = Limits(begin_seconds=8, whole_seconds=8, largest_bytes=len(DATA) - 1)
    with pytest.raises(SiteDown, match=f"{len(DATA)} bytes"):
        await fetched(context, site, tmp_path, file(DATA, disposition=disposition), limits=limits)


async def test_a_file_of_another_page_of_the_session_is_not_this_ones(
    context: BrowserContext, site: Site, tmp_path: Path
) -> None:
    """Listeners go with the catcher: what comes later falls to nobody."""
    assert await fetched(context, site, tmp_path, file(DATA)) == DATA
    later = DATA[::-1]
    site.pages["/file"] = file(later)
    page = context.pages[0]
    async with page.expect_download() as coming:
        await page.locator("a").click()
    await (await coming.value).delete()
    assert left_in(tmp_path) == []
