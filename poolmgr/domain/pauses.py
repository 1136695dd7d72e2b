"""What is not begun for the time being: kinds of job, environments, or one kind in one environment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from poolmgr.domain.jobs import JobKind
from poolmgr.domain.json import JsonObject, records, text


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Empty = every environment, every kind of job."""

    environment: str = ""
    kind: str = ""

    def covers(self, environment: str, kind: str) -> bool:
        return self.environment in ("", environment) and self.kind in ("", kind)

    def as_json(self) -> JsonObject:
        return {"environment": self.environment, "kind": self.kind}

    def __str__(self) -> str:
        return f"{self.kind or 'every kind of job'} in {self.environment or 'every environment'}"


def pauses(message: JsonObject) -> tuple[Pause, ...]:
    """Of a message `pauses`: the whole list, which replaces the one before."""
    return tuple(
        Pause(environment=text(one, "environment"), kind=text(one, "kind"))
        for one in records(message, "pauses")
    )


def paused(all_pauses: Iterable[Pause], environment: str, kinds: Sequence[JobKind]) -> frozenset[JobKind]:
    """Those of the kinds that are not begun there."""
    here = [one for one in all_pauses if one.environment in ("", environment)]
    return frozenset(kind for kind in kinds if any(one.covers(environment, kind) for one in here))
