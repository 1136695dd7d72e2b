"""Tests of the stores are coroutines, each with its own event loop and its own database.

`queue` runs over every adapter of `Database`: a new one is proven by adding its name to `ADAPTERS`.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeAlias

import psycopg
import pytest

from poolmgr.config.settings import QueueSettings
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import JsonObject
from poolmgr.domain.ports import Database as DatabasePort
from poolmgr.local import postgres, roles
from poolmgr.stores.accounts import DatabaseAccounts
from poolmgr.stores.postgres import PostgresDatabase
from poolmgr.stores.postgrest import PostgrestDatabase
from poolmgr.stores.purchases import DatabasePurchases
from poolmgr.stores.queue import DatabaseQueue
from poolmgr.stores.spool import Spool
from tests.clusters import Cluster, Database
from tests.project.opened import hosted

QueueOpening: TypeAlias = Callable[[], AbstractAsyncContextManager[DatabaseQueue]]


@dataclass(frozen=True, kw_only=True)
class Till:
    """What money needs of one environment, over one adapter."""

    database: DatabasePort
    queue: DatabaseQueue
    purchases: DatabasePurchases
    accounts: DatabaseAccounts


TillOpening: TypeAlias = Callable[[], AbstractAsyncContextManager[Till]]
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


@asynccontextmanager
async def over_postgrest(database: Database) -> AsyncIterator[PostgrestDatabase]:
    with hosted(database) as project:
        store = project.rest()
        try:
            yield store
        finally:
            await store.close()


RICH: JsonObject = {"budgets": {"land": 1_000_000, "rdprm": 1_000_000}}
"""Far above what a test spends."""

ADAPTERS: dict[str, Callable[[Database], AbstractAsyncContextManager[DatabasePort]]] = {
    "direct": lambda database: direct(database.url),
    "postgrest": over_postgrest,
}


@pytest.fixture(params=list(ADAPTERS))
def opening(request: pytest.FixtureRequest, database: Database) -> QueueOpening:
    """Opens the queue of the test's database in the test's own event loop; no budget stops a claim."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[DatabaseQueue]:
        async with ADAPTERS[request.param](database) as adapter:
            queue = DatabaseQueue(adapter, EnvironmentName("dev"), QueueSettings())
            await queue.configure(RICH)
            yield queue

    return opened


@pytest.fixture(params=list(ADAPTERS))
def till(request: pytest.FixtureRequest, database: Database) -> TillOpening:
    """As `opening`, with purchases and accounts; budgets are far above what a test spends."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Till]:
        async with ADAPTERS[request.param](database) as adapter:
            queue = DatabaseQueue(adapter, EnvironmentName("dev"), QueueSettings())
            await queue.configure(RICH)
            yield Till(
                database=adapter,
                queue=queue,
                purchases=DatabasePurchases(adapter, EnvironmentName("dev")),
                accounts=DatabaseAccounts(adapter, EnvironmentName("dev")),
            )

    return opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Not yet made."""
    return tmp_path / "paid" / "dev"


@pytest.fixture
def spool(folder: Path) -> Spool:
    return Spool(folder)


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
