"""The two groups that share the machine: children that download, and children that read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from poolmgr.domain.jobs import OCR_KINDS
from poolmgr.pool.children import Child
from poolmgr.pool.costs import CostKind
from poolmgr.pool.places import Place, Roster

GROUPS = ("registre", "ocr")


@dataclass(kw_only=True)
class Group:
    """places: of its children, wanted ones; staying: children that live and were not sent away.

    ready: jobs that wait for it. work_seconds: how long one child would need for them.
    """

    kind: str
    places: list[Place]
    staying: list[Child]
    ready: int
    work_seconds: float

    @property
    def starves(self) -> bool:
        """Work waits and nobody does it."""
        return self.ready > 0 and not self.staying and bool(self.places)

    @property
    def hunger(self) -> float:
        """Seconds of work for each child that it would have with one more."""
        return self.work_seconds / (len(self.staying) + 1)

    @property
    def share(self) -> float:
        """How much of what is wanted there is."""
        return len(self.staying) / max(1, len(self.places))

    def next_cost(self) -> CostKind:
        """What its next child is counted as: the first one that reads has to read indexes, too."""
        if self.kind == "registre":
            return "registre"
        return "acte" if any("ocr_index" in child.claims for child in self.staying) else "index"


@dataclass(frozen=True, kw_only=True)
class Work:
    """ready: jobs that wait, by kind of job. seconds: what one takes of a child."""

    ready: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    def count(self, kinds: Iterable[str]) -> int:
        return sum(max(0, self.ready.get(kind, 0)) for kind in kinds)

    def all_seconds(self, kinds: Iterable[str]) -> float:
        """For one child. What is still to be downloaded will have to be read, too."""
        own = [kind for kind in kinds if kind in self.seconds]
        waiting = sum(max(0, self.ready.get(kind, 0)) * self.seconds[kind] for kind in own)
        reading = [self.seconds[kind] for kind in own if kind in OCR_KINDS]
        coming = max(0, self.ready.get("land", 0)) * sum(reading) / len(reading) if reading else 0.0
        return waiting + coming


def groups(roster: Roster, work: Work) -> dict[str, Group]:
    return {kind: group(kind, roster, work) for kind in GROUPS}


def group(kind: str, roster: Roster, work: Work) -> Group:
    places = [place for place in roster.places if place.spec.kind == kind]
    kinds = {one for place in places for one in place.spec.claims}
    staying = [
        child
        for child in roster.children()
        if child.spec.kind == kind and not child.told and not child.killed_for
    ]
    return Group(
        kind=kind,
        places=places,
        staying=staying,
        ready=work.count(kinds),
        work_seconds=work.all_seconds(kinds),
    )
