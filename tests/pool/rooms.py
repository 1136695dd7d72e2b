"""A parent's state for tests of what fits: places and children that are looked at and never forked."""

import socket
from collections.abc import Sequence
from pathlib import Path

from poolmgr.config.settings import BalanceSettings, PoolSettings, ServerSettings, Settings
from poolmgr.domain.jobs import JobKind, WorkerId
from poolmgr.domain.json import Json
from poolmgr.pool.admission import Admission
from poolmgr.pool.capacity import Bound, Reading
from poolmgr.pool.children import Child
from poolmgr.pool.pipe import Pipe
from poolmgr.pool.places import Place
from poolmgr.pool.relief import Relief
from poolmgr.pool.state import State
from tests.pool.running import spec
from tests.pool.targets import never_ready


class Room:
    """A machine of a given size with as many places as asked for; every start is granted or refused as the
    parent would, and none is made."""

    def __init__(
        self,
        folder: Path,
        *,
        cpu: float,
        ram: float,
        registre: int = 1,
        ocr: int = 4,
        server: ServerSettings | None = None,
        dwell_seconds: float = 60,
    ) -> None:
        pool = PoolSettings(data_folder=str(folder), control_socket=str(folder / "c.sock"), host="here")
        used = server or ServerSettings()
        settings = Settings(
            pool=pool,
            server=used.model_copy(update={"bookings_folder": str(folder / "bookings")}),
            balance=BalanceSettings(dwell_seconds=dwell_seconds),
        )
        self.state = State.at_start(settings)
        self.state.now = 1000.0
        names = [("registre", number) for number in range(1, registre + 1)]
        names += [("ocr", number) for number in range(1, ocr + 1)]
        self.state.roster.rearrange(
            [
                spec(f"{kind}-{number}", never_ready, kind=kind, claims=self.claims_of(kind))
                for kind, number in names
            ]
        )
        self.size = (cpu, ram)
        self.drained: list[tuple[str, str]] = []
        self.admission = Admission(self.state, self.state.resources)
        self.relief = Relief(self.state, self.state.resources, self.send_away)
        self.reads()

    def claims_of(self, kind: str) -> tuple[JobKind, ...]:
        return ("land",) if kind == "registre" else ("ocr_index", "ocr_acte")

    def close(self) -> None:
        self.state.resources.close()
        for child in self.state.roster.children():
            child.pipe.close()

    def reads(
        self,
        *,
        used_cpu: float | None = 0.0,
        used_ram: float = 0.0,
        mean: float | None = 0.0,
        stall: float | None = None,
    ) -> None:
        """A new reading of the machine; mean: the share of its cores in use."""
        cpu, ram = self.size
        machine = Bound(name="the machine", cpu=cpu, ram=ram, used_cpu=used_cpu, used_ram=used_ram)
        self.state.resources.reading = Reading(bounds=(machine,), mean_cpu=mean, memory_stall=stall)
        self.state.resources.readings += 1

    def waits(self, **ready: int) -> None:
        """So many jobs of each kind."""
        depths: list[Json] = [{"kind": kind, "ready": count} for kind, count in ready.items()]
        self.state.environments.hear_depths({"environment": "dev", "depths": depths})

    def later(self, seconds: float) -> None:
        self.state.now += seconds

    def fill(self) -> list[str]:
        """The names that are let in now, in their order."""
        names = []
        while place := self.admission.next_place():
            names.append(place.spec.name)
            self.occupy(place)
        return names

    def occupy(self, place: Place, *, since: float | None = None) -> Child:
        ours, theirs = socket.socketpair()
        theirs.close()
        now = self.state.now if since is None else since
        place.child = Child(
            spec=place.spec,
            worker=WorkerId(f"worker-{place.spec.name}"),
            pid=0,
            pidfd=-1,
            dump=-1,
            pipe=Pipe(ours),
            started_at=now,
            heard_at=now,
            boot_limit_at=now + 10,
            ready_at=now,
            claims=place.spec.claims,
            worked_at=now,
        )
        return place.child

    def place(self, name: str) -> Place:
        return next(place for place in self.state.roster.places if place.spec.name == name)

    def child(self, name: str) -> Child:
        child = self.place(name).child
        assert child is not None
        return child

    def refusals(self) -> dict[str, str]:
        return {place.spec.name: place.refused for place in self.state.roster.places if place.refused}

    def reads_alone(self, mode: JobKind, *names: str) -> None:
        for name in names:
            self.child(name).claims = (mode,)

    def send_away(self, child: Child, why: str) -> None:
        child.told = "drain"
        self.drained.append((child.spec.name, why))

    def relieve(self, *, trees_are_new: bool = False) -> Sequence[tuple[str, str]]:
        """Who was sent away by this look, and why."""
        before = len(self.drained)
        self.relief.relieve(trees_are_new=trees_are_new)
        return self.drained[before:]

    def buries(self, name: str) -> None:
        """What was sent away is gone."""
        place = self.place(name)
        child = self.child(name)
        child.pipe.close()
        place.child = None
