"""Building an index without stopping the product's writes, also after a build that was interrupted."""

from collections.abc import Callable

from psycopg import sql

from poolmgr.stores.connections import Connection
from poolmgr.stores.migration_files import Index, built_by

STANDING = b"""
select n.nspname::text, c.relname::text, i.indisvalid and i.indisready
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relname = lower(%s) and i.indrelid = to_regclass(%s)"""


async def build(connection: Connection, statement: str, say: Callable[[str], None]) -> None:
    """Runs one statement of an index file; an index that stands whole is left, a broken one is replaced."""
    index = built_by(statement)
    if index and await stands(connection, index, say):
        return
    await connection.execute(statement.encode())


async def stands(connection: Connection, index: Index, say: Callable[[str], None]) -> bool:
    row = await (await connection.execute(STANDING, (index.name, index.table))).fetchone()
    if row is None:
        return False
    schema, name, whole = row
    if not whole:
        say(f"{name} was left unfinished by an interrupted build: dropped and built again.")
        await connection.execute(sql.SQL("drop index concurrently {}").format(sql.Identifier(schema, name)))
    return bool(whole)
