"""One migration at work: alone, in its transaction, bounded in time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
from psycopg import IsolationLevel
from psycopg.errors import LockNotAvailable

from poolmgr.domain.errors import PoolError, StoreError, StoreUnreachable
from poolmgr.stores.addresses import Address
from poolmgr.stores.connections import Connection, connect
from poolmgr.stores.indexes import build
from poolmgr.stores.migration_files import Migration
from poolmgr.stores.sqlstates import explain, is_away, sentence

APPLICATION = "registre-pool migrate"
PAUSE_SECONDS = 0.2
RECORD = b"""
insert into public.pool_migrations (name, checksum) values (%s, %s) on conflict (name) do nothing"""
ADVICE = {
    "55P03": "Another transaction held a table for too long. Nothing is lost: run it again.",
    "57014": "A statement took longer than allowed. Nothing is lost: run it again in a quiet hour.",
    "42501": "Connect as the owner of the product's tables (on Supabase: postgres).",
}


class Occupied(Exception):
    """Another apply is at this migration."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long `apply` waits: for a connection, a table's lock, a statement, an index, another `apply`."""

    connect_seconds: float = 10.0
    lock_timeout_seconds: float = 5.0
    statement_timeout_seconds: float = 60.0
    index_timeout_seconds: float = 3600.0
    other_apply_seconds: float = 600.0


@asynccontextmanager
async def session(place: Address, limits: Limits) -> AsyncIterator[Connection]:
    try:
        connection = await connect(place, limits.connect_seconds, APPLICATION)
    except TimeoutError:
        raise StoreUnreachable(f"{place.place} gave no answer within {limits.connect_seconds:g} s.") from None
    except psycopg.Error as error:
        raise explain(error, "migrate", place) from error
    try:
        await connection.set_isolation_level(IsolationLevel.READ_COMMITTED)
        yield connection
    except psycopg.Error as error:
        raise explain(error, "migrate", place) from error
    finally:
        await connection.close()


async def apply_one(
    connection: Connection, place: Address, migration: Migration, limits: Limits, say: Callable[[str], None]
) -> bool:
    """False when another apply did it meanwhile, which is waited for.

    Each look is a transaction of its own: a CREATE INDEX CONCURRENTLY of the other waits for the end of every
    transaction that was looking, and would wait for ever for one that looks until the index stands.
    """
    waited = 0.0
    while waited < limits.other_apply_seconds:
        try:
            return await take_and_run(connection, place, migration, limits, say)
        except Occupied:
            if not waited:
                say(f"{migration.name} is being applied by another `migrate apply`; waiting for it.")
        except psycopg.Error as error:
            raise failed(error, migration, place) from error
        await asyncio.sleep(PAUSE_SECONDS)
        waited += 2 * PAUSE_SECONDS
    raise StoreUnreachable(
        f"Another `migrate apply` has been at {migration.name} for {limits.other_apply_seconds:g} s.",
        advice=f"`select * from pg_stat_activity where application_name = '{APPLICATION}'` shows it.",
    )


async def take_and_run(
    connection: Connection, place: Address, migration: Migration, limits: Limits, say: Callable[[str], None]
) -> bool:
    async with connection.transaction():
        if not await take(connection, migration):
            return False
        if migration.outside:
            await outside(place, migration, limits, say)
        else:
            await bound(connection, limits)
            await connection.execute(migration.text.encode())
    return True


async def take(connection: Connection, migration: Migration) -> bool:
    """Records the migration; uncommitted, the record keeps others out. Raises Occupied."""
    await connection.execute(
        f"set local lock_timeout = {milliseconds(PAUSE_SECONDS)};"
        "set local idle_in_transaction_session_timeout = 0".encode()
    )
    try:
        cursor = await connection.execute(RECORD, (migration.name, migration.checksum))
    except LockNotAvailable:
        raise Occupied from None
    return cursor.rowcount == 1


async def bound(connection: Connection, limits: Limits) -> None:
    await connection.execute(
        f"set local lock_timeout = {milliseconds(limits.lock_timeout_seconds)};"
        f"set local statement_timeout = {milliseconds(limits.statement_timeout_seconds)}".encode()
    )


async def outside(place: Address, migration: Migration, limits: Limits, say: Callable[[str], None]) -> None:
    """On a second connection: the first one's transaction holds the record."""
    async with session(place, limits) as builder:
        await builder.execute(
            # Waiting for a lock here blocks no one's writes, so only the whole time is bounded.
            f"set lock_timeout = 0; set statement_timeout = {milliseconds(limits.index_timeout_seconds)};"
            "set client_connection_check_interval = 1000".encode()
        )
        for statement in migration.statements():
            try:
                await build(builder, statement, say)
            except psycopg.Error as error:
                raise failed(error, migration, place) from error


def failed(error: psycopg.Error, migration: Migration, place: Address) -> PoolError:
    """Which file, which line, why."""
    code = error.sqlstate or ""
    if is_away(error) and code != "57014":
        return explain(error, migration.name, place)
    position = error.diag.statement_position
    where = ""
    if position and not migration.outside:
        where = f", line {migration.text[: int(position)].count(chr(10)) + 1},"
    elif error.diag.context:
        where = f" ({error.diag.context.splitlines()[0]})"
    return StoreError(
        f"{migration.name}{where} failed: {sentence(error, place)} (SQLSTATE {code})",
        advice=ADVICE.get(code, ""),
    )


def milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))
