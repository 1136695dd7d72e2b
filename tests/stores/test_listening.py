"""A listener hears, and never hangs on what is gone."""

import asyncio
from contextlib import aclosing

import psycopg
import pytest

from poolmgr.domain.errors import StoreUnreachable
from poolmgr.stores.postgres import PostgresDatabase
from tests.clusters import Cluster, Database
from tests.stores.conftest import direct
from tests.stores.rows import count_sessions
from tests.waiting import async_until

DEADLINE_SECONDS = 0.3


async def test_a_listener_hears_and_says_when_the_server_is_gone(private_cluster: Cluster) -> None:
    database = private_cluster.create_database()
    async with direct(database.url, DEADLINE_SECONDS) as store, aclosing(store.listen("pool_ready")) as notes:
        heard = asyncio.create_task(anext(notes))
        with psycopg.connect(database.url, autocommit=True) as product:
            await async_until(lambda: listening(product))
            product.execute("notify pool_ready, 'land'")
        assert await heard == "land"
        private_cluster.kill()
        with pytest.raises(StoreUnreachable):
            await anext(notes)


async def test_a_listener_of_a_frozen_server_says_so(private_cluster: Cluster) -> None:
    database = private_cluster.create_database()
    store = PostgresDatabase(
        database.url, call_timeout_seconds=DEADLINE_SECONDS, connections=1, probe_seconds=0.2
    )
    async with aclosing(store.listen("pool_ready")) as notes:
        heard = asyncio.create_task(anext(notes))
        with psycopg.connect(database.url, autocommit=True) as product:
            await async_until(lambda: listening(product))
        private_cluster.freeze()
        with pytest.raises(StoreUnreachable):
            await heard


async def test_a_listener_that_is_left_closes_its_connection(any_database: Database) -> None:
    async with direct(any_database.url) as store:
        heard = asyncio.create_task(anext(store.listen('it\'s "odd"')))
        product = any_database.connect()
        await async_until(lambda: listening(product))
        heard.cancel()
        with pytest.raises(asyncio.CancelledError):
            await heard
        await async_until(lambda: not_listening(product))


async def listening(connection: psycopg.Connection) -> bool:
    return count_sessions(connection, "query like 'notify%%pool_probe%%'") > 0


async def not_listening(connection: psycopg.Connection) -> bool:
    return not await listening(connection)
