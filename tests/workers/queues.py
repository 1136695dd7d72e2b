"""A queue that keeps the protocol's promises in memory, and breaks its line when told to."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar
from uuid import uuid4

from poolmgr.domain.errors import Missing, StoreUnreachable
from poolmgr.domain.jobs import Claim, Depth, EnvironmentName, JobKind, Renewal, Rescue, RowId, Token
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.outcomes import Outcome, word

Result = TypeVar("Result")
HANG = "hang"  # never answers, never does it
LOSE = "lose"  # does it, the reply is lost
REFUSE = "refuse"  # nobody there
Bad: TypeAlias = str | Exception | asyncio.Event
"""What is wrong with a call; an event = it is done and answered once that is set."""


@dataclass(kw_only=True)
class Lease:
    token: Token
    claim_id: str
    row: str
    worker: str
    outcome: Outcome | None = None
    ended: str = ""


class QueueInMemory:
    """`plan[function]`: troubles for its next calls; `always[function]`: for every call without one."""

    def __init__(self, name: str = "prod", rows: int = 0, kind: JobKind = "ocr_index") -> None:
        self.name = EnvironmentName(name)
        self.kind: JobKind = kind
        self.waiting = [f"{name}-{number}" for number in range(rows)]
        self.leases: list[Lease] = []
        self.plan: dict[str, list[Bad]] = {}
        self.always: dict[str, Bad] = {}
        self.calls: Counter[str] = Counter()
        self.claim_ids: list[str] = []
        self.asked_kinds: list[tuple[JobKind, ...]] = []
        self.written: list[tuple[str, str]] = []
        self.released_workers: list[tuple[str, bool]] = []
        self.beats: list[list[Json]] = []
        self.configurations: list[JsonObject] = []
        self.left_behind: list[Rescue] = []
        self.meanwhile: Callable[[], object] = bool

    @property
    def environment(self) -> EnvironmentName:
        return self.name

    async def through(self, function: str, do: Callable[[], Result]) -> Result:
        self.calls[function] += 1
        planned = self.plan.get(function)
        trouble = planned.pop(0) if planned else self.always.get(function)
        if trouble == HANG:
            await asyncio.Event().wait()
        if isinstance(trouble, asyncio.Event):
            await trouble.wait()
        if trouble == REFUSE:
            raise StoreUnreachable(f"{self.name} refuses")
        if isinstance(trouble, Exception):
            raise trouble
        await asyncio.sleep(0)
        self.meanwhile()
        result = do()
        if trouble == LOSE:
            raise StoreUnreachable("the reply was lost")
        return result

    async def claim(
        self, claim_id: str, kinds: Sequence[JobKind], worker: str, host: str, how_many: int
    ) -> list[Claim]:
        self.claim_ids.append(claim_id)
        self.asked_kinds.append(tuple(kinds))
        return await self.through("claim", lambda: self.claimed(claim_id, kinds, worker, how_many))

    def claimed(self, claim_id: str, kinds: Sequence[JobKind], worker: str, how_many: int) -> list[Claim]:
        if not any(lease.claim_id == claim_id for lease in self.leases) and self.kind in kinds:
            for row in self.waiting[:how_many]:
                token = Token(str(uuid4()), self.environment)
                self.leases.append(Lease(token=token, claim_id=claim_id, row=row, worker=worker))
            del self.waiting[:how_many]
        return [
            self.as_claim(lease) for lease in self.leases if lease.claim_id == claim_id and not lease.ended
        ]

    def as_claim(self, lease: Lease) -> Claim:
        return Claim(
            environment=self.name,
            token=lease.token,
            kind=self.kind,
            row_id=RowId(lease.row),
            attempt=1,
            job={"supabase_path": f"index/{lease.row}.pdf", "document_source": "index"},
        )

    async def renew(self, tokens: Sequence[Token]) -> list[Renewal]:
        return await self.through("renew", lambda: [self.renewed(token) for token in tokens])

    def renewed(self, token: Token) -> Renewal:
        lease = self.lease(token)
        return Renewal(token=token, held=not lease.ended, reason=lease.ended or None)

    async def settle(self, claim: Claim, outcome: Outcome) -> str:
        return await self.through("settle", lambda: self.settled(claim.token, outcome))

    def settled(self, token: Token, outcome: Outcome) -> str:
        lease = self.lease(token)
        if lease.ended:
            return "already" if lease.outcome == outcome else "lost"
        lease.ended, lease.outcome = "ended", outcome
        self.written.append((lease.row, word(outcome)))
        return "applied"

    async def release(self, tokens: Sequence[Token], reason: str) -> int:
        return await self.through("release", lambda: sum(self.put_back(token) for token in tokens))

    def put_back(self, token: Token) -> bool:
        lease = self.lease(token)
        if lease.ended:
            return False
        lease.ended = "ended"
        self.waiting.append(lease.row)
        self.written.append((lease.row, "released"))
        return True

    async def release_worker(self, worker: str, reason: str, *, crashed: bool) -> int:
        def do() -> int:
            self.released_workers.append((worker, crashed))
            return sum(self.put_back(lease.token) for lease in self.leases if lease.worker == worker)

        return await self.through("release_worker", do)

    async def rescue(self) -> list[Rescue]:
        return await self.through("rescue", lambda: list(self.left_behind))

    async def depths(self, host: str) -> list[Depth]:
        running = sum(not lease.ended for lease in self.leases)
        depth = Depth(
            kind=self.kind,
            ready=len(self.waiting),
            running=running,
            oldest_ready_seconds=None,
            next_not_before=None,
        )
        return await self.through("depths", lambda: [depth])

    async def beat(self, beats: list[Json]) -> int:
        self.beats.append(beats)
        return await self.through("beat", lambda: len(beats))

    async def configure(self, settings: JsonObject) -> JsonObject:
        self.configurations.append(settings)
        return await self.through("configure", dict)

    async def version(self) -> JsonObject:
        return await self.through("version", dict)

    def lease(self, token: Token) -> Lease:
        return next(lease for lease in self.leases if lease.token == token)

    def end(self, reason: str) -> None:
        """Somebody else ends every lease that is open."""
        for lease in self.leases:
            lease.ended = lease.ended or reason


class DocumentsInMemory:
    def __init__(self, **files: bytes) -> None:
        self.files = files

    async def read(self, path: str) -> bytes:
        if path not in self.files:
            raise Missing(f"{path} is not in storage")
        return self.files[path]

    async def write(self, path: str, data: bytes) -> None:
        self.files[path] = data

    async def close(self) -> None: ...
