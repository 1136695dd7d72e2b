"""Tests of the workers are coroutines; each one has its own event loop."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.clusters import Database
from tests.workers.counters import Counter, CounterOpening, counter
from tests.workers.purse import PurseOpening, opened


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True


@pytest.fixture
def purse(any_database: Database, tmp_path: Path) -> PurseOpening:
    """Opens an environment with its money in the test's own event loop."""
    return lambda: opened(any_database, tmp_path)


@pytest.fixture
def at_counter(purse: PurseOpening, monkeypatch: pytest.MonkeyPatch) -> CounterOpening:
    @asynccontextmanager
    async def opened_counter(*usernames: str, **settings: float) -> AsyncIterator[Counter]:
        async with purse() as open_purse, counter(open_purse, monkeypatch, *usernames, **settings) as here:
            yield here

    return opened_counter
