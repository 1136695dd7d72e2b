"""Looking at an environment for the length of a command, by calls alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from poolmgr.cli.environments import Access
from poolmgr.config.settings import Settings
from poolmgr.stores.looks import DatabaseLooks


@asynccontextmanager
async def looks_of(access: Access, settings: Settings) -> AsyncIterator[DatabaseLooks]:
    """By the way the pool itself takes."""
    database = access.database(settings.queue)
    try:
        yield DatabaseLooks(database)
    finally:
        await database.close()


def over_postgrest(access: Access) -> Access:
    """The same environment without its direct connection."""
    return replace(access, database_url="")


def how_to_migrate(access: Access) -> str:
    """What the operator types, or pastes, where nothing but PostgREST is reached."""
    if access.database_url:
        return f"registre-pool migrate apply --env {access.name}"
    return (
        f"Paste what `registre-pool migrate print --env {access.name}` says into the project's SQL editor; "
        f"or set {access.name.upper()}_DATABASE_URL, then registre-pool migrate apply --env {access.name}"
    )
