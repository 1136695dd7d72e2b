"""A browser that runs elsewhere: used as it is, its address said nowhere, its files brought here."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from poolmgr.config.registries import RegistreSettings
from poolmgr.domain.errors import BrowserLost, NotAvailable
from poolmgr.registries.browser.downloads import fetch
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.browser.hosted import HostedBrowser
from poolmgr.registries.browser.workshop import Workshop
from tests.registries.browser.test_downloads import DATA, HERE, LIMITS, page_of, pressing
from tests.registries.browsers import belonging, made
from tests.registries.hosts import KEY, Host, host
from tests.registries.sites import Site, file
from tests.waiting import async_until


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with host(tmp_path_factory.mktemp("hosted")) as running:
        yield running


def connected(
    folder: Path, address: SecretStr, worker: str = "hosted-1", **settings: object
) -> HostedBrowser:
    workshop = Workshop(folder / "browser", worker)
    workshop.open()
    values = {"launch_seconds": 20.0, "step_seconds": 8.0, **settings}
    return HostedBrowser(RegistreSettings.model_validate(values), address, workshop)


@asynccontextmanager
async def started(browser: Browser) -> AsyncIterator[Browser]:
    try:
        await browser.start()
        yield browser
    finally:
        await browser.close()


SEEN = """() => [
  navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone, innerWidth, innerHeight]"""


async def test_it_is_used_as_the_settings_say_and_left_as_it_was(
    hosted: Host, tmp_path: Path, site: Site
) -> None:
    before = hosted.pages()
    paris = connected(
        tmp_path,
        hosted.address,
        locale="fr-FR",
        timezone="Europe/Paris",
        window_width_pixels=1366,
        window_height_pixels=900,
    )
    async with started(paris) as browser:
        assert (browser.lost, browser.hosted) == (False, True)
        context = await browser.new_context()
        page = await context.new_page()
        assert await page.evaluate(SEEN) == ["fr-FR", "Europe/Paris", 1366, 900]
        site.pages["/file"] = file(DATA)
        folder = tmp_path / "job"
        folder.mkdir()
        assert await fetch(context, pressing(await page_of(context, site, HERE)), folder, LIMITS) == DATA
    assert hosted.process.poll() is None
    await async_until(lambda: same(hosted, before), what="the end of all that was opened")
    assert not belonging("hosted-1"), "its driver is gone"


async def same(hosted: Host, before: list[str]) -> bool:
    return hosted.pages() == before


async def test_it_and_one_of_this_machine_live_beside_each_other(hosted: Host, tmp_path: Path) -> None:
    here = made(tmp_path, "both-1")
    there = HostedBrowser(here.settings, hosted.address, here.workshop)
    async with started(here):
        async with started(there):
            assert (here.lost, there.lost) == (False, False)
        assert (here.lost, there.lost) == (False, True)
        await (await here.new_context()).close()
    assert not belonging("both-1")


@pytest.mark.parametrize("address", ["ws://127.0.0.1:9/{}", "http://127.0.0.1:9/?apiKey={}"])
async def test_one_that_does_not_answer_is_said_without_its_address(tmp_path: Path, address: str) -> None:
    browser = connected(tmp_path, SecretStr(address.format(KEY)), launch_seconds=5.0)
    with pytest.raises(BrowserLost) as raised:
        await browser.start()
    assert "127.0.0.1 does not answer" in str(raised.value)
    assert KEY not in f"{raised.value!r} {raised.value} {raised.value.__cause__} {browser!r}"


@pytest.mark.proof
async def test_one_that_dies_is_lost(tmp_path: Path) -> None:
    with host(tmp_path) as mortal:
        async with started(connected(tmp_path, mortal.address)) as browser:
            mortal.process.kill()
            await async_until(lambda: is_lost(browser), what="the loss")


async def is_lost(browser: Browser) -> bool:
    return browser.lost


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a browser as somebody else")
async def test_one_whose_files_do_not_come_here_is_refused_before_anything_is_bought(
    open_folder: Path,
) -> None:
    with host(open_folder, stranger=True) as strange:
        browser = connected(open_folder, strange.address, step_seconds=3.0)
        with pytest.raises(NotAvailable, match="keeps its downloads"):
            await browser.start()
        assert not belonging("hosted-1")
