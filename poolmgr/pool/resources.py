"""What there is, what is in use and what is booked: measured by the loop in small steps, one place to ask."""

import math

from poolmgr.config.settings import ServerSettings, Settings
from poolmgr.domain.json import Json, JsonObject, record
from poolmgr.pool.bookings import Bookings, folder_for
from poolmgr.pool.capacity import NOTHING, Reading, Size, budget, pressure, total
from poolmgr.pool.costs import Costs, cost_kind
from poolmgr.pool.machine import Meter
from poolmgr.pool.places import Place, Roster
from poolmgr.pool.trees import Trees

STEP_SECONDS = 0.005
SHOWING_SECONDS = 5.0
"""So long after its start a child's use may not show yet in what was measured: it is counted beside that."""


class Resources:
    """readings: how many there were; something that was refused may fit with the next."""

    def __init__(self, settings: Settings, kept: JsonObject, now: float) -> None:
        self.meter = Meter()
        self.trees = Trees()
        self.costs = Costs.from_json(record(kept, "costs"))
        self.bookings = Bookings(folder_for(settings.server.bookings_folder))
        self.reading = self.meter.read(now)
        self.readings = 1
        self.read_at = now + settings.server.sample_seconds
        self.trees_at = now + settings.server.tree_seconds

    def close(self) -> None:
        self.bookings.close()

    def measure(self, roster: Roster, server: ServerSettings, now: float) -> bool:
        """What is due; True when a measuring of the trees has just been completed."""
        if now >= self.read_at:
            self.read_at = now + server.sample_seconds
            self.reading = self.meter.read(now)
            self.readings += 1
            self.book(roster, server)
        if now >= self.trees_at:
            self.trees_at = now + server.tree_seconds
            self.trees.begin((child.worker, child.pid) for child in roster.children())
        if not self.trees.advance(STEP_SECONDS):
            return False
        for child in roster.workers():
            if tree := self.trees.of.get(child.worker):
                self.costs.see(child, tree)
        return True

    def due_at(self) -> float:
        return -math.inf if self.trees.under_way else min(self.read_at, self.trees_at)

    def room(self, server: ServerSettings) -> Size:
        """What may be booked in all, by every pool of this machine."""
        return budget(limited(self.reading.whole, server), server)

    def booked(self, roster: Roster, server: ServerSettings) -> Size:
        """By this pool: living children, and places whose child is being replaced."""
        return total(self.booking(place, server) for place in roster.all_places())

    def book(self, roster: Roster, server: ServerSettings) -> None:
        """Tells the other pools of this machine what is booked."""
        self.bookings.tell(self.booked(roster, server))

    def booking(self, place: Place, server: ServerSettings) -> Size:
        if place.child is not None:
            kind = cost_kind(place.child)
            return self.costs.of(kind, server) if kind else NOTHING
        return place.booked or NOTHING

    def coming(self, roster: Roster, server: ServerSettings, now: float) -> Size:
        """Children that were started so lately that their use does not show yet."""
        young = [
            kind
            for child in roster.workers()
            if (kind := cost_kind(child))
            and (child.ready_at is None or now - child.started_at < SHOWING_SECONDS)
        ]
        return total(self.costs.of(kind, server) for kind in young)

    def as_json(self, roster: Roster, server: ServerSettings) -> JsonObject:
        booked, room = self.booked(roster, server), self.room(server)
        return {
            "room": sized(room),
            "booked": sized(booked),
            "booked_by_others": sized(self.bookings.others),
            "over_booked": not (booked + self.bookings.others).fits(room),
            "pressed": pressure(self.reading, server) or None,
            "machine": machine(self.reading),
            "costs": {kind: sized(size) for kind, size in self.costs.all(server).items()},
            "measured": self.costs.as_json(),
        }


def limited(whole: Size, server: ServerSettings) -> Size:
    """Of a machine, what the operator lets us reckon with."""
    return Size(
        cpu=min(whole.cpu, server.max_cpu or math.inf), ram=min(whole.ram, server.max_ram_gb or math.inf)
    )


def sized(size: Size) -> JsonObject:
    return {"cpu": round(size.cpu, 3), "ram_gb": round(size.ram, 3)}


def machine(reading: Reading) -> Json:
    return [
        {
            "name": bound.name,
            "cpu": round(bound.cpu, 3),
            "ram_gb": round(bound.ram, 3),
            "used_cpu": None if bound.used_cpu is None else round(bound.used_cpu, 3),
            "used_ram_gb": round(bound.used_ram, 3),
        }
        for bound in reading.bounds
    ]
