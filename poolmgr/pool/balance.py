"""Who reads what: the split of the OCR children, decided anew every while and at once when a queue turns
empty or begins, and told to the children, who change between two jobs."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from poolmgr.domain.children import ChildSpec
from poolmgr.domain.jobs import OCR_KINDS, JobKind
from poolmgr.domain.json import Json, JsonObject
from poolmgr.pool.children import Child
from poolmgr.pool.splitting import Queue, Split, split
from poolmgr.pool.state import State
from poolmgr.telemetry.events import emit

Mode = Literal["index", "acte", "both"]
CLAIMS: dict[Mode, tuple[JobKind, ...]] = {
    "index": ("ocr_index",),
    "acte": ("ocr_acte",),
    "both": OCR_KINDS,
}


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """How many read what; both: the only child reads both."""

    index: int = 0
    acte: int = 0
    both: int = 0
    why: str = "no child that reads is ready"

    def as_json(self, decided_at: datetime) -> JsonObject:
        return {
            "index": self.index,
            "acte": self.acte,
            "both": self.both,
            "total": self.index + self.acte + self.both,
            "why": self.why,
            "decided_at": decided_at.isoformat(timespec="seconds"),
        }


class Balance:
    """situation: what made us decide last; another one is decided upon at once. While somebody stands idle
    beside work, who is busy belongs to it: others may have been meant to take what now waits for the idle.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.due = -math.inf
        self.situation: object = None
        self.allocation = Allocation()

    def rebalance(self) -> None:
        """Once a turn; does something when it is due or the situation is another."""
        state, readers = self.state, self.readers()
        ready = state.ready()
        idle = [child.worker for child in readers if stands_idle(child, ready)]
        busy = [child.worker for child in readers if child.is_busy]
        situation = (
            [child.worker for child in readers],
            [ready[kind] > 0 for kind in OCR_KINDS],
            (idle, busy, [ready[kind] for kind in OCR_KINDS]) if idle else None,
        )
        if state.departure or (state.now < self.due and situation == self.situation):
            return
        self.due = state.now + state.settings.balance.seconds
        self.situation = situation
        self.decide(readers, ready)

    def due_at(self) -> float:
        """Never on the way out: nothing is decided any more."""
        return math.inf if self.state.departure else self.due

    def readers(self) -> list[Child]:
        """Those that may read both, and can be told."""
        workers = self.state.roster.workers()
        return [one for one in workers if reads_both(one.spec) and one.state in ("idle", "busy")]

    def decide(self, readers: list[Child], ready: "Counter[str]") -> None:
        if len(readers) < 2:
            wanted = Allocation(both=len(readers), why="one child reads both" if readers else Allocation.why)
            self.assign(readers, ["both"] * len(readers), wanted.why)
        else:
            decided = self.decided(readers, ready)
            wanted = Allocation(index=decided.index, acte=decided.acte, why=decided.why)
            self.assign(readers, modes(readers, decided, ready), decided.why)
        self.note(wanted)

    def first_claims(self, spec: ChildSpec) -> tuple[JobKind, ...]:
        """Of a child that is about to start: what no other reads, until it is ready and told."""
        state = self.state
        if not reads_both(spec) or sum(reads_both(place.spec) for place in state.roster.places) < 2:
            return spec.claims
        read = [kind for child in state.roster.workers() for kind in child.claims]
        return min(((kind,) for kind in OCR_KINDS), key=lambda claims: read.count(claims[0]))

    def decided(self, readers: list[Child], ready: "Counter[str]") -> Split:
        state, settings = self.state, self.state.settings
        held = Counter(job.kind for child in readers for job in child.jobs.values())
        index, acte = (
            Queue(ready=ready[kind], held=held[kind], seconds=state.paces.seconds[kind], minimum=minimum)
            for kind, minimum in zip(
                OCR_KINDS, (settings.ocr.min_index_children, settings.ocr.min_acte_children), strict=True
            )
        )
        free = [self.may_move(child, ready) for child in readers]
        leaving = [mode_of(child) for child, moves in zip(readers, free, strict=True) if moves]
        undecided = leaving.count("both")
        return split(
            len(readers),
            index,
            acte,
            current=sum(mode_of(child) == "index" for child in readers),
            hysteresis=settings.balance.hysteresis_percent / 100,
            movable=(leaving.count("index"), leaving.count("acte") + undecided),
        )

    def may_move(self, child: Child, ready: "Counter[str]") -> bool:
        """After its dwell; at once when nothing waits for what it reads, or it was told nothing yet."""
        dwelled = self.state.now - child.mode_since >= self.state.settings.balance.dwell_seconds
        return dwelled or mode_of(child) == "both" or not any(ready[kind] for kind in child.claims)

    def assign(self, readers: list[Child], wanted: list[Mode], why: str) -> None:
        for child, mode in zip(readers, wanted, strict=True):
            if child.claims == CLAIMS[mode] and child.mode_since:
                continue
            if not child.pipe.send("mode", claims=list[Json](CLAIMS[mode])):
                self.situation = None  # it did not read it: again next turn
                continue
            if child.claims != CLAIMS[mode]:
                emit("child.mode", name=child.spec.name, worker=child.worker, mode=mode, why=why)
            child.claims, child.mode_since = CLAIMS[mode], self.state.now

    def note(self, wanted: Allocation) -> None:
        before, self.allocation = self.allocation, wanted
        counts = {"index": wanted.index, "acte": wanted.acte, "both": wanted.both}
        if counts != {"index": before.index, "acte": before.acte, "both": before.both}:
            emit("pool.rebalanced", **counts, total=sum(counts.values()), why=wanted.why)
        self.state.allocation = wanted.as_json(datetime.now(UTC))


def reads_both(spec: ChildSpec) -> bool:
    return spec.claims == OCR_KINDS


def mode_of(child: Child) -> Mode:
    return next(mode for mode, claims in CLAIMS.items() if claims == child.claims)


def modes(readers: list[Child], decided: Split, ready: "Counter[str]") -> list[Mode]:
    """As many of each as decided. Who is idle gets what waits; of the rest as few change as possible, those
    that work and those that changed lately least."""
    lacking: dict[Mode, int] = {"index": decided.index, "acte": decided.acte}
    waiting: dict[Mode, int] = {"index": ready["ocr_index"], "acte": ready["ocr_acte"]}
    found: dict[str, Mode] = {}

    def give(child: Child, mode: Mode) -> None:
        lacking[mode] -= 1
        waiting[mode] -= 0 if child.is_busy else 1
        found[child.worker] = mode

    settled = sorted(readers, key=lambda child: child.mode_since, reverse=True)
    idle = [child for child in settled if not child.is_busy]
    for child in idle:
        mode = mode_of(child)
        if mode != "both" and lacking[mode] > 0 and waiting[mode] > 0:
            give(child, mode)
    for child in idle:
        wanted = next((one for one in lacking if lacking[one] > 0 and waiting[one] > 0), None)
        if wanted and child.worker not in found:
            give(child, wanted)
    for child in settled:
        mode = mode_of(child)
        if child.worker not in found and mode != "both" and lacking[mode] > 0:
            give(child, mode)
    for child in settled:
        if child.worker not in found:
            give(child, "index" if lacking["index"] > 0 else "acte")
    return [found[child.worker] for child in readers]


def stands_idle(child: Child, ready: "Counter[str]") -> bool:
    """Beside work that it does not ask for."""
    waits = any(ready[kind] > 0 for kind in OCR_KINDS)
    return waits and child.state == "idle" and not any(ready[kind] > 0 for kind in child.claims)
