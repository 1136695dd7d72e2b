"""A `Database` that answers what a test tells it, of any shape."""

from dataclasses import dataclass, field

from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.ports import Database


@dataclass(kw_only=True)
class Scripted(Database):
    rows: list[JsonObject]
    asked: list[tuple[str, JsonObject]] = field(default_factory=list)

    async def call(self, function: str, arguments: JsonObject) -> list[JsonObject]:
        self.asked.append((function, arguments))
        return self.rows

    async def close(self) -> None: ...


def answering(function: str, value: Json) -> Scripted:
    """One value, as a function of one value answers it."""
    return Scripted(rows=[{function: value}])
