"""What each message of a child changes. Nonsense is counted, never fatal."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from poolmgr.domain.jobs import OCR_KINDS
from poolmgr.domain.json import Json, JsonObject, number, record, text, whole
from poolmgr.pool.children import Child, HeldJob
from poolmgr.pool.state import State
from poolmgr.telemetry.events import emit, relay

MOST_JOBS = 1000
"""Of one child; more claims than that are nonsense."""

LONGEST_WORD = 200
LONGEST_TROUBLE = 500
FAILURES = frozenset({"retry", "give_up"})
FEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType({"land": OCR_KINDS})
"""A finished download is work for OCR, before the scout can see it."""


class Hearing:
    """`demand`: jobs by kind for which somebody should be woken; taken by the loop once a turn."""

    def __init__(self, state: State) -> None:
        self.environments = state.environments
        self.releases = state.releases
        self.departed = state.departed
        self.complaints = state.complaints
        self.paces = state.paces
        self.models = state.models
        self.demand: Counter[str] = Counter()

    def listen_to(self, child: Child, now: float) -> None:
        """What there is to read at once."""
        for message in child.pipe.receive():
            self.hear(child, message, now)
        self.say_nonsense(child)

    def hear_last_words(self, child: Child, now: float) -> None:
        for message in child.pipe.last_words():
            self.hear(child, message, now)
        self.say_nonsense(child)

    def hear(self, child: Child, message: JsonObject, now: float) -> None:
        word = text(message, "word")
        if self.understand(word, child, message, now) or (
            child.is_scout and self.scouting(word, message, now)
        ):
            child.heard_at = now
        else:
            child.nonsense += 1

    def understand(self, word: str, child: Child, message: JsonObject, now: float) -> bool:
        match word:
            case "ready":
                return self.ready(child, now)
            case "beat":
                return self.beat(child, message)
            case "claimed":
                return self.claimed(child, message, now)
            case "settled":
                return self.settled(child, message, now)
            case "event":
                return self.event(child, message, now)
            case "trouble":
                return self.trouble(child, message)
            case _:
                return False

    def scouting(self, word: str, message: JsonObject, now: float) -> bool:
        match word:
            case "depths":
                sensible = self.environments.hear_depths(message)
                self.demand |= self.environments.ready_by_kind()
                return sensible
            case "released":
                worker = text(message, "worker")
                self.releases.done(worker, whole(message, "count"))
                return bool(worker)
            case "outage":
                return self.environments.hear_outage(message, now)
            case "spool":
                return self.environments.hear_spool(message)
            case "budgets":
                return self.environments.hear_budgets(message)
            case "models":
                return self.models.hear(message)
            case "told":
                return self.departed.hear_told(message)
            case _:
                return False

    def ready(self, child: Child, now: float) -> bool:
        if child.ready_at is None:
            child.ready_at = now
            emit("child.ready", **named(child), pid=child.pid, seconds=round(now - child.started_at, 3))
            if child.is_scout:
                self.releases.new_scout()
                self.environments.forget(self.environments.pausing.retired)
            if not child.is_scout and self.environments.pausing.all:
                self.environments.pausing.tell([child])  # it may have changed since the fork
            self.demand |= self.environments.ready_by_kind()
        return True

    def beat(self, child: Child, message: JsonObject) -> bool:
        state = text(message, "state")
        child.busy = state == "busy"
        if state == "idle":
            child.jobs.clear()
        return state in ("idle", "busy")

    def claimed(self, child: Child, message: JsonObject, now: float) -> bool:
        token = word_of(message, "token")
        if not token or len(child.jobs) >= MOST_JOBS:
            return False
        environment, kind, row = (word_of(message, key) for key in ("environment", "kind", "row"))
        child.worked_at = now
        attempt = whole(message, "attempt")
        job = HeldJob(environment=environment, kind=kind, row=row, since=now, attempt=attempt)
        child.jobs[token] = child.last_job = job
        relay("job.claimed", **named(child), environment=environment, kind=kind, row=row, attempt=attempt)
        return True

    def settled(self, child: Child, message: JsonObject, now: float) -> bool:
        child.worked_at = now
        child.jobs.pop(word_of(message, "token"), None)
        outcome, kind = word_of(message, "outcome"), word_of(message, "kind")
        child.busy = bool(child.jobs)
        child.completed += outcome == "done"
        if outcome == "done":
            self.paces.see(kind, number(message, "seconds"), len(child.jobs) + 1)
        child.failed += outcome in FAILURES
        if outcome == "done":
            self.demand |= Counter(dict.fromkeys(FEEDS.get(kind, ()), 1))
        relay(
            "job.settled",
            **named(child),
            environment=word_of(message, "environment"),
            kind=kind,
            row=word_of(message, "row"),
            attempt=whole(message, "attempt"),
            outcome=outcome,
            seconds=round(number(message, "seconds"), 3),
        )
        return bool(outcome)

    def event(self, child: Child, message: JsonObject, now: float) -> bool:
        name, fields = word_of(message, "event"), record(message, "fields")
        if name:
            child.last_event = name
            relay(name, **{**fields, **named(child)})
            self.complaints.hear(child.worker, name, fields, now)
        return bool(name)

    def trouble(self, child: Child, message: JsonObject) -> bool:
        error = text(message, "error")[:LONGEST_TROUBLE]
        if error and error != child.trouble:
            emit("child.troubled", **named(child), error=error)
        elif child.trouble and not error:
            emit("child.untroubled", **named(child))
        child.trouble = error
        return True

    def take_demand(self) -> Counter[str]:
        demand, self.demand = self.demand, Counter()
        return demand

    def say_nonsense(self, child: Child) -> None:
        """At the first line, then each time it is ten times as much."""
        lines = child.nonsense + child.pipe.inbox.dropped
        if lines >= child.nonsense_said_at:
            emit("child.nonsense", **named(child), lines=lines)
            child.nonsense_said_at = 10 * lines


def word_of(message: JsonObject, key: str) -> str:
    """A string short enough to be kept."""
    return text(message, key)[:LONGEST_WORD]


def named(child: Child) -> dict[str, Json]:
    return {"name": child.spec.name, "worker": child.worker}
