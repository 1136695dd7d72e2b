"""When a whole kind of child dies at every start: it is left alone for a while, then one child is tried."""

import math
from dataclasses import dataclass
from typing import Literal

from poolmgr.config.settings import PoolSettings
from poolmgr.domain.json import JsonObject
from poolmgr.pool.groups import GROUPS
from poolmgr.telemetry.events import emit


@dataclass(kw_only=True)
class Breaker:
    """Of one kind. closed = started as usual; open = nobody is started before `until`; probing = one child
    was, and shows how it goes.

    probe: the name of that one. deaths: quick ones in a row, whichever place they were in.
    seconds: how long it was last opened for.
    """

    state: Literal["closed", "open", "probing"] = "closed"
    deaths: int = 0
    seconds: float = 0.0
    until: float = -math.inf
    evidence: str = ""
    probe: str = ""


class Breakers:
    """The scout has none: it stands alone, and the pauses of its own place are enough."""

    def __init__(self) -> None:
        self.of = {kind: Breaker() for kind in GROUPS}

    def forbids(self, kind: str, now: float) -> bool:
        """Whether no child of that kind may be started now."""
        breaker = self.of.get(kind)
        if breaker is None or breaker.state == "closed":
            return False
        return breaker.state == "probing" or now < breaker.until

    def started(self, kind: str, name: str) -> None:
        breaker = self.of.get(kind)
        if breaker and breaker.state == "open":
            breaker.state, breaker.probe = "probing", name
            emit("kind.probing", kind=kind, name=name, why=f"one child is tried after {breaker.seconds:g} s")

    def died(self, kind: str, name: str, evidence: str, now: float, pool: PoolSettings) -> None:
        """Soon after its start, and without having done anything. One that was on its way before the probe
        says nothing new."""
        breaker = self.of.get(kind)
        if breaker is None:
            return
        breaker.deaths += 1
        breaker.evidence = evidence
        if self.is_probe(breaker, name) or (
            breaker.state == "closed" and breaker.deaths >= pool.breaker_deaths
        ):
            self.open(kind, breaker, now, pool)

    def open(self, kind: str, breaker: Breaker, now: float, pool: PoolSettings) -> None:
        longer = breaker.seconds * 2 or pool.breaker_seconds
        breaker.seconds = min(longer, max(pool.breaker_seconds, pool.breaker_max_seconds))
        breaker.state, breaker.until = "open", now + breaker.seconds
        emit(
            "kind.broken",
            kind=kind,
            deaths=breaker.deaths,
            seconds=breaker.seconds,
            why=f"{breaker.deaths} children died at their start, the last with {breaker.evidence}",
        )

    def gone(self, kind: str, name: str, now: float) -> None:
        """The probe was told to go before it had shown anything: another one is tried."""
        breaker = self.of.get(kind)
        if breaker and self.is_probe(breaker, name):
            breaker.state, breaker.until = "open", now

    def is_probe(self, breaker: Breaker, name: str) -> bool:
        return breaker.state == "probing" and breaker.probe == name

    def proven(self, kind: str) -> None:
        """A child of that kind has lived for a while, or has finished a job."""
        breaker = self.of.get(kind)
        if breaker is None:
            return
        if breaker.state != "closed":
            emit("kind.mended", kind=kind, deaths=breaker.deaths, why="a child of it lives and works")
        self.of[kind] = Breaker()

    def due_at(self) -> float:
        return min((one.until for one in self.of.values() if one.state == "open"), default=math.inf)

    def as_json(self, now: float) -> JsonObject:
        return {
            kind: {
                "state": one.state,
                "deaths": one.deaths,
                "retry_in_seconds": round(max(0.0, one.until - now), 3) if one.state == "open" else None,
                "evidence": one.evidence or None,
            }
            for kind, one in self.of.items()
        }
