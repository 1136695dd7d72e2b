"""The queue protocol over a direct connection or a pooler: one call, one function, one deadline."""

import asyncio
import random
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing

import psycopg
from psycopg import sql
from pydantic import SecretStr

from poolmgr.domain.errors import NotMigrated, StoreUnreachable
from poolmgr.domain.json import JsonObject
from poolmgr.domain.ports import Database
from poolmgr.stores import roles, signatures
from poolmgr.stores.addresses import address, refuse_pooled
from poolmgr.stores.connections import Connection, Connections, connect, guarded
from poolmgr.stores.signatures import Signature
from poolmgr.stores.sqlstates import MIGRATE_ADVICE, REPEATABLE, explain

REPEATS = 5
FIRST_PAUSE_SECONDS = 0.02
PROBES = 2


class PostgresDatabase(Database):
    """A `Database` over psycopg. Nothing is opened before the first call, so it may be made before a fork.

    `call_timeout_seconds` bounds a whole call: waiting for a connection, connecting, retries after a
    deadlock and the answer, also of a server that accepts and never answers. A call that times out or is
    cancelled loses its connection; whether the server did the work is not known, so repeat it with the same
    ids. Where the login is granted `service_role`, calls run as `service_role`.
    """

    def __init__(
        self,
        url: SecretStr | str,
        *,
        call_timeout_seconds: float,
        connections: int,
        application_name: str = "registre-pool",
        probe_seconds: float = 30.0,
    ) -> None:
        self.address = address(url)
        self.call_timeout_seconds = call_timeout_seconds
        self.application_name = application_name
        self.probe_seconds = probe_seconds
        self.connections = Connections(self.open, connections)
        self.known: dict[str, Signature] = {}

    async def call(self, function: str, arguments: JsonObject) -> list[JsonObject]:
        """Rows as JSON objects. Raises Refused, NotMigrated, StoreError or StoreUnreachable."""
        try:
            async with asyncio.timeout(self.call_timeout_seconds):
                return await self.repeated(function, arguments)
        except TimeoutError:
            raise self.silent(function) from None
        except psycopg.Error as error:
            explained = explain(error, function, self.address)
            if isinstance(explained, NotMigrated):
                self.known = {}
            raise explained from error

    async def listen(self, channel: str) -> AsyncGenerator[str, None]:
        """Payloads of NOTIFY on the channel, until the connection is gone: StoreUnreachable.

        Its own connection, proven at the start and every `probe_seconds` by a NOTIFY to itself.
        Raises StoreError over a transaction pooler, which cannot LISTEN.
        """
        refuse_pooled(self.address, "LISTEN")
        probe = f"pool_probe_{secrets.token_hex(8)}"
        connection = await self.listener(channel, probe)
        window, chances = self.call_timeout_seconds, 1
        try:
            while chances:
                chances -= 1
                await self.within(connection, sql.SQL("notify {}").format(sql.Identifier(probe)))
                async with aclosing(connection.notifies(timeout=window)) as notes:
                    async for note in notes:
                        if note.channel == probe:
                            window, chances = self.probe_seconds, PROBES
                        else:
                            yield note.payload
            raise StoreUnreachable(f"LISTEN on {self.address.place} does not hear its own NOTIFY.")
        except psycopg.Error as error:
            raise explain(error, "LISTEN", self.address) from error
        finally:
            await connection.close()

    async def close(self) -> None:
        """Closes what is idle; a call under way closes its own."""
        await self.connections.close()

    async def open(self) -> Connection:
        connection = await connect(self.address, self.call_timeout_seconds, self.application_name)
        try:
            await guarded(connection, roles.enter(connection, self.address, self.call_timeout_seconds))
        except BaseException:
            await connection.close()
            raise
        return connection

    async def repeated(self, function: str, arguments: JsonObject) -> list[JsonObject]:
        """Deadlocks and serialization failures are tried again, with jitter; the last one is raised."""
        for repeat in range(REPEATS):
            try:
                return await self.once(function, arguments)
            except psycopg.Error as error:
                if error.sqlstate not in REPEATABLE:
                    raise
            await asyncio.sleep(random.uniform(0.5, 1.5) * FIRST_PAUSE_SECONDS * 2**repeat)
        return await self.once(function, arguments)

    async def once(self, function: str, arguments: JsonObject) -> list[JsonObject]:
        async with self.connections.borrowed() as connection:
            signature = await self.signature(connection, function)
            return await guarded(connection, self.rows(connection, signature, arguments))

    async def rows(
        self, connection: Connection, signature: Signature, arguments: JsonObject
    ) -> list[JsonObject]:
        parameters = signature.parameters(arguments)
        statement = signature.statement(arguments)
        async with roles.scope(connection, self.address, self.call_timeout_seconds):
            cursor = await connection.execute(statement, parameters)
            return [row for (row,) in await cursor.fetchall() if isinstance(row, dict)]

    async def signature(self, connection: Connection, function: str) -> Signature:
        """Read once; read again for a function that was not there, which a migration may have brought."""
        if function not in self.known:
            self.known = await guarded(connection, signatures.read(connection))
        if function not in self.known:
            raise NotMigrated(f"{self.address.place} has no function {function}.", advice=MIGRATE_ADVICE)
        return self.known[function]

    async def listener(self, channel: str, probe: str) -> Connection:
        try:
            connection = await connect(self.address, self.call_timeout_seconds, self.application_name)
            for name in (channel, probe):
                await self.within(connection, sql.SQL("listen {}").format(sql.Identifier(name)))
        except TimeoutError:
            raise self.silent("LISTEN") from None
        except psycopg.Error as error:
            raise explain(error, "LISTEN", self.address) from error
        return connection

    async def within(self, connection: Connection, statement: sql.Composed) -> None:
        """One statement of the listener, bounded like a call; it costs the connection when it fails."""
        try:
            async with asyncio.timeout(self.call_timeout_seconds):
                await guarded(connection, connection.execute(statement))
        except TimeoutError:
            raise self.silent("LISTEN") from None
        except psycopg.Error:
            await connection.close()
            raise

    def silent(self, doing: str) -> StoreUnreachable:
        return StoreUnreachable(
            f"{doing}: {self.address.place} gave no answer within {self.call_timeout_seconds:g} s."
        )
