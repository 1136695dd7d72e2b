"""Who goes when there is too little room: never one that works, but for its own limit of memory."""

import zlib
from collections.abc import Callable

from poolmgr.config.settings import Settings
from poolmgr.pool.capacity import NOTHING, lacking_ram, pressure
from poolmgr.pool.children import Child
from poolmgr.pool.costs import MB_OF_A_GB, cost_kind
from poolmgr.pool.groups import Group, groups
from poolmgr.pool.resources import Resources
from poolmgr.pool.state import State
from poolmgr.telemetry.events import emit

CHEAPEST_FIRST = ("acte", "index", "registre")
HEAVY_TWICE = 2
LEAST_IDLE_SECONDS = 1.0

SendAway = Callable[[Child, str], None]
"""Has the supervisor drain a child, and says why."""


class Relief:
    """going: the worker that was sent away to make room; no other goes before it is gone and a new reading
    shows what that brought. pressed: why memory is short; empty = it is not."""

    def __init__(self, state: State, resources: Resources, send_away: SendAway) -> None:
        self.state = state
        self.resources = resources
        self.send_away = send_away
        self.going = ""
        self.pressed = ""
        self.judged = -1

    def relieve(self, *, trees_are_new: bool) -> None:
        """Once a turn; does something only when something was measured."""
        if trees_are_new:
            for child in self.state.roster.workers():
                self.weigh(child)
        if self.resources.readings == self.judged:
            return
        self.judged = self.resources.readings
        for child in self.state.roster.workers():
            self.look_at_age(child)
        self.note_pressure()
        if self.state.departure or self.is_going():
            return
        if self.pressed:
            self.drain_idle(self.pressed)
        else:
            self.make_room()

    def is_going(self) -> bool:
        return any(child.worker == self.going for child in self.state.roster.children())

    # Pressure

    def note_pressure(self) -> None:
        before, self.pressed = self.pressed, pressure(self.resources.reading, self.state.settings.server)
        if self.pressed and not before:
            emit("pool.pressed", why=self.pressed)
        elif before and not self.pressed:
            emit("pool.relieved", why="memory is free again")

    def drain_idle(self, why: str) -> None:
        idle = [child for child in self.state.roster.workers() if child.state == "idle" and cost_kind(child)]
        if idle:
            self.drain(min(idle, key=cheapness), f"memory is short: {why}")

    def drain(self, child: Child, why: str) -> None:
        """Its place keeps nothing: the next child has to fit anew; after one in trouble, not at once."""
        self.going = child.worker
        place = self.state.roster.place_of(child)
        place.booked = None
        if child.trouble:
            place.not_before = self.state.now + self.state.settings.balance.dwell_seconds
        self.send_away(child, why)

    # A child's own memory

    def weigh(self, child: Child) -> None:
        """Above its limit twice in a row it has to end its jobs; above what is usual it is replaced between
        two jobs."""
        tree = self.resources.trees.of.get(child.worker)
        if tree is None or child.told or child.ready_at is None:
            return
        usual, limit = memory_limits(child, self.state.settings)
        child.heavy = child.heavy + 1 if limit and tree.ram_mb > limit else 0
        held = f"its {tree.processes} processes hold {tree.ram_mb:.0f} MB"
        if child.heavy >= HEAVY_TWICE:
            self.send_away(child, f"{held}, twice above its limit of {limit:g} MB")
        elif usual and tree.ram_mb > usual:
            self.renew(child, f"{held}, more than {usual:g} MB")

    def look_at_age(self, child: Child) -> None:
        """After so many jobs or so long a life it is replaced between two jobs, one child at a time."""
        jobs, seconds = lifetime(child, self.state.settings)
        ended, age = child.completed + child.failed, self.state.now - child.started_at
        if child.told or child.ready_at is None:
            return
        if jobs and ended >= jobs:
            self.renew(child, f"it has ended {ended} jobs, it is replaced after {jobs}")
        elif seconds and age >= seconds * jitter(child):
            self.renew(child, f"it has lived {age:.0f} s, it is replaced after about {seconds:g}")

    def renew(self, child: Child, why: str) -> None:
        place = self.state.roster.place_of(child)
        if not place.renewal:
            place.make_stale(why)
            emit("child.stale", name=child.spec.name, worker=child.worker, why=why)

    # One group for the other

    def make_room(self) -> None:
        """For a group with work whose next child was refused for lack of room: an idle child of the other
        goes; where both have work and only one fits, they take turns."""
        found = groups(self.state.roster, self.state.work())
        for group in found.values():
            other = next(one for one in found.values() if one is not group)
            if group.ready and self.lacks_room(group) and (pair := self.who_yields(group, other)):
                self.drain(*pair)
                return

    def lacks_room(self, group: Group) -> bool:
        return any(
            place.child is None and place.cause in ("booked", "cpu", "memory") for place in group.places
        )

    def who_yields(self, group: Group, other: Group) -> tuple[Child, str] | None:
        now, dwell = self.state.now, self.state.settings.balance.dwell_seconds
        patience = LEAST_IDLE_SECONDS if group.starves else dwell
        idle = [
            child
            for child in other.staying
            if child.state == "idle"
            and now - child.worked_at >= patience
            and (not other.ready or child.trouble)
        ]
        if idle:
            child = min(idle, key=lambda one: one.worked_at)
            why = child.trouble or "nothing waits for it"
            return child, f"room for {group.kind}: {why}"
        if group.starves and other.staying and self.only_one_fits(group):
            eldest = min(other.staying, key=lambda one: one.started_at)
            if now - eldest.started_at >= dwell and self.would_fit(group, eldest):
                return eldest, f"it is the turn of {group.kind}: only one of both fits"
        return None

    def would_fit(self, group: Group, leaving: Child) -> bool:
        """Whether its memory is enough for the other: else nobody would run afterwards."""
        tree, server = self.resources.trees.of.get(leaving.worker), self.state.settings.server
        place = self.state.roster.place_of(leaving)
        freed = tree.ram_mb / MB_OF_A_GB if tree else self.resources.booking(place, server).ram
        cost = self.resources.costs.of(group.next_cost(), server)
        return not lacking_ram(cost, NOTHING, self.resources.reading.without(freed), server)

    def only_one_fits(self, group: Group) -> bool:
        """Its first child was refused for memory, which nothing can be over-booked with."""
        return any(place.cause == "memory" for place in group.places)


def cheapness(child: Child) -> tuple[int, float]:
    """What is sent away first: what costs least, of equals the one that did nothing for longest."""
    return CHEAPEST_FIRST.index(cost_kind(child) or "registre"), child.worked_at


def lifetime(child: Child, settings: Settings) -> tuple[int, float]:
    """Jobs, and seconds; 0 = for ever."""
    table = settings.registre if child.spec.kind == "registre" else settings.ocr
    return table.child_jobs, table.child_seconds


def jitter(child: Child) -> float:
    """From 0.9 to 1.1, the same all its life: children that began together do not end together."""
    return 0.9 + 0.2 * (zlib.crc32(child.worker.encode()) % 1000) / 1000


def memory_limits(child: Child, settings: Settings) -> tuple[float, float]:
    """MB: usual, and hard; 0 = none."""
    table = settings.registre if child.spec.kind == "registre" else settings.ocr
    return table.child_memory_mb, table.child_memory_limit_mb
