"""How much fits: arithmetic only.

cpu is in vCPU (cores in full use), ram in GB (2^30 bytes).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from poolmgr.config.settings import ServerSettings

GB = 2**30
BUSY_CPU_SHARE = 0.95
"""Of the machine's cores, 10 s mean: above it not even the first child of a group is started at once."""

SHORT_OF_MEMORY_PERCENT = 5.0
"""Of the time that every process waited for memory (PSI `full avg10`): the kernel is busy making room."""

SLACK = 1e-9


@dataclass(frozen=True, kw_only=True)
class Size:
    cpu: float
    ram: float

    def __add__(self, other: "Size") -> "Size":
        return Size(cpu=self.cpu + other.cpu, ram=self.ram + other.ram)

    def __sub__(self, other: "Size") -> "Size":
        return Size(cpu=self.cpu - other.cpu, ram=self.ram - other.ram)

    def __mul__(self, times: float) -> "Size":
        return Size(cpu=self.cpu * times, ram=self.ram * times)

    def fits(self, room: "Size") -> bool:
        return self.cpu <= room.cpu + SLACK and self.ram <= room.ram + SLACK

    def __str__(self) -> str:
        return f"{self.cpu:.4g} vCPU and {self.ram:.3g} GB"


NOTHING = Size(cpu=0, ram=0)


def total(sizes: Iterable[Size]) -> Size:
    return sum(sizes, NOTHING)


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Something that limits us: the machine, a cgroup, SERVER_MAX_*.

    used: what is in use of it now, by whomever; cpu is None while no rate is known.
    """

    name: str
    cpu: float
    ram: float
    used_cpu: float | None = None
    used_ram: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was measured of the machine. mean_cpu: share of its cores in use, over 10 s; None = not known yet.
    memory_stall: percent of time, PSI `full avg10`; None = the kernel does not say."""

    bounds: tuple[Bound, ...]
    mean_cpu: float | None = None
    memory_stall: float | None = None

    def without(self, ram: float) -> "Reading":
        """As it would be with so much less memory in use."""
        bounds = tuple(replace(one, used_ram=max(0.0, one.used_ram - ram)) for one in self.bounds)
        return replace(self, bounds=bounds)

    @property
    def whole(self) -> Size:
        """The least of all bounds."""
        return Size(cpu=min(one.cpu for one in self.bounds), ram=min(one.ram for one in self.bounds))


def kept(server: ServerSettings) -> tuple[float, float]:
    """The shares of CPU and memory that may be used."""
    return 1 - server.reserve_cpu_percent / 100, 1 - server.reserve_ram_percent / 100


def budget(whole: Size, server: ServerSettings) -> Size:
    """What may be booked of it."""
    cpu, ram = kept(server)
    return Size(cpu=whole.cpu * cpu, ram=whole.ram * ram)


def unbooked(cost: Size, booked: Size, room: Size) -> str:
    """Why a child cannot be booked; empty = it can."""
    left = room - booked
    if cost.cpu > left.cpu + SLACK:
        free = max(0, left.cpu)
        return f"it is counted with {cost.cpu:.3g} vCPU, {free:.3g} of {room.cpu:.3g} are not booked"
    if cost.ram > left.ram + SLACK:
        free = max(0, left.ram)
        return f"it is counted with {cost.ram:.3g} GB, {free:.3g} of {room.ram:.3g} are not booked"
    return ""


def lacking_cpu(cost: Size, coming: Size, reading: Reading, server: ServerSettings) -> str:
    """Why the CPU that is really free is not enough; coming: children whose use does not show yet."""
    share, _ = kept(server)
    for bound in reading.bounds if server.reserve_cpu_percent else ():
        if bound.used_cpu is None:
            continue
        free = bound.cpu * share - bound.used_cpu - coming.cpu
        if cost.cpu > free + SLACK:
            return (
                f"it is counted with {cost.cpu:.3g} vCPU, {max(0, free):.3g} are free on {bound.name}: "
                f"{bound.used_cpu:.3g} of {bound.cpu:.3g} in use, "
                f"{server.reserve_cpu_percent:g} % kept free" + arriving(coming.cpu, "vCPU")
            )
    return ""


def lacking_ram(cost: Size, coming: Size, reading: Reading, server: ServerSettings) -> str:
    """Why the memory that is really free is not enough."""
    _, share = kept(server)
    for bound in reading.bounds:
        free = bound.ram * share - bound.used_ram - coming.ram
        if cost.ram > free + SLACK:
            return (
                f"it is counted with {cost.ram:.3g} GB, {max(0, free):.3g} are free on {bound.name}: "
                f"{bound.used_ram:.3g} of {bound.ram:.3g} in use, "
                f"{server.reserve_ram_percent:g} % kept free" + arriving(coming.ram, "GB")
            )
    return ""


def arriving(amount: float, unit: str) -> str:
    return f", {amount:.3g} {unit} for children that are starting" if amount else ""


def pressure(reading: Reading, server: ServerSettings) -> str:
    """Why memory is short; empty = it is not."""
    _, share = kept(server)
    for bound in reading.bounds:
        if bound.used_ram > bound.ram * share:
            return (
                f"{bound.used_ram:.3g} of {bound.ram:.3g} GB are in use on {bound.name}, "
                f"{server.reserve_ram_percent:g} % should be free"
            )
    if reading.memory_stall is not None and reading.memory_stall > SHORT_OF_MEMORY_PERCENT:
        return f"all processes wait for memory {reading.memory_stall:.0f} % of the time"
    return ""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How many children fit at once, and what they are counted with together."""

    registre: int
    ocr: int
    booked: Size


def fit(room: Size, costs: Mapping[str, Size]) -> Fit:
    """Whole sets of one registre child and two that read its documents, an index and an acte; where not even
    one set fits, what fits of it, the one that downloads first.

    costs: of registre, index and acte.
    """
    readers = costs["index"] + costs["acte"]
    whole = costs["registre"] + readers
    sets = min(times(room.cpu, whole.cpu), times(room.ram, whole.ram))
    if sets:
        return Fit(registre=sets, ocr=2 * sets, booked=whole * sets)
    booked, counts = NOTHING, {"registre": 0, "ocr": 0}
    for kind in ("registre", "index", "acte"):
        if (booked + costs[kind]).fits(room):
            booked += costs[kind]
            counts["registre" if kind == "registre" else "ocr"] += 1
    return Fit(registre=counts["registre"], ocr=counts["ocr"], booked=booked)


def times(room: float, size: float) -> int:
    """How often; no more than a pool may be configured with."""
    return min(256, int((room + SLACK) / size)) if size > 0 else 256
