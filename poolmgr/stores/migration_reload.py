"""After an `apply`: PostgREST has to read the schema again before it knows the new functions."""

import asyncio
from collections.abc import Sequence

from poolmgr.domain.errors import NotMigrated, StoreUnreachable
from poolmgr.domain.ports import Database
from poolmgr.stores.answers import one_object
from poolmgr.stores.migrations import checksums

PAUSE_SECONDS = 0.2


async def is_reloaded(database: Database, names: Sequence[str], seconds: float) -> bool:
    """Whether pool_version names all these migrations by then. Raises StoreError when it never will."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                if await knows(database, names):
                    return True
                await asyncio.sleep(PAUSE_SECONDS)
    except TimeoutError:
        return False


async def knows(database: Database, names: Sequence[str]) -> bool:
    try:
        version = await one_object(database, "pool_version", {})
    except (NotMigrated, StoreUnreachable):
        return False
    return set(names) <= checksums(version).keys()
