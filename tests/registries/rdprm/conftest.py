"""Tests share one login; each has a page of its own in it, and leaves the replica as it found it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.rdprm.control import RdprmReplica
from poolmgr.registries.browser.downloads import close_windows
from poolmgr.registries.browser.driver import Browser
from tests.registries.loop import LOOP
from tests.registries.rdprm.searcher import Searcher, opened, searcher_of


@pytest.fixture
def rdprm(running_replica: Replica) -> Iterator[RdprmReplica]:
    site = RdprmReplica(running_replica.url)
    yield site
    site.restore()


@pytest.fixture(scope="module")
def inside(browser: Browser, running_replica: Replica) -> Iterator[BrowserContext]:
    """A session of the browser that is logged in; whoever finds it ended logs in again, as a worker does."""
    site = RdprmReplica(running_replica.url)
    site.reset()
    context = LOOP.run(browser.new_context())
    LOOP.run(opened(context, site))
    yield context
    LOOP.run(context.close())


@pytest.fixture
def searcher(inside: BrowserContext, rdprm: RdprmReplica, tmp_path: Path) -> Iterator[Searcher]:
    made = LOOP.run(searcher_of(inside, rdprm, tmp_path))
    yield made
    rdprm.restore()
    LOOP.run(close_windows(inside.pages))
