"""What a child of each kind takes: what it is counted with at first, corrected by what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from poolmgr.config.settings import ServerSettings
from poolmgr.domain.json import JsonObject, number, record, whole
from poolmgr.pool.capacity import Size
from poolmgr.pool.children import Child
from poolmgr.pool.trees import Tree

CostKind = Literal["registre", "index", "acte"]
COST_KINDS: tuple[CostKind, ...] = ("registre", "index", "acte")
HALF_TRUSTED = 20
"""Measurings of children at work after which what was measured weighs as much as what was assumed."""

CPU_WEIGHT = 0.1
FORGETTING = 0.02
"""Share of the way that a peak of memory comes down with each measuring below it: memory that is not there
when it is needed ends a process, so the peaks count, not the mean."""

LEAST = Size(cpu=0.05, ram=0.02)
MB_OF_A_GB = 1024


@dataclass(frozen=True, kw_only=True)
class Measured:
    """samples: measurings of children at work. cpu: their mean. ram: their peak, slowly forgotten."""

    samples: int = 0
    cpu: float = 0.0
    ram: float = 0.0

    def with_tree(self, tree: Tree) -> "Measured":
        ram = tree.ram_mb / MB_OF_A_GB
        cpu = self.cpu if tree.cpu is None else tree.cpu
        if not self.samples:
            return Measured(samples=1, cpu=cpu, ram=ram)
        return Measured(
            samples=self.samples + 1,
            cpu=self.cpu + CPU_WEIGHT * (cpu - self.cpu),
            ram=max(ram, self.ram + FORGETTING * (ram - self.ram)),
        )

    def corrected(self, assumed: Size) -> Size:
        trust = self.samples / (self.samples + HALF_TRUSTED)
        return Size(
            cpu=assumed.cpu + trust * (max(self.cpu, LEAST.cpu) - assumed.cpu),
            ram=assumed.ram + trust * (max(self.ram, LEAST.ram) - assumed.ram),
        )

    def as_json(self) -> JsonObject:
        return {"samples": self.samples, "cpu": round(self.cpu, 3), "ram_gb": round(self.ram, 3)}


class Costs:
    """`measured`: by kind, kept over restarts of the pool."""

    def __init__(self, measured: Mapping[CostKind, Measured] | None = None) -> None:
        self.measured: dict[CostKind, Measured] = {kind: Measured() for kind in COST_KINDS}
        self.measured.update(measured or {})

    @classmethod
    def from_json(cls, kept: JsonObject) -> "Costs":
        """Whatever makes no sense counts as never measured."""
        return cls({kind: measured(record(kept, kind)) for kind in COST_KINDS})

    def as_json(self) -> JsonObject:
        return {kind: one.as_json() for kind, one in self.measured.items()}

    def see(self, child: Child, tree: Tree) -> None:
        """A child at work: one that waits says nothing of what its work takes."""
        kind = cost_kind(child)
        if kind and child.is_busy and tree.cpu is not None:
            self.measured[kind] = self.measured[kind].with_tree(tree)

    def of(self, kind: CostKind, server: ServerSettings) -> Size:
        return self.measured[kind].corrected(assumed(kind, server))

    def all(self, server: ServerSettings) -> dict[CostKind, Size]:
        return {kind: self.of(kind, server) for kind in COST_KINDS}


def measured(kept: JsonObject) -> Measured:
    samples, cpu, ram = whole(kept, "samples"), number(kept, "cpu"), number(kept, "ram_gb")
    sensible = 0 < samples < 10**12 and 0 <= cpu <= 4096 and 0 <= ram <= 65_536
    return Measured(samples=samples, cpu=cpu, ram=ram) if sensible else Measured()


def assumed(kind: CostKind, server: ServerSettings) -> Size:
    """As the settings say: registre 3 vCPU and 1 GB, index 1.5 and 0.75, acte 1 and 0.5 by default."""
    match kind:
        case "registre":
            return Size(cpu=server.registre_cpu, ram=server.registre_ram_gb)
        case "index":
            return Size(cpu=server.index_cpu, ram=server.index_ram_gb)
        case "acte":
            return Size(cpu=server.acte_cpu, ram=server.acte_ram_gb)


def cost_kind(child: Child) -> CostKind | None:
    """What it is counted as now; one that reads both kinds as the dearer. None: it is not counted (scout)."""
    if child.spec.kind == "registre":
        return "registre"
    if child.spec.kind == "ocr":
        return "index" if "ocr_index" in child.claims else "acte"
    return None
