"""Which child is started next: the one that is needed most, of those that really fit.

A child that replaces another takes over its booking: a crash frees nothing for others. Every other has to
fit into what is booked and into what is really free; and of each group with work that waits, one may run in
any case, over-booked, if there is memory for it: a small machine is slow, but it does not stand still.
"""

from dataclasses import dataclass

from poolmgr.config.settings import ServerSettings
from poolmgr.pool.capacity import BUSY_CPU_SHARE, Size, lacking_cpu, lacking_ram, pressure, unbooked
from poolmgr.pool.groups import GROUPS, Group, groups
from poolmgr.pool.places import Place
from poolmgr.pool.resources import Resources
from poolmgr.pool.state import State
from poolmgr.telemetry.events import emit


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """cause: of a short list, said once; why: with its numbers."""

    cause: str
    why: str


class Admission:
    """tried: what was looked at last, and in vain; the same is not looked at again before something changed.
    reason: why the last child was let in."""

    def __init__(self, state: State, resources: Resources) -> None:
        self.state = state
        self.resources = resources
        self.tried: object = None
        self.reason = ""

    def next_place(self) -> Place | None:
        """A place to start a child in now; what is refused keeps the reason."""
        self.reason = ""
        due = [place for place in self.state.empty_places() if place.not_before <= self.state.now]
        free = next((place for place in due if place.spec.kind not in GROUPS), None)
        if free or not due:
            return free
        found = groups(self.state.roster, self.state.work())
        situation = (self.resources.readings, [id(place) for place in due], describe(found))
        if situation == self.tried:
            return None
        with self.resources.bookings.exclusively() as alone:
            place = self.first_that_fits(due, found) if alone else None
            self.tried = None if place or not alone else situation
            if place:
                place.booked = self.cost(place, found)
            self.resources.book(self.state.roster, self.server)
        return place

    def make_room_for_both(self, place: Place) -> bool:
        """Whether its next child fits beside the present one; then it is booked."""
        found = groups(self.state.roster, self.state.work())
        if place.spec.kind not in found:
            return True
        with self.resources.bookings.exclusively() as alone:
            if not alone or self.lacking(self.cost(place, found)):
                return False
            place.booked = self.cost(place, found)
            self.resources.book(self.state.roster, self.server)
        return True

    def lacking(self, cost: Size) -> Refusal | None:
        """What one more child of that size would be short of."""
        reading, server = self.resources.reading, self.server
        coming = self.resources.coming(self.state.roster, server, self.state.now)
        if why := lacking_ram(cost, coming, reading, server):
            return Refusal(cause="memory", why=why)
        booked = self.resources.booked(self.state.roster, server) + self.resources.bookings.others
        room = self.resources.room(server)
        self.reason = f"it fits: counted with {cost}, {booked} of {room} were booked"
        if why := unbooked(cost, booked, room):
            return Refusal(cause="booked", why=why)
        if why := lacking_cpu(cost, coming, reading, server):
            return Refusal(cause="cpu", why=why)
        return None

    @property
    def server(self) -> ServerSettings:
        return self.state.settings.server

    def first_that_fits(self, due: list[Place], found: dict[str, Group]) -> Place | None:
        waiting = ""
        for place in sorted(due, key=lambda one: urgency(one, found[one.spec.kind])):
            group = found[place.spec.kind]
            if waiting and waiting != group.kind and not group.ready:
                refusal: Refusal | None = Refusal(
                    cause="turn", why=f"room is kept for {waiting}: work waits for it"
                )
            else:
                refusal = self.refusal(place, group, found)
            self.note(place, refusal, group)
            if refusal is None:
                return place
            if group.ready and refusal.cause in ("booked", "cpu", "memory"):
                waiting = waiting or group.kind
        return None

    def refusal(self, place: Place, group: Group, found: dict[str, Group]) -> Refusal | None:
        reading, server = self.resources.reading, self.server
        if place.booked:
            self.reason = "it replaces another"
            why = pressure(reading, server)
            return Refusal(cause="pressure", why=f"memory is short: {why}") if why else None
        refusal = self.lacking(self.cost(place, found))
        if refusal and refusal.cause != "memory" and group.starves:
            return self.floor(place, refusal)
        return refusal

    def floor(self, place: Place, refusal: Refusal) -> Refusal | None:
        """One of each group with work may run over-booked; a CPU that others keep busy only delays it: it can
        be shared, memory cannot."""
        mean, now = self.resources.reading.mean_cpu, self.state.now
        waited = now - (now if place.wanted_at is None else place.wanted_at)
        limit = self.server.floor_wait_seconds
        if mean is None or mean < BUSY_CPU_SHARE or waited >= limit:
            self.reason = f"over-booked by floor, work waits for it and nobody does it: {refusal.why}"
            return None
        busy = f"the CPU was {mean:.0%} busy for 10 s, it starts within {limit - waited:.0f} s"
        return Refusal(cause="cpu", why=f"{refusal.why}; {busy}")

    def note(self, place: Place, refusal: Refusal | None, group: Group) -> None:
        """Says a refusal when its cause is another than before."""
        before, place.cause = place.cause, refusal.cause if refusal else ""
        place.refused = refusal.why if refusal else ""
        starving = refusal is not None and group.starves
        place.wanted_at = (place.wanted_at or self.state.now) if starving else None
        if refusal and refusal.cause != before:
            emit("child.refused", name=place.spec.name, cause=refusal.cause, why=refusal.why)

    def cost(self, place: Place, found: dict[str, Group]) -> Size:
        return self.resources.costs.of(found[place.spec.kind].next_cost(), self.server)


def urgency(place: Place, group: Group) -> tuple[bool, bool, float, float]:
    """What sorts first: a replacement, then a group that starves, then the one with most to do for each."""
    return (not place.booked, not group.starves, -group.hunger, group.share)


def describe(found: dict[str, Group]) -> object:
    return [(one.kind, len(one.staying), one.ready > 0, one.starves) for one in found.values()]
