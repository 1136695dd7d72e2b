"""Brings a database to this version: each migration once, in order, whoever else does the same just now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg.errors import DuplicateObject, DuplicateTable, UniqueViolation
from pydantic import SecretStr

from poolmgr.domain.errors import NotMigrated, StoreError
from poolmgr.domain.json import JsonObject, records, text
from poolmgr.domain.ports import Database
from poolmgr.stores.addresses import Address, address, refuse_pooled
from poolmgr.stores.answers import one_object
from poolmgr.stores.connections import Connection
from poolmgr.stores.migration_files import Migration, shipped
from poolmgr.stores.migration_runs import Limits, apply_one, session

State = Literal["applied", "pending", "changed", "unknown"]

ROLES = ("anon", "authenticated", "service_role")
TABLE = b"""
create table if not exists public.pool_migrations (
  name text primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
);
alter table public.pool_migrations enable row level security;
revoke all on public.pool_migrations from public, anon, authenticated, service_role;
grant select on public.pool_migrations to service_role"""
ABSENT_ROLES = b"""
select r from unnest(%s::text[]) r where not exists (select from pg_catalog.pg_roles where rolname = r)"""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One migration; unknown = applied by a newer version, whose file is not here."""

    name: str
    state: State


async def plan_by_call(database: Database, *, files: Sequence[Migration] | None = None) -> list[Step]:
    """As `plan`, by pool_version alone: where it is missing, nothing counts as applied.

    Raises StoreError or StoreUnreachable.
    """
    try:
        version = await one_object(database, "pool_version", {})
    except NotMigrated:
        version = {}
    return compare(shipped() if files is None else files, checksums(version))


def checksums(version: JsonObject) -> dict[str, str]:
    """By name, of what pool_version answered."""
    return {text(one, "name"): text(one, "checksum") for one in records(version, "migrations")}


def silence(_line: str) -> None:
    """Says nothing."""


async def plan(
    database_url: SecretStr | str, *, files: Sequence[Migration] | None = None, limits: Limits | None = None
) -> list[Step]:
    """What `apply` would find; changes nothing. Raises StoreError or StoreUnreachable."""
    place, limits = address(database_url), limits or Limits()
    async with session(place, limits) as connection:
        return compare(shipped() if files is None else files, await recorded(connection))


async def apply(
    database_url: SecretStr | str,
    say: Callable[[str], None] = silence,
    *,
    files: Sequence[Migration] | None = None,
    limits: Limits | None = None,
) -> list[str]:
    """The names it applied; none when there was nothing to do. Safe to run twice, also at once.

    Raises StoreError for a changed file, a transaction pooler or a failing migration, which leaves nothing
    behind (of an index file: a part that the next run completes); StoreUnreachable for no answer.
    """
    place, limits = address(database_url), limits or Limits()
    refuse_pooled(place, "`migrate apply`")
    files = shipped() if files is None else files
    async with session(place, limits) as connection:
        await prepare(connection, place)
        steps = compare(files, await recorded(connection))
        refuse_changed(steps)
        for step in steps:
            if step.state == "unknown":
                say(f"{step.name} was applied by a newer version of registre-pool; this one lacks the file.")
        pending = {step.name for step in steps if step.state == "pending"}
        applied = []
        for migration in files:
            if migration.name in pending and await apply_one(connection, place, migration, limits, say):
                applied.append(migration.name)
                say(f"{migration.name} applied.")
        await connection.execute("notify pgrst, 'reload schema'")
    return applied


def compare(files: Sequence[Migration], there: Mapping[str, str]) -> list[Step]:
    """Every migration, here or recorded, in the order of names."""
    here = {migration.name: migration.checksum for migration in files}
    return [Step(name=name, state=state(here.get(name), there.get(name))) for name in sorted({*here, *there})]


def state(here: str | None, there: str | None) -> State:
    if here is None:
        return "unknown"
    if there is None:
        return "pending"
    return "applied" if here == there else "changed"


def refuse_changed(steps: Sequence[Step]) -> None:
    changed = [step.name for step in steps if step.state == "changed"]
    if changed:
        raise StoreError(
            f"{', '.join(changed)} was edited after it was applied to this database.",
            advice="Put the file back as it was and write the change as a new migration.",
        )


async def recorded(connection: Connection) -> dict[str, str]:
    """Checksums by name; none where nothing was ever applied."""
    there = await (
        await connection.execute("select to_regclass('public.pool_migrations') is not null")
    ).fetchone()
    if not (there and there[0]):
        return {}
    cursor = await connection.execute("select name, coalesce(checksum, '') from public.pool_migrations")
    return dict(await cursor.fetchall())


async def prepare(connection: Connection, place: Address) -> None:
    """The table of what was applied. Raises StoreError where Supabase's roles are missing."""
    absent = [name for (name,) in await (await connection.execute(ABSENT_ROLES, (list(ROLES),))).fetchall()]
    if absent:
        raise StoreError(
            f"{place.place} has no role {', '.join(absent)}: it is not a Supabase database.",
            advice=" ".join(f"create role {name};" for name in absent)
            + " (service_role also needs bypassrls) makes it one.",
        )
    there = await (await connection.execute("select to_regclass('public.pool_migrations')")).fetchone()
    if there and there[0] is None:
        try:
            async with connection.transaction():
                await connection.execute(TABLE)
        except (DuplicateTable, DuplicateObject, UniqueViolation):
            return  # another apply made it in the same moment
