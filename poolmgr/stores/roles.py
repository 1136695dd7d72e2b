"""As whom calls run: `service_role`, which passes row security, whoever logs in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from poolmgr.domain.errors import StoreError
from poolmgr.stores.addresses import Address
from poolmgr.stores.connections import Connection

BECOME = b"""
select set_config('role', 'service_role', %s)
from pg_catalog.pg_roles r
where r.rolname = 'service_role' and current_user <> 'service_role'
  and pg_catalog.pg_has_role(current_user, r.oid, 'member')"""

# A server that we stopped waiting for must not go on by itself: it ends the statement as late as we
# stop waiting, and within a second of our connection's end.
BOUND = b"""
select set_config('statement_timeout', %(milliseconds)s, %(local)s),
       set_config('client_connection_check_interval', '1000', %(local)s),
       set_config('TimeZone', 'UTC', %(local)s)"""

PASSES = b"""
select r.rolname::text, r.rolbypassrls or r.rolsuper
from pg_catalog.pg_roles r where r.rolname = current_user"""


async def enter(connection: Connection, place: Address, seconds: float) -> None:
    """For the whole session; over a transaction pooler the session is not ours: see `scope`.

    Raises StoreError when row security would hide the rows from us without a word.
    """
    if place.pooled:
        return
    await become(connection, place, seconds, local=False)


@asynccontextmanager
async def scope(connection: Connection, place: Address, seconds: float) -> AsyncIterator[None]:
    """Around one call: over a transaction pooler, a transaction that sets what a session otherwise keeps."""
    if not place.pooled:
        yield
        return
    async with connection.transaction():
        await become(connection, place, seconds, local=True)
        yield


async def become(connection: Connection, place: Address, seconds: float, *, local: bool) -> None:
    await connection.execute(BECOME, (local,))
    await connection.execute(BOUND, {"milliseconds": str(max(1, int(seconds * 1000))), "local": local})
    row = await (await connection.execute(PASSES)).fetchone()
    role, passes = row or (place.user, False)
    if not passes:
        raise StoreError(
            f"{role} on {place.place} is subject to row security and is not granted service_role.",
            advice=f'Run there: grant service_role to "{place.user}"',
        )
