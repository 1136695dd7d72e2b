"""Connections to PostgreSQL that cannot hang their owner."""

import asyncio
import contextlib
import os
import select
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import TypeAlias, TypeVar

import orjson
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_loads

from poolmgr.stores.addresses import Address

Connection: TypeAlias = AsyncConnection[TupleRow]
Result = TypeVar("Result")

# A peer that vanished without a word is found after 15 + 3 x 5 s.
KEEPALIVE_IDLE_SECONDS = 15
KEEPALIVE_INTERVAL_SECONDS = 5
KEEPALIVE_COUNT = 3


async def connect(place: Address, seconds: float, application_name: str) -> Connection:
    """An autocommit connection. Raises psycopg.Error, or TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        connection = await AsyncConnection.connect(
            place.conninfo,
            autocommit=True,
            prepare_threshold=None,
            application_name=application_name,
            keepalives=1,
            keepalives_idle=KEEPALIVE_IDLE_SECONDS,
            keepalives_interval=KEEPALIVE_INTERVAL_SECONDS,
            keepalives_count=KEEPALIVE_COUNT,
        )
    set_json_loads(orjson.loads, connection)
    return connection


async def guarded(connection: Connection, work: Coroutine[None, None, Result]) -> Result:
    """Awaits work on the connection; cancelled, it cuts the connection instead of asking the server.

    psycopg answers a cancellation by a cancel request and waits up to 10 s for the reply: a stopped
    server would hold us. A cut socket ends the wait at once.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        cut(connection)
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()
        await connection.close()
        raise


def cut(connection: Connection) -> None:
    """Shuts the socket down under the connection; whoever waits on it sees its end."""
    if connection.closed:
        return
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as twin:
        twin.shutdown(socket.SHUT_RDWR)


def is_fresh(connection: Connection) -> bool:
    """An idle connection has nothing to say; one that does was ended by its server."""
    if connection.closed or connection.pgconn.transaction_status != TransactionStatus.IDLE:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


class Connections:
    """At most `how_many` connections, opened when first needed, kept while they are whole."""

    def __init__(self, opening: Callable[[], Awaitable[Connection]], how_many: int) -> None:
        self.opening = opening
        self.places = asyncio.Semaphore(how_many)
        self.idle: list[Connection] = []

    @contextlib.asynccontextmanager
    async def borrowed(self) -> AsyncIterator[Connection]:
        async with self.places:
            connection = await self.kept() or await self.opening()
            try:
                yield connection
            finally:
                if is_fresh(connection):
                    self.idle.append(connection)
                else:
                    await connection.close()

    async def kept(self) -> Connection | None:
        while self.idle:
            connection = self.idle.pop()
            if is_fresh(connection):
                return connection
            await connection.close()
        return None

    async def close(self) -> None:
        while self.idle:
            await self.idle.pop().close()
