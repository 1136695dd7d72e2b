"""Tests share one login; each has a page of its own in it, and leaves the replica as it found it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from poolmgr.local.replica.control import Replica
from poolmgr.registries.browser.downloads import close_windows
from poolmgr.registries.browser.driver import Browser
from tests.registries.foncier.buyer import Buyer, buyer_of, opened
from tests.registries.loop import LOOP


@pytest.fixture(scope="module")
def inside(browser: Browser, running_replica: Replica) -> Iterator[BrowserContext]:
    """A session of the browser that is logged in; whoever finds it ended logs in again, as a worker does."""
    running_replica.reset()
    context = LOOP.run(browser.new_context())
    LOOP.run(opened(context, running_replica))
    yield context
    LOOP.run(context.close())


@pytest.fixture
def buyer(inside: BrowserContext, running_replica: Replica, folder: Path) -> Iterator[Buyer]:
    made = LOOP.run(buyer_of(inside, running_replica, folder))
    yield made
    running_replica.clear_faults()
    running_replica.release()
    running_replica.settings(save_mode="attachment", blank_first_option=False)
    LOOP.run(close_windows([made.page]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
