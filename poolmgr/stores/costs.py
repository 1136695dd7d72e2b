"""What paid models took in one environment: calls of the queue protocol."""

from collections.abc import Sequence

from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.ports import Costs, Database
from poolmgr.stores.answers import one_count


class DatabaseCosts(Costs):
    """`Costs` over any `Database`. Every call may be repeated with the same arguments."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def add(self, batch: str, costs: Sequence[JsonObject]) -> int:
        lines: list[Json] = list(costs)
        return await one_count(self.database, "pool_model_costs_add", {"batch": batch, "costs": lines})

    async def days(self, days: int) -> list[JsonObject]:
        return await self.database.call("pool_model_costs_list", {"days": days})

    async def close(self) -> None:
        await self.database.close()
