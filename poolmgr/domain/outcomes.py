"""How a job ended, as a worker says it; the database alone turns it into a row's state."""

from dataclasses import dataclass, field
from typing import TypeAlias

from poolmgr.domain.json import Json, JsonObject


@dataclass(frozen=True, kw_only=True)
class Done:
    result: JsonObject
    trail: list[Json] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Retry:
    """This try failed; another may not. `after_seconds` None = the configured delays."""

    error: str
    after_seconds: float | None = None
    trail: list[Json] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """No try can succeed."""

    error: str
    trail: list[Json] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Released:
    """Interrupted, not failed: the attempt is returned."""

    error: str
    after_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class OutsideTrouble:
    """The site, the service or the storage is down: burns no attempt, bounded by max_outages."""

    error: str
    after_seconds: float | None = None


Outcome: TypeAlias = Done | Retry | GiveUp | Released | OutsideTrouble


def word(outcome: Outcome) -> str:
    """The outcome's word in the queue protocol."""
    match outcome:
        case Done():
            return "done"
        case Retry():
            return "retry"
        case GiveUp():
            return "give_up"
        case Released():
            return "released"
        case OutsideTrouble():
            return "outage"


def as_json(outcome: Outcome) -> JsonObject:
    """The argument of `pool_settle`."""
    values: JsonObject = {"outcome": word(outcome)}
    match outcome:
        case Done(result=result, trail=trail):
            return values | {"result": result, "trail": trail}
        case Retry(error=error, after_seconds=after, trail=trail):
            return values | {"error": error, "after_seconds": after, "trail": trail}
        case GiveUp(error=error, trail=trail):
            return values | {"error": error, "trail": trail}
        case Released(error=error, after_seconds=after) | OutsideTrouble(error=error, after_seconds=after):
            return values | {"error": error, "after_seconds": after}
