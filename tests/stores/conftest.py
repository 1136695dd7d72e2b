"""Tests of the stores are coroutines, each with its own event loop and its own database.

`queue` runs over every adapter of `Database`: a new one is proven by adding its name to `ADAPTERS`.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from typing import TypeAlias

import psycopg
import pytest

from poolmgr.config.settings import QueueSettings
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.ports import Database as DatabasePort
from poolmgr.local import postgres, roles
from poolmgr.stores.postgres import PostgresDatabase
from poolmgr.stores.queue import DatabaseQueue
from tests.clusters import Cluster, Database

QueueOpening: TypeAlias = Callable[[], AbstractAsyncContextManager[DatabaseQueue]]
NUMBERS = count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True


@asynccontextmanager
async def direct(url: str, call_timeout_seconds: float = 10.0) -> AsyncIterator[PostgresDatabase]:
    store = PostgresDatabase(url, call_timeout_seconds=call_timeout_seconds, connections=4)
    try:
        yield store
    finally:
        await store.close()


ADAPTERS: dict[str, Callable[[Database], AbstractAsyncContextManager[DatabasePort]]] = {
    "direct": lambda database: direct(database.url)
}


@pytest.fixture(params=list(ADAPTERS))
def opening(request: pytest.FixtureRequest, database: Database) -> QueueOpening:
    """Opens the queue of the test's database in the test's own event loop."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[DatabaseQueue]:
        async with ADAPTERS[request.param](database) as adapter:
            yield DatabaseQueue(adapter, EnvironmentName("dev"), QueueSettings())

    return opened


@pytest.fixture
def product(database: Database) -> psycopg.Connection:
    """The product's own connection to the test's database."""
    return database.connect()


@pytest.fixture
def empty_url(cluster: Cluster) -> Iterator[str]:
    """A database like a hosted project's, in which nothing was ever applied."""
    name = f"empty_{next(NUMBERS)}"
    roles.create_database(cluster.server.superuser_url, name)
    roles.prepare(cluster.server.url(postgres.SUPERUSER, name))
    yield cluster.server.url("postgres", name)
    cluster.run(psycopg.sql.SQL("drop database {} with (force)").format(psycopg.sql.Identifier(name)))
