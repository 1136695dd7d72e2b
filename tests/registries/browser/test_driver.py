import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest
from playwright.async_api import Error

from poolmgr.domain.errors import BrowserLost, NotAvailable
from poolmgr.registries.browser import driver
from poolmgr.registries.browser.driver import NODE, Browser
from poolmgr.registries.browser.programs import find_chromium, find_node
from poolmgr.registries.browser.workshop import DRIVER_VARIABLES, KEPT_VARIABLES
from poolmgr.telemetry.events import CHILD_MARKER
from tests.registries.browsers import belonging, environ, is_node, is_over, made
from tests.registries.sites import Site, breaks_off, html
from tests.waiting import async_until, until

OTHER_HOST = "127.0.0.2"
SECRET = "g.heim-A1b2C3"


@asynccontextmanager
async def started(folder: Path, worker: str, **settings: float | str) -> AsyncIterator[Browser]:
    browser = made(folder, worker, **settings)
    await browser.start()
    try:
        yield browser
    finally:
        await browser.close()
        browser.workshop.close()


def processes(browser: Browser, *, node: bool) -> list[psutil.Process]:
    """The driver, or Chromium with all of its own."""
    return [one for one in belonging(browser.workshop.worker) if is_node(one) == node]


def leaves_nothing(browser: Browser) -> None:
    until(lambda: all(map(is_over, belonging(browser.workshop.worker))), 2, "the end of all processes")


def environment_area(process: psutil.Process) -> str:
    """As it lies in memory, whatever the process wrote over it; Chromium has processes that are soon gone."""
    try:
        return Path(f"/proc/{process.pid}/environ").read_text(errors="replace")
    except OSError:
        return ""


def command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def is_lost(browser: Browser) -> bool:
    return browser.lost


def is_old(browser: Browser) -> bool:
    return browser.is_old


def script(path: Path, lines: str) -> str:
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return str(path)


async def test_a_started_browser_knows_what_it_is(browser: Browser) -> None:
    assert not is_lost(browser)
    assert not browser.is_old
    assert browser.shell == find_chromium("").shell
    assert int(browser.version.partition(".")[0]) > 100
    assert browser.sandboxed == (os.geteuid() != 0)


async def test_nothing_but_its_sites_can_be_reached(browser: Browser, site: Site) -> None:
    site.pages["/"] = html("<body>inside</body>")
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(site.url("/"))
    assert await page.inner_text("body") == "inside"
    with Site(OTHER_HOST) as other:
        other.pages["/"] = html("<body>outside</body>")
        with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
            await (await context.new_page()).goto(other.url("/"))
        site.pages["/"] = html(f"<body><img src='{other.url('/')}'></body>")
        await page.goto(site.url("/"))
        assert other.asked == []
    await context.close()


async def test_a_request_that_is_not_answered_is_not_sent_again(browser: Browser, site: Site) -> None:
    """Chromium does, a form's too, on a connection that served before: a second click that nobody made."""
    site.pages["/"] = html("<body><form method=post action=/buy><button>Buy</button></form></body>")
    site.pages["/buy"] = breaks_off
    context = await browser.new_context()
    for _ in range(3):
        page = await context.new_page()
        await page.goto(site.url("/"))
        async with page.expect_event("requestfailed"):
            await page.click("button", no_wait_after=True)
    assert [line for line in site.asked if "/buy" in line] == ["POST /buy"] * 3
    await context.close()


async def test_driver_and_browser_are_given_none_of_our_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROD_SUPABASE_SERVICE_KEY", SECRET)
    monkeypatch.setenv("HTTP_PROXY", f"http://{SECRET}@127.0.0.1:1")
    own = tmp_path / "node"
    own.symlink_to(find_node({}))
    monkeypatch.setenv(NODE, str(own))
    allowed = {*KEPT_VARIABLES, *DRIVER_VARIABLES, "HOME", "TMPDIR", "PWD", CHILD_MARKER}
    async with started(tmp_path, "environment-1") as browser:
        below = belonging("environment-1")
        assert len(below) > 3
        for process in below:
            assert SECRET not in environment_area(process)
            assert SECRET not in " ".join(command(process))
        started_by_us = [environ(process) for process in below if CHILD_MARKER in environ(process)]
        assert len(started_by_us) == 2
        for given in started_by_us:
            assert {*given} <= allowed
            assert given["HOME"] == str(browser.workshop.temporary)
        assert os.environ[NODE] == str(own), "our own environment is as it was"
        assert str(own) in browser.workshop.node.read_text()


async def test_a_chromium_that_ignores_the_rules_is_not_used(tmp_path: Path) -> None:
    real = find_chromium("").path
    heedless = script(
        tmp_path / "heedless-shell",
        'for word do shift; case $word in --host-resolver-rules*) ;; *) set -- "$@" "$word" ;; esac; done\n'
        f'exec {real} "$@"',
    )
    browser = made(tmp_path, "heedless-1", browser=heedless)
    with pytest.raises(NotAvailable, match="may reach outside") as caught:
        await browser.start()
    assert "--host-resolver-rules" in caught.value.advice
    assert is_lost(browser)
    leaves_nothing(browser)


@pytest.mark.parametrize("lines", ["exit 1", "kill -SEGV $$", "echo no; exec sleep 60"])
async def test_a_browser_that_does_not_start_is_lost_in_time_and_leaves_nothing(
    tmp_path: Path, lines: str
) -> None:
    broken = script(tmp_path / "broken-shell", lines)
    browser = made(tmp_path, "broken-1", browser=broken, launch_seconds=1.5)
    began = time.monotonic()
    with pytest.raises(BrowserLost, match=r"does not start|did not start"):
        await browser.start()
    assert time.monotonic() - began < 1.5 + driver.CLOSE_SECONDS
    assert is_lost(browser)
    leaves_nothing(browser)


async def test_a_driver_that_does_not_start_is_a_lost_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NODE, script(tmp_path / "node", "exec sleep 60"))
    monkeypatch.setattr("poolmgr.registries.browser.steps.DRIVER_MARGIN_SECONDS", 0.0)
    browser = made(tmp_path, "no-driver-1", launch_seconds=1)
    with pytest.raises(BrowserLost, match="Starting the browser's driver"):
        await browser.start()
    leaves_nothing(browser)


async def test_a_browser_that_was_closed_can_be_started_again(tmp_path: Path) -> None:
    async with started(tmp_path, "again-1") as browser:
        await browser.close()
        assert is_lost(browser)
        leaves_nothing(browser)
        await browser.start()
        assert not is_lost(browser)
    leaves_nothing(browser)


@pytest.mark.parametrize("which", ["node", "chromium"])
async def test_a_killed_browser_is_lost_and_leaves_nothing(tmp_path: Path, which: str) -> None:
    async with started(tmp_path, f"killed-{which}") as browser:
        for process in processes(browser, node=which == "node"):
            with suppress(psutil.Error):
                process.kill()

        async def lost() -> bool:
            return browser.lost

        await async_until(lost, 2, "the loss")
        with pytest.raises(BrowserLost):
            await browser.new_context()
    leaves_nothing(browser)


@pytest.mark.parametrize("which", ["node", "chromium"])
async def test_closing_a_stopped_browser_ends_it_by_force(
    tmp_path: Path, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "CLOSE_SECONDS", 0.5)
    async with started(tmp_path, f"stopped-{which}") as browser:
        for process in processes(browser, node=which == "node"):
            with suppress(psutil.Error):
                process.suspend()
        began = time.monotonic()
    assert time.monotonic() - began < 3
    leaves_nothing(browser)


async def test_a_condemned_browser_is_lost_although_it_lives(tmp_path: Path) -> None:
    browser = made(tmp_path, "condemned-1")
    assert is_lost(browser)
    with pytest.raises(BrowserLost, match="not started"):
        await browser.new_context()
    browser.workshop.close()


async def test_a_browser_is_old_after_so_many_documents_or_so_long(tmp_path: Path) -> None:
    browser = made(tmp_path, "old-1", recycle_documents=2, recycle_seconds=60)
    assert not is_old(browser)
    browser.documents = 2
    assert is_old(browser)
    browser.documents, browser.started_at = 0, time.monotonic() - 60
    assert is_old(browser)
    browser.workshop.close()


async def test_a_cancelled_start_leaves_nothing(tmp_path: Path) -> None:
    browser = made(tmp_path, "cancelled-1")
    starting = asyncio.create_task(browser.start())

    async def is_there() -> bool:
        return bool(processes(browser, node=False))

    await async_until(is_there, 10, "a process")
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    leaves_nothing(browser)
    browser.workshop.close()
