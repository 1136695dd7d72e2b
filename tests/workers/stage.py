"""A parent's end of the line, and a child's work running against it."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import MappingProxyType

from poolmgr.domain.jobs import Claim, JobKind
from poolmgr.domain.json import JsonObject, record, text
from poolmgr.domain.messages import Inbox
from poolmgr.domain.outcomes import Done, Outcome
from poolmgr.domain.ports import Documents, Queue
from poolmgr.workers.jobs import DoWork, Environment
from poolmgr.workers.leases import LeaseClocks
from poolmgr.workers.loop import Loop, LoopClocks, Surroundings
from poolmgr.workers.pipe import Pipe
from tests.waiting import async_until
from tests.workers.queues import DocumentsInMemory

LEASE = LeaseClocks(renew=0.05, self_fence=5.0, answer=0.2)
NOTHING_OFF: Mapping[str, frozenset[JobKind]] = MappingProxyType({})
CLOCKS = LoopClocks(lease=LEASE, idle_claim=30.0, drain=30.0, stop=0.4, halt=0.2)


@dataclass
class Parent:
    """What a child said so far."""

    end: socket.socket
    inbox: Inbox = field(default_factory=Inbox)
    said: list[JsonObject] = field(default_factory=list)

    def heard(self, word: str) -> list[JsonObject]:
        with suppress(BlockingIOError):
            while self.end.fileno() >= 0 and (data := self.end.recv(65_536)):
                self.said += self.inbox.feed(data)
        return [message for message in self.said if text(message, "word") == word]

    def events(self, name: str) -> list[JsonObject]:
        return [record(one, "fields") for one in self.heard("event") if text(one, "event") == name]

    async def hears(self, word: str, times: int = 1) -> list[JsonObject]:
        await async_until(lambda: happened(len(self.heard(word)) >= times), what=f"{word} x {times}")
        return self.heard(word)

    async def hears_of(self, event: str, times: int = 1) -> list[JsonObject]:
        await async_until(lambda: happened(len(self.events(event)) >= times), what=f"{event} x {times}")
        return self.events(event)


async def happened(condition: bool) -> bool:
    return condition


def passed(seconds: float) -> Callable[[], Awaitable[bool]]:
    """For `async_until`: that long from now, for what must not have happened by then."""
    end = time.monotonic() + seconds
    return lambda: happened(time.monotonic() > end)


@asynccontextmanager
async def line() -> AsyncIterator[tuple[Parent, Pipe]]:
    """Both ends of a child's pipe."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    pipe = await Pipe.opened(theirs)
    try:
        yield Parent(ours), pipe
    finally:
        pipe.close()
        ours.close()


@dataclass
class Show:
    """A loop that runs, and everybody who can be asked about it."""

    loop: Loop
    parent: Parent
    ending: asyncio.Task[int]

    async def ends(self, within_seconds: float = 5.0) -> int:
        async with asyncio.timeout(within_seconds):
            return await self.ending


@asynccontextmanager
async def show(
    *queues: Queue,
    work: DoWork,
    jobs_at_once: int = 1,
    clocks: LoopClocks = CLOCKS,
    claims: Sequence[JobKind] = ("ocr_index",),
    off: Mapping[str, frozenset[JobKind]] = NOTHING_OFF,
    documents: Documents | None = None,
    surroundings: Surroundings | None = None,
) -> AsyncIterator[Show]:
    rest = documents or DocumentsInMemory()
    async with line() as (parent, pipe):
        loop = Loop(
            [
                Environment(queue=queue, documents=rest, off=off.get(queue.environment, frozenset()))
                for queue in queues
            ],
            worker="worker-1",
            host="here",
            claims=claims,
            jobs_at_once=jobs_at_once,
            work=work,
            clocks=clocks,
            pipe=pipe,
            surroundings=surroundings,
        )
        ending = asyncio.create_task(loop.run())
        try:
            yield Show(loop, parent, ending)
        finally:
            if not ending.done():
                loop.hear({"word": "stop"})
                await asyncio.wait({ending})


async def read_at_once(claim: Claim, documents: Documents) -> Outcome:
    return Done(result={"file_content": claim.row_id})


class Slow:
    """Work that goes on until it is let go; `stubborn` work also when it is cancelled."""

    def __init__(self, *, stubborn: bool = False) -> None:
        self.go_on = asyncio.Event()
        self.begun: list[str] = []
        self.cancelled: list[str] = []
        self.stubborn = stubborn

    async def __call__(self, claim: Claim, documents: Documents) -> Outcome:
        self.begun.append(claim.row_id)
        while not self.go_on.is_set():
            try:
                await self.go_on.wait()
            except asyncio.CancelledError:
                self.cancelled.append(claim.row_id)
                if not self.stubborn:
                    raise
        return Done(result={"file_content": claim.row_id})

    async def has_begun(self, how_many: int = 1) -> None:
        await async_until(lambda: happened(len(self.begun) >= how_many), what=f"{how_many} jobs begun")
