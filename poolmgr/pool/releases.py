"""What the scout has still to free: kept and repeated until it says that it did, across its own death."""

import math
from dataclasses import dataclass

from poolmgr.pool.pipe import Pipe
from poolmgr.telemetry.events import emit


@dataclass(kw_only=True)
class Release:
    """A dead worker whose claims must go back. crashed: it died unasked, so an attempt counts.
    said_at: when the scout was first told."""

    worker: str
    reason: str
    crashed: bool
    due_at: float = -math.inf
    said_at: float = math.inf


class Releases:
    def __init__(self, repeat_seconds: float) -> None:
        self.repeat_seconds = repeat_seconds
        self.pending: dict[str, Release] = {}

    def add(self, worker: str, reason: str, *, crashed: bool) -> None:
        self.pending[worker] = Release(worker=worker, reason=reason, crashed=crashed)
        emit("release.pending", worker=worker, reason=reason, crashed=crashed)

    def done(self, worker: str, count: int) -> None:
        if self.pending.pop(worker, None):
            emit("release.done", worker=worker, count=count)

    def new_scout(self) -> None:
        """The one before may have died with them unread."""
        for release in self.pending.values():
            release.due_at = -math.inf

    def say(self, pipe: Pipe, now: float) -> None:
        for release in self.pending.values():
            if release.due_at > now:
                continue
            if not pipe.send(
                "release", worker=release.worker, reason=release.reason, crashed=release.crashed
            ):
                return
            release.due_at = now + self.repeat_seconds
            release.said_at = min(release.said_at, now)

    def are_young(self, now: float, seconds: float) -> bool:
        """Whether one is so young that its leases may still run: after that they are free by themselves."""
        return any(now - min(one.said_at, now) < seconds for one in self.pending.values())

    def due_at(self) -> float:
        return min((release.due_at for release in self.pending.values()), default=math.inf)
