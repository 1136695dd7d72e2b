"""The pauses that people asked for and those that a reload brought; every child is told all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from poolmgr.domain.json import Json
from poolmgr.domain.pauses import Pause
from poolmgr.pool.children import Child
from poolmgr.telemetry.events import emit


@dataclass(frozen=True, kw_only=True)
class Asked:
    """since: when; by: who, in words."""

    since: datetime
    by: str


class Pausing:
    """They last until they are lifted or the pool ends: a pause of yesterday must not surprise a new start.

    asked: by whom. retired: environments that the configuration does not hold any more; what is in hand of
    them is finished, nothing else is begun.
    """

    def __init__(self) -> None:
        self.asked: dict[Pause, Asked] = {}
        self.retired: set[str] = set()

    @property
    def all(self) -> tuple[Pause, ...]:
        return (*self.asked, *(Pause(environment=name) for name in sorted(self.retired)))

    def add(self, pause: Pause, by: str) -> bool:
        """False when it was paused already."""
        if pause in self.asked:
            return False
        self.asked[pause] = Asked(since=datetime.now(UTC), by=by)
        emit("work.paused", **pause.as_json(), why=f"asked for by {by}: {pause}")
        return True

    def lift(self, pause: Pause, by: str) -> list[Pause]:
        """That one, and every narrower one inside of it."""
        found = [one for one in self.asked if pause.covers(one.environment, one.kind)]
        for one in found:
            del self.asked[one]
            emit("work.resumed", **one.as_json(), why=f"asked for by {by}: {one}")
        return found

    def retire(self, gone: Iterable[str], present: Iterable[str]) -> None:
        self.retired = (self.retired | set(gone)) - set(present)

    def covers(self, environment: str, kind: str) -> bool:
        return any(one.covers(environment, kind) for one in self.all)

    def tell(self, children: Iterable[Child]) -> None:
        rows = list[Json](one.as_json() for one in self.all)
        for child in children:
            child.pipe.send("pauses", pauses=rows)

    def as_json(self) -> list[Json]:
        asked: list[Json] = [
            {**pause.as_json(), "since": one.since.isoformat(timespec="seconds"), "by": one.by}
            for pause, one in self.asked.items()
        ]
        gone = [Pause(environment=name).as_json() for name in sorted(self.retired)]
        return asked + [{**one, "since": None, "by": "reload"} for one in gone]
