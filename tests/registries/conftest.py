"""Tests of the registries drive one real Chromium in one event loop; each has a session of its own."""

import inspect
from collections.abc import Iterator

import pytest
from playwright.async_api import BrowserContext

from poolmgr.registries.browser.driver import Browser
from tests.registries.browsers import SECONDS, made
from tests.registries.loop import LOOP
from tests.registries.sites import Site


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    LOOP.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True


def pytest_sessionfinish() -> None:
    LOOP.close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Started and proven; it may show the replica and the tests' own site."""
    started = made(tmp_path_factory.mktemp("browser"), "shared-1")
    LOOP.run(started.start())
    yield started
    LOOP.run(started.close())
    started.workshop.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = LOOP.run(browser.new_context())
    opened.set_default_timeout(SECONDS * 1000)
    yield opened
    LOOP.run(opened.close())


@pytest.fixture
def site() -> Iterator[Site]:
    """A site of the test's own."""
    with Site() as served:
        yield served
