"""What the scout last said of each environment: how much waits there, and whether it is down."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from poolmgr.domain.budgets import Budget, budget, sentence
from poolmgr.domain.json import Json, JsonObject, number, records, text, whole
from poolmgr.pool.pausing import Pausing
from poolmgr.telemetry.events import emit

MOST_ENVIRONMENTS = 20
MOST_DEPTHS = 50
MOST_STRANDED = 100
MOST_BUDGETS = 10
LONGEST_ERROR = 500
LONGEST_WORD = 100


@dataclass(kw_only=True)
class Environment:
    """outage: empty = it answers; down_since, and when it is tried again, on the parent's clock.
    slow_seconds: how long it takes to answer while that is too long to wait for it, else 0.
    spool: its paid files that wait for their delivery. budgets: today's."""

    depths: list[JsonObject] = field(default_factory=list)
    outage: str = ""
    down_since: datetime | None = None
    retry_at: float = 0.0
    slow_seconds: float = 0.0
    spool: JsonObject = field(default_factory=dict)
    budgets: list[Budget] = field(default_factory=list)


class Environments:
    """pausing: what is not begun; it counts as no work."""

    def __init__(self, pausing: Pausing | None = None) -> None:
        self.pausing = pausing or Pausing()
        self.known: dict[str, Environment] = {}

    def named(self, name: str) -> Environment | None:
        """None for a name too many: nonsense must not fill the parent."""
        if name not in self.known and not (
            0 < len(name) <= LONGEST_WORD and len(self.known) < MOST_ENVIRONMENTS
        ):
            return None
        return self.known.setdefault(name, Environment())

    def hear_depths(self, message: JsonObject) -> bool:
        """False when the message makes no sense. Who tells its depths answers, whatever a dead scout said."""
        name = text(message, "environment")
        environment = self.named(name)
        if environment:
            depths = records(message, "depths")[:MOST_DEPTHS]
            environment.depths = [plain_depth(depth) for depth in depths]
            self.note(name, environment, outage="")
            self.note_pace(name, environment, number(message, "slow_seconds"))
        return environment is not None

    def hear_outage(self, message: JsonObject, now: float) -> bool:
        """Of every try that failed. False when the message makes no sense."""
        name = text(message, "environment")
        environment = self.named(name)
        if not environment:
            return False
        self.note(name, environment, outage=text(message, "error")[:LONGEST_ERROR])
        environment.retry_at = now + number(message, "retry_seconds")
        return True

    def hear_spool(self, message: JsonObject) -> bool:
        """False when the message makes no sense."""
        environment = self.named(text(message, "environment"))
        if environment:
            stranded = records(message, "stranded")[:MOST_STRANDED]
            environment.spool = {
                "files": whole(message, "files"),
                "bytes": whole(message, "bytes"),
                "stranded": [plain_stranded(one) for one in stranded],
            }
        return environment is not None

    def hear_budgets(self, message: JsonObject) -> bool:
        """False when the message makes no sense."""
        name = text(message, "environment")
        environment = self.named(name)
        if environment:
            budgets = records(message, "budgets")[:MOST_BUDGETS]
            note_budgets(name, environment, [budget(one) for one in budgets])
        return environment is not None

    def forget(self, names: Iterable[str]) -> None:
        """Environments that nobody looks at any more."""
        for name in names:
            self.known.pop(name, None)

    def all_answer(self) -> bool:
        """Whether the scout sees at least one environment, and none of those it sees is down."""
        return bool(self.known) and not any(one.outage for one in self.known.values())

    def down(self) -> set[str]:
        return {name for name, one in self.known.items() if one.outage}

    def note(self, name: str, environment: Environment, outage: str) -> None:
        before, environment.outage = environment.outage, outage
        if outage and not before:
            environment.down_since = datetime.now(UTC)
            emit("environment.down", environment=name, error=outage)
        elif before and not outage:
            environment.down_since = None
            emit("environment.up", environment=name)

    def note_pace(self, name: str, environment: Environment, seconds: float) -> None:
        before, environment.slow_seconds = environment.slow_seconds, seconds
        if seconds and not before:
            emit("environment.slow", environment=name, error=slowness(seconds))
        elif before and not seconds:
            emit("environment.quick", environment=name)

    def ready_by_kind(self) -> Counter[str]:
        """Jobs that wait and may be begun, over all environments that answer."""
        ready: Counter[str] = Counter()
        for name, environment in self.known.items():
            for depth in environment.depths if not environment.outage else []:
                kind = text(depth, "kind")
                ready[kind] += 0 if self.pausing.covers(name, kind) else max(0, whole(depth, "ready"))
        return ready

    def as_json(self, now: float, troubles: Callable[[str], list[str]]) -> JsonObject:
        """troubles: what an environment does not answer to our children, though it answers the scout."""
        return {name: described(environment, now, troubles(name)) for name, environment in self.known.items()}


def plain_depth(depth: JsonObject) -> JsonObject:
    """The fields we know, in their types: whatever else came must not come back out in `status`."""
    known = depth.get("oldest_ready_seconds") is not None
    return {
        "kind": text(depth, "kind")[:LONGEST_WORD],
        "ready": whole(depth, "ready"),
        "running": whole(depth, "running"),
        "oldest_ready_seconds": number(depth, "oldest_ready_seconds") if known else None,
        "next_not_before": text(depth, "next_not_before")[:LONGEST_WORD] or None,
    }


def slowness(seconds: float) -> str:
    return f"It answers after {seconds:.1f} s: others are asked before it does (queue.patience_seconds)."


def described(environment: Environment, now: float, troubles: list[str]) -> Json:
    """A try that is due is under way: retry_in_seconds is 0 until it has failed as well."""
    since = environment.down_since
    retry = round(max(0.0, environment.retry_at - now), 3)
    return {
        "depths": list[Json](environment.depths),
        "outage": environment.outage or None,
        "down_since": since.isoformat(timespec="seconds") if since else None,
        "retry_in_seconds": retry if since else None,
        "slow_seconds": round(environment.slow_seconds, 3) or None,
        "troubles": list[Json](troubles),
        "spool": environment.spool or None,
        "budgets": [one.as_json() for one in environment.budgets],
    }


def note_budgets(name: str, environment: Environment, budgets: list[Budget]) -> None:
    """Says each budget that is reached once, and once that it is free again: a new day, or a higher limit."""
    before = {one.registry for one in environment.budgets if not one.enough}
    environment.budgets = budgets
    for one in budgets:
        if not one.enough and one.registry not in before:
            emit("budget.reached", environment=name, **one.as_json(), error=sentence(one))
        elif one.enough and one.registry in before:
            emit("budget.free", environment=name, **one.as_json())


def plain_stranded(one: JsonObject) -> JsonObject:
    return {
        "id": whole(one, "id"),
        "host": text(one, "host")[:LONGEST_WORD],
        "row": text(one, "row")[:LONGEST_WORD],
    }
