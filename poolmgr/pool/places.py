"""Which children there should be, and which there are."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from poolmgr.config.settings import PoolSettings
from poolmgr.domain.children import ChildSpec
from poolmgr.domain.json import JsonObject
from poolmgr.pool.capacity import Size
from poolmgr.pool.children import SCOUT, Child
from poolmgr.pool.restarts import delay_seconds, is_quick

LONGEST_BOOKED_SECONDS = 5.0
"""A child that comes back only after this keeps no room free meanwhile."""


@dataclass(kw_only=True, eq=False)
class Place:
    """A child to keep alive: the place stays, its child changes.

    not_before: when it may be forked again, at the earliest.
    renewal: stale = its child is to be replaced between jobs, renewing = that one was sent away and the next
    is not ready yet. renewed_for: why.
    booked: what is kept for it while it has no child, None = nothing: its next child has to fit anew.
    predecessor: where the child lives that this one's will replace; it goes when its successor is ready.
    last_exit: how its last child ended. cause, refused: why none was started when that was last tried.
    wanted_at: since when work waits for one.
    """

    spec: ChildSpec
    child: Child | None = None
    restarts: int = 0
    quick_deaths: int = 0
    not_before: float = -math.inf
    renewal: Literal["", "stale", "renewing"] = ""
    renewed_for: str = ""
    booked: Size | None = None
    cause: str = ""
    refused: str = ""
    wanted_at: float | None = None
    predecessor: "Place | None" = None
    last_exit: JsonObject | None = None

    @property
    def is_scout(self) -> bool:
        return self.spec.kind == SCOUT

    @property
    def is_ready(self) -> bool:
        return self.child is not None and self.child.ready_at is not None

    @property
    def is_renewed(self) -> bool:
        """Its next child is at work, or does not fit now: whenever it comes, it will be a new one."""
        return self.child.state in ("idle", "busy") if self.child else bool(self.refused)

    def make_stale(self, why: str) -> None:
        """Its child is replaced as soon as it is its turn."""
        self.renewal, self.renewed_for = "stale", why

    def vacate(
        self, child: Child, now: float, pool: PoolSettings, pick: Callable[[float, float], float]
    ) -> float:
        """The child is dead; the answer is how many seconds its replacement has to wait."""
        self.child = None
        self.restarts += 1
        self.renewal = "renewing" if self.renewal else ""
        ready_seconds = None if child.ready_at is None else now - child.ready_at
        if child.told or not is_quick(ready_seconds, child.completed, pool.restart_first_seconds):
            self.quick_deaths = 0
        else:
            self.quick_deaths += 1
        return self.wait(now, pool, pick, was_ready=child.ready_at is not None)

    def wait(
        self, now: float, pool: PoolSettings, pick: Callable[[float, float], float], *, was_ready: bool
    ) -> float:
        delay = delay_seconds(
            self.quick_deaths,
            was_ready=was_ready,
            first_seconds=pool.restart_first_seconds,
            max_seconds=pool.restart_max_seconds,
            pick=pick,
        )
        self.not_before = max(self.not_before, now + delay)
        if delay > LONGEST_BOOKED_SECONDS:
            self.booked = None
        return delay


@dataclass(kw_only=True)
class Roster:
    """`leaving`: places that are no more, whose child is still on its way out."""

    places: list[Place] = field(default_factory=list)
    leaving: list[Place] = field(default_factory=list)

    def children(self) -> Iterator[Child]:
        return (place.child for place in self.all_places() if place.child)

    def all_places(self) -> tuple[Place, ...]:
        return *self.places, *self.leaving

    def workers(self) -> list[Child]:
        """Everybody but the scouts."""
        return [child for child in self.children() if not child.is_scout]

    def scout(self) -> Child | None:
        """The one that can be spoken to."""
        return next((one for one in self.children() if one.is_scout and one.ready_at and not one.told), None)

    def mark_stale(self, recycles: Callable[[str], bool]) -> None:
        for place in self.places:
            if place.child and recycles(place.spec.kind):
                place.make_stale("its configuration changed")

    def next_to_renew(self) -> Place | None:
        """One at a time, the least occupied first: a bad configuration stops at its first child. The scout
        last: of an environment that is gone it still has to free what the others leave."""
        for place in self.places:
            if place.renewal == "renewing" and place.is_renewed:
                place.renewal = ""
        if any(place.renewal == "renewing" for place in self.places):
            return None
        stale = [place for place in self.places if place.renewal == "stale" and place.child]
        return min(stale, key=lambda place: (place.is_scout, occupation(place)), default=None)

    def overlap(self, place: Place) -> None:
        """Its child works on, beside the next one, until that is ready."""
        old = Place(spec=place.spec, child=place.child, restarts=place.restarts)
        old.renewal, old.renewed_for = "renewing", place.renewed_for
        self.leaving.append(old)
        place.child, place.predecessor, place.renewal = None, old, "renewing"
        place.restarts += 1

    def succeeded(self) -> list[Place]:
        """Where a child still works though another has taken its place, or nobody will any more."""
        waited_for = [place.predecessor for place in self.places if not place.is_ready]
        return [
            old
            for old in self.leaving
            if old.child and not old.child.told and not old.child.killed_for and old not in waited_for
        ]

    def successors(self, old: Place) -> list[Place]:
        return [place for place in self.places if place.predecessor is old]

    def place_of(self, child: Child) -> Place:
        return next(place for place in self.all_places() if place.child is child)

    def by_pid(self, pid: int) -> Child | None:
        return next((child for child in self.children() if child.pid == pid), None)

    def rearrange(self, specs: Iterable[ChildSpec]) -> list[Child]:
        """Makes the places those of `specs`; the answer are the children to send away."""
        plan = assign(self.places, list(specs))
        for place, spec in plan.kept:
            place.spec = spec
        kept = [place for place, _ in plan.kept]
        self.leaving += [place for place in plan.surplus if place.child]
        self.places = sorted(
            kept + [Place(spec=spec) for spec in plan.missing], key=lambda place: not place.is_scout
        )
        return [place.child for place in plan.surplus if place.child]


@dataclass(frozen=True, kw_only=True)
class Assignment:
    kept: list[tuple[Place, ChildSpec]]
    surplus: list[Place]
    missing: list[ChildSpec]


def assign(places: Sequence[Place], specs: Sequence[ChildSpec]) -> Assignment:
    """Which place goes on under which spec. Places of the same kind and claims can stand for each other:
    of a surplus those go that do least, so a busy child may take over the name of an idle one."""
    plan = Assignment(kept=[], surplus=[], missing=[])
    groups = dict.fromkeys((spec.kind, spec.claims) for spec in (*(place.spec for place in places), *specs))
    for group in groups:
        wanted = {spec.name: spec for spec in specs if (spec.kind, spec.claims) == group}
        present = [place for place in places if (place.spec.kind, place.spec.claims) == group]
        present.sort(key=lambda place: (-occupation(place), place.spec.name not in wanted))
        plan.surplus.extend(present[len(wanted) :])
        staying = present[: len(wanted)]
        strangers = [place for place in staying if place.spec.name not in wanted]
        plan.kept.extend((place, wanted.pop(place.spec.name)) for place in staying if place not in strangers)
        plan.kept.extend((place, wanted.pop(next(iter(wanted)))) for place in strangers)
        plan.missing.extend(wanted.values())
    return plan


def occupation(place: Place) -> int:
    """How much would be interrupted: 0 nothing there, 1 leaving or booting, 2 idle, 3 busy."""
    if place.child is None:
        return 0
    return {"idle": 2, "busy": 3}.get(place.child.state, 1)
