"""One environment's queue: calls of the queue protocol, and their rows as words of ours."""

from collections.abc import Sequence

from poolmgr.config.settings import QueueSettings
from poolmgr.domain.errors import Refused, StoreError
from poolmgr.domain.jobs import (
    Claim,
    Depth,
    EnvironmentName,
    JobKind,
    Renewal,
    Rescue,
    RowId,
    Token,
    job_kind,
)
from poolmgr.domain.json import Json, JsonObject, number, record, text, whole
from poolmgr.domain.outcomes import GiveUp, Outcome, as_json
from poolmgr.domain.ports import Database, Desk, Queue
from poolmgr.stores.answers import one_count, one_object, one_word
from poolmgr.stores.settling import Settling


class DatabaseQueue(Queue, Desk):
    """`Queue` and `Desk` over any `Database`. Every call may be repeated with the same arguments."""

    def __init__(self, database: Database, environment: EnvironmentName, settings: QueueSettings) -> None:
        self.database = database
        self.name = environment
        self.settings = settings
        self.settling = Settling(database)

    @property
    def environment(self) -> EnvironmentName:
        return self.name

    @property
    def foreign_minutes(self) -> int:
        return -(-self.settings.foreign_limit_seconds // 60)

    async def claim(
        self, claim_id: str, kinds: Sequence[JobKind], worker: str, host: str, how_many: int
    ) -> list[Claim]:
        rows = await self.database.call(
            "pool_claim",
            {
                "claim_id": claim_id,
                "kinds": list(kinds),
                "worker": worker,
                "host": host,
                "how_many": how_many,
                "lease_seconds": self.settings.lease_seconds,
            },
        )
        return [self.claimed(row) for row in rows]

    async def renew(self, tokens: Sequence[Token]) -> list[Renewal]:
        if not tokens:
            return []
        rows = await self.database.call(
            "pool_renew", {"tokens": self.own(tokens), "lease_seconds": self.settings.lease_seconds}
        )
        return [
            Renewal(
                token=Token(text(row, "token"), self.name),
                held=row.get("held") is True,
                reason=text(row, "reason") or None,
            )
            for row in rows
        ]

    async def settle(self, claim: Claim, outcome: Outcome) -> str:
        """`applied`, `already` or `lost`. What the database cannot store becomes one give_up."""
        try:
            return await self.settled(claim, outcome)
        except Refused as refusal:
            return await self.settled(claim, GiveUp(error=refusal.sentence))

    async def settled(self, claim: Claim, outcome: Outcome) -> str:
        return await self.settling.settle(claim.token.of(self.name), as_json(outcome))

    async def release(self, tokens: Sequence[Token], reason: str) -> int:
        if not tokens:
            return 0
        return await one_count(self.database, "pool_release", {"tokens": self.own(tokens), "reason": reason})

    async def release_worker(self, worker: str, reason: str, *, crashed: bool) -> int:
        return await one_count(
            self.database, "pool_release_worker", {"worker": worker, "reason": reason, "crashed": crashed}
        )

    async def rescue(self) -> list[Rescue]:
        rows = await self.database.call("pool_rescue", {"foreign_limit_minutes": self.foreign_minutes})
        return [
            Rescue(
                kind=kind_of(row),
                row_id=RowId(text(row, "row_id")),
                worker=text(row, "worker") or None,
                reason=text(row, "reason"),
            )
            for row in rows
        ]

    async def depths(self, host: str) -> list[Depth]:
        rows = await self.database.call("pool_depths", {"host": host})
        return [
            Depth(
                kind=kind_of(row),
                ready=whole(row, "ready"),
                running=whole(row, "running"),
                oldest_ready_seconds=(
                    None if row.get("oldest_ready_seconds") is None else number(row, "oldest_ready_seconds")
                ),
                next_not_before=text(row, "next_not_before") or None,
            )
            for row in rows
        ]

    async def beat(self, beats: list[Json]) -> int:
        return await one_count(self.database, "pool_worker_beat", {"beats": beats})

    async def configure(self, settings: JsonObject) -> JsonObject:
        return await one_object(self.database, "pool_configure", {"settings": settings})

    async def version(self) -> JsonObject:
        return await one_object(self.database, "pool_version", {})

    async def enqueue(self, row_id: str, kind: JobKind, job: JsonObject) -> str:
        return await one_word(self.database, "pool_enqueue", {"row_id": row_id, "kind": kind, "job": job})

    async def retry(self, kind: JobKind, row_id: str) -> str:
        return await one_word(self.database, "pool_retry", {"kind": kind, "row_id": row_id})

    async def cancel(self, kind: JobKind, row_id: str) -> str:
        return await one_word(self.database, "pool_cancel", {"kind": kind, "row_id": row_id})

    async def why(self, kind: JobKind, row_id: str) -> list[JsonObject]:
        return await self.database.call("pool_why", {"kind": kind, "row_id": row_id})

    async def failures(self, since: str, how_many: int) -> list[JsonObject]:
        return await self.database.call("pool_failures", {"since": since, "how_many": how_many})

    async def jobs_list(self, narrow: JsonObject, how_many: int) -> list[JsonObject]:
        return await self.database.call("pool_jobs_list", {"filter": narrow, "how_many": how_many})

    async def stats(self, days: int) -> list[JsonObject]:
        return await self.database.call("pool_stats", {"days": days})

    async def overdue(self) -> list[JsonObject]:
        return await self.database.call("pool_overdue", {"foreign_limit_minutes": self.foreign_minutes})

    async def backfill(self, kind: JobKind, how_many: int) -> list[JsonObject]:
        return await self.database.call("pool_backfill", {"kind": kind, "how_many": how_many})

    def own(self, tokens: Sequence[Token]) -> list[Json]:
        """Raises ForeignToken when one is another environment's."""
        return [token.of(self.name) for token in tokens]

    def claimed(self, row: JsonObject) -> Claim:
        return Claim(
            environment=self.name,
            token=Token(text(row, "token"), self.name),
            kind=kind_of(row),
            row_id=RowId(text(row, "row_id")),
            attempt=whole(row, "attempt"),
            job=record(row, "job"),
        )


def kind_of(row: JsonObject) -> JobKind:
    """Raises StoreError for a kind that this version does not know."""
    try:
        return job_kind(text(row, "kind"))
    except ValueError as error:
        raise StoreError(
            str(error), advice="A newer version's migrations run here: update this host."
        ) from error
