"""Documents that were read in days when nothing was corrected, and their corrected texts."""

from dataclasses import dataclass

from poolmgr.domain.jobs import EnvironmentName, JobKind, RowId
from poolmgr.domain.json import Json, JsonObject, text, whole
from poolmgr.domain.ports import Database
from poolmgr.stores.answers import one_word


@dataclass(frozen=True, kw_only=True)
class Counts:
    """rows: with a text that was not corrected, of so many characters. unread: done without any text."""

    rows: int
    characters: int
    unread: int


@dataclass(frozen=True, kw_only=True)
class Unboosted:
    """digest: of the content, so that no other text is ever corrected in its name."""

    row_id: RowId
    content: str
    digest: str


class DatabaseBoosting:
    """Over any `Database`. Every call may be repeated; each raises what a call of a database raises."""

    def __init__(self, database: Database, environment: EnvironmentName) -> None:
        self.database = database
        self.environment = environment

    async def counts(self, kind: JobKind) -> Counts:
        (row,) = await self.database.call("pool_unboosted_counts", {"kind": kind})
        return Counts(
            rows=whole(row, "rows"), characters=whole(row, "characters"), unread=whole(row, "unread")
        )

    async def some(self, kind: JobKind, after: RowId | None, how_many: int) -> list[Unboosted]:
        """By id, after the last one seen; at most 100."""
        rows = await self.database.call(
            "pool_unboosted", {"kind": kind, "after": after, "how_many": how_many}
        )
        return [
            Unboosted(
                row_id=RowId(text(row, "row_id")),
                content=text(row, "file_content"),
                digest=text(row, "digest"),
            )
            for row in rows
        ]

    async def write(self, row: Unboosted, kind: JobKind, boosted: str, pages: list[JsonObject]) -> str:
        """`applied`, `already`, or `refused: why`; a refused row stays as it is."""
        told: list[Json] = list(pages)
        return await one_word(
            self.database,
            "pool_boost",
            {"row_id": row.row_id, "kind": kind, "digest": row.digest, "boosted": boosted, "pages": told},
        )
