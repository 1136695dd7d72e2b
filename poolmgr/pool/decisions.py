"""What the parent decided lately, and why: the answer to "why did the pool do that?"."""

from collections import deque
from datetime import UTC, datetime

from poolmgr.domain.json import Json, JsonObject
from poolmgr.telemetry.events import Event

MOST_KEPT = 500
LONGEST_TEXT = 500
DECISIONS = frozenset(
    {
        "child.started",
        "child.refused",
        "child.stale",
        "child.exited",
        "child.stuck",
        "child.killed",
        "child.delayed",
        "child.drained",
        "child.not_forked",
        "child.mode",
        "kind.broken",
        "kind.probing",
        "kind.mended",
        "registry.banned",
        "work.paused",
        "work.resumed",
        "pool.scaled",
        "environment.retired",
        "pool.rebalanced",
        "pool.draining",
        "pool.pressed",
        "pool.relieved",
        "pool.reloaded",
        "pool.reload_refused",
    }
)
"""Events that are decisions: each carries its reason and its numbers in its fields."""


class Decisions:
    """A subscriber that keeps the newest decisions."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self.kept: deque[JsonObject] = deque(maxlen=most)

    def __call__(self, event: Event) -> None:
        if event.name in DECISIONS:
            at = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds")
            fields = {key: shortened(value) for key, value in event.fields.items()}
            self.kept.append({**fields, "at": at, "event": event.name})

    def as_json(self) -> list[Json]:
        """Oldest first."""
        return list(self.kept)


def shortened(value: Json) -> Json:
    return value[:LONGEST_TEXT] if isinstance(value, str) else value
