"""A world of documents and readers in simulated time, for the rules that split the readers.

Every document has its own cost (seconds), known to nobody before it is read. Readers take one at a time, of
the kinds they were told; what waits is heard of once a second, as a scout tells it.
"""

import heapq
import itertools
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["ocr_index", "ocr_acte"]
KINDS: tuple[Kind, Kind] = ("ocr_index", "ocr_acte")
HEARD_SECONDS = 1.0
TICK_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class Arrival:
    at: float
    kind: Kind
    seconds: float


@dataclass(kw_only=True, eq=False)
class Reader:
    """claims: what it takes next. job: what it reads now, until when, and since when."""

    name: str
    claims: tuple[Kind, ...]
    job: Arrival | None = None
    until: float = 0.0
    since: float = 0.0


@dataclass(kw_only=True)
class World:
    """ready: as it is; heard: as the scout told it last. done: called with each document that was read."""

    readers: list[Reader]
    now: float = 0.0
    waiting: dict[Kind, deque[Arrival]] = field(default_factory=lambda: {kind: deque() for kind in KINDS})
    heard: Counter[str] = field(default_factory=Counter)


Rule = Callable[[World], None]
"""Looks at the world and tells the readers what to take next; called often, due when it says so itself."""

Hearing = Callable[[Reader, Arrival, float], None]


def makespan(arrivals: Sequence[Arrival], readers: int, rule: Rule, done: Hearing | None = None) -> float:
    """Seconds until the last document is read."""
    world = World(readers=[Reader(name=f"ocr-{n}", claims=KINDS) for n in range(1, readers + 1)])
    coming = deque(sorted(arrivals, key=lambda one: one.at))
    busy: list[tuple[float, int, Reader]] = []
    order, heard_at, last = itertools.count(), 0.0, 0.0
    while coming or busy or any(world.waiting.values()):
        while coming and coming[0].at <= world.now:
            world.waiting[coming[0].kind].append(coming.popleft())
        while busy and busy[0][0] <= world.now:
            until, _, reader = heapq.heappop(busy)
            last = until
            if done and reader.job:
                done(reader, reader.job, until)
            reader.job = None
        if world.now >= heard_at:
            heard_at = world.now + HEARD_SECONDS
            world.heard = Counter({kind: len(queue) for kind, queue in world.waiting.items()})
        rule(world)
        for reader in world.readers:
            if reader.job is None and (job := take(world, reader)):
                reader.job, reader.since, reader.until = job, world.now, world.now + job.seconds
                heapq.heappush(busy, (reader.until, next(order), reader))
        world.now += TICK_SECONDS
    return last


def take(world: World, reader: Reader) -> Arrival | None:
    """The oldest of the kinds it was told."""
    queues = [world.waiting[kind] for kind in reader.claims if world.waiting[kind]]
    return min(queues, key=lambda queue: queue[0].at).popleft() if queues else None


def bound(arrivals: Sequence[Arrival], readers: int) -> float:
    """What nobody can beat, knowing all in advance: no reader is ever without work that has arrived and could
    be shared at will; and nothing ends before it arrived and was read."""
    ordered = sorted(arrivals, key=lambda one: one.at)
    left, least = sum(one.seconds for one in ordered), 0.0
    for one in ordered:
        least = max(least, one.at + left / readers, one.at + one.seconds)
        left -= one.seconds
    return least


def bursty(seed: int, documents: int = 600) -> list[Arrival]:
    """Bursts of one kind alone, now the one, now the other, some together; both cost about the same."""
    chance, now = random.Random(seed), 0.0
    found: list[Arrival] = []
    while len(found) < documents:
        kind = chance.choice(KINDS)
        for _ in range(chance.randint(20, 120)):
            now += chance.expovariate(5.0)
            found.append(Arrival(at=now, kind=kind, seconds=chance.uniform(4.0, 16.0)))
        now += chance.uniform(0.0, 150.0)
    return found


def drifting(seed: int, documents: int = 600) -> list[Arrival]:
    """The share of indexes drifts from few to nearly all; one costs ten times an acte."""
    chance, now = random.Random(seed), 0.0
    found: list[Arrival] = []
    for number in range(documents):
        now += chance.expovariate(0.6)
        share = 0.05 + 0.9 * number / documents
        index = chance.random() < share
        kind: Kind = "ocr_index" if index else "ocr_acte"
        found.append(Arrival(at=now, kind=kind, seconds=chance.uniform(0.7, 1.3) * (20.0 if index else 2.0)))
    return found
