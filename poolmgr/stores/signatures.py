"""The functions of the queue protocol as a database has them: names and types of their arguments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson
from psycopg import sql

from poolmgr.domain.errors import NotMigrated, Refused
from poolmgr.domain.json import Json, JsonObject
from poolmgr.stores.connections import Connection
from poolmgr.stores.sqlstates import MIGRATE_ADVICE, printable

JSON_TYPES = frozenset({"json", "jsonb"})
OURS = "pool\\_%"
CATALOGUE = b"""
select p.proname::text,
       array(select format_type(a.type, null)
             from unnest(p.proargtypes::oid[]) with ordinality a (type, n) order by a.n),
       array(select a.name
             from unnest(p.proargnames) with ordinality a (name, n)
             where p.proargmodes is null or p.proargmodes[a.n] in ('i', 'b', 'v') order by a.n)
from pg_catalog.pg_proc p
where p.pronamespace = 'public'::regnamespace and p.proname like %s and p.prokind = 'f'
order by p.oid"""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One function; `types` by argument name, as PostgreSQL writes them (`uuid[]`, `jsonb`)."""

    function: str
    types: Mapping[str, str]

    def statement(self, names: Iterable[str]) -> sql.Composed:
        """Each row as one JSON object: the very text PostgREST answers with."""
        arguments = [
            sql.SQL("{} => %s::{}").format(sql.Identifier(name), sql.SQL(self.types[name])) for name in names
        ]
        return sql.SQL("select row_to_json(r) from (select * from public.{}({})) r").format(
            sql.Identifier(self.function), sql.SQL(", ").join(arguments)
        )

    def parameters(self, arguments: JsonObject) -> list[Json]:
        """Raises NotMigrated for an argument it does not have, Refused for text that is no text."""
        unknown = [name for name in arguments if name not in self.types]
        if unknown:
            raise NotMigrated(
                f"{self.function} has no argument {', '.join(unknown)} in this database.",
                advice=MIGRATE_ADVICE,
            )
        return [self.parameter(name, value) for name, value in arguments.items()]

    def parameter(self, name: str, value: Json) -> Json:
        """JSON for a jsonb; the rest as it is, when PostgreSQL could hold it as text."""
        try:
            encoded = orjson.dumps(value).decode()
        except (TypeError, RecursionError) as error:
            raise Refused(f"{self.function}: {name} is no JSON: {printable(str(error))}") from error
        return value if value is None or self.types[name] not in JSON_TYPES else encoded


async def read(connection: Connection) -> dict[str, Signature]:
    """Every pool_* function in the database, by name."""
    cursor = await connection.execute(CATALOGUE, (OURS,))
    return {
        name: Signature(function=name, types=dict(zip(names, types, strict=False)))
        for name, types, names in await cursor.fetchall()
    }
