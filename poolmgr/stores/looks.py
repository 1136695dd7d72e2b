"""What can be seen of an environment by calls alone: the functions of the queue protocol that only read."""

from poolmgr.domain.json import JsonObject
from poolmgr.domain.ports import Database
from poolmgr.stores.answers import one_object


class DatabaseLooks:
    """Over any `Database`; rows as the database names them. Raises StoreError or StoreUnreachable."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def version(self) -> JsonObject:
        """server, migrations, settings, role, doors, tables, checks, triggers."""
        return await one_object(self.database, "pool_version", {})

    async def refusals(self) -> list[JsonObject]:
        """place, named, verdict (refused, unsure, avoided), why, doing: our writes that would not pass."""
        return await self.database.call("pool_refusals", {})

    async def counts(self) -> list[JsonObject]:
        """place, state, count, about."""
        return await self.database.call("pool_counts", {})

    async def odd_rows(self, foreign_limit_minutes: int) -> list[JsonObject]:
        """what, count, ids (five at most)."""
        return await self.database.call("pool_odd_rows", {"foreign_limit_minutes": foreign_limit_minutes})

    async def accounts(self) -> list[JsonObject]:
        """One row: total, active, failing, usable, leased."""
        return await self.database.call("pool_account_counts", {})

    async def triggers(self) -> list[JsonObject]:
        """place, name, moment, function, known."""
        return await self.database.call("pool_product_triggers", {})
