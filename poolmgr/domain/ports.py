"""What the floors above need of a store. Each adapter proves itself by the one conformance suite."""

from collections.abc import Sequence
from typing import Protocol

from poolmgr.domain.jobs import Claim, Depth, EnvironmentName, JobKind, Renewal, Rescue, Token
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.outcomes import Outcome


class Database(Protocol):
    """Calls a function of the queue protocol by name. Raises StoreError or StoreUnreachable."""

    async def call(self, function: str, arguments: JsonObject) -> list[JsonObject]:
        """The rows; a function of one value gives one row with one column named like the function."""
        ...

    async def close(self) -> None: ...


class Documents(Protocol):
    """Where files rest: `path` is `bucket/object`. Raises Missing, StoreError or StoreUnreachable."""

    async def read(self, path: str) -> bytes: ...

    async def write(self, path: str, data: bytes) -> None: ...


class Queue(Protocol):
    """One environment's queue."""

    @property
    def environment(self) -> EnvironmentName: ...

    async def claim(
        self, claim_id: str, kinds: Sequence[JobKind], worker: str, host: str, how_many: int
    ) -> list[Claim]: ...

    async def renew(self, tokens: Sequence[Token]) -> list[Renewal]: ...

    async def settle(self, claim: Claim, outcome: Outcome) -> str: ...

    async def release(self, tokens: Sequence[Token], reason: str) -> int: ...

    async def release_worker(self, worker: str, reason: str, *, crashed: bool) -> int: ...

    async def rescue(self) -> list[Rescue]: ...

    async def depths(self, host: str) -> list[Depth]: ...

    async def beat(self, beats: list[Json]) -> int: ...

    async def configure(self, settings: JsonObject) -> JsonObject: ...

    async def version(self) -> JsonObject: ...


class Desk(Protocol):
    """What people ask and order of one environment's queue; rows as the database names them.

    Orders answer `applied`, `already` or `refused: why`.
    """

    async def enqueue(self, row_id: str, kind: JobKind, job: JsonObject) -> str: ...

    async def retry(self, kind: JobKind, row_id: str) -> str: ...

    async def cancel(self, kind: JobKind, row_id: str) -> str: ...

    async def why(self, kind: JobKind, row_id: str) -> list[JsonObject]:
        """condition, met, value: each condition of a claim."""
        ...

    async def failures(self, since: str, how_many: int) -> list[JsonObject]:
        """Since a time (ISO 8601), the newest first."""
        ...

    async def jobs_list(self, narrow: JsonObject, how_many: int) -> list[JsonObject]:
        """By kind, state, source, number, row_id; `before` = created_at and row_id of the last row seen."""
        ...

    async def stats(self, days: int) -> list[JsonObject]: ...

    async def backfill(self, kind: JobKind, how_many: int) -> list[JsonObject]: ...
