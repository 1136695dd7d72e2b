"""The way out, in order: workers first, then what they left behind, the scout last."""

import math
from dataclasses import dataclass
from typing import Literal

from poolmgr.config.settings import PoolSettings
from poolmgr.pool.children import Child
from poolmgr.pool.judging import drain_limit_seconds
from poolmgr.pool.places import Roster
from poolmgr.pool.releases import Releases

Phase = Literal["workers", "releases", "scout"]

SHORTEST_CLOSING_SECONDS = 0.5
LAST_SECOND = 1.0
"""Kept free before systemd's own patience ends."""


@dataclass(kw_only=True)
class Departure:
    """releases_until: how long the scout may take to free the last claims; closing_at: when it is killed."""

    began_at: float
    phase: Phase = "workers"
    stopping: bool = False
    releases_until: float = math.inf
    closing_at: float = math.inf

    @property
    def may_replace_scout(self) -> bool:
        return self.phase != "scout"

    def send_away(self, child: Child, now: float, pool: PoolSettings) -> None:
        """A worker; each one once, or again when the drain is cut short."""
        if self.stopping:
            child.stop(now, pool.kill_after_drain_seconds)
        else:
            left = self.began_at + drain_limit_seconds(child.claims, pool) - now
            child.drain(now, max(0.0, left), pool.kill_after_drain_seconds)

    def advance(self, roster: Roster, releases: Releases, now: float, pool: PoolSettings) -> bool:
        """Takes the next step when its time has come; True when the scout has just been told to go."""
        if self.phase == "workers" and not roster.workers():
            self.phase = "releases"
            end = self.began_at + pool.stop_timeout_seconds - LAST_SECOND
            self.closing_at = max(
                now + SHORTEST_CLOSING_SECONDS, min(now + pool.kill_after_drain_seconds, end)
            )
            self.releases_until = (now + self.closing_at) / 2
        if self.phase == "releases" and (
            not releases.pending or now >= self.releases_until or not scouts(roster)
        ):
            self.phase = "scout"
            return True
        return False

    def dismiss_scout(self, child: Child, now: float) -> None:
        child.drain(now, max(0.0, self.closing_at - now) / 2, 0.0)
        child.kill_at = self.closing_at

    def left_seconds(self, roster: Roster, now: float) -> float:
        """Until the last child is told to stop, at the latest; 0 when all were."""
        return max(
            (one.stop_at - now for one in roster.workers() if now < one.stop_at < math.inf), default=0.0
        )

    def due_at(self) -> float:
        return self.releases_until if self.phase == "releases" else math.inf


def scouts(roster: Roster) -> bool:
    """Whether there is a scout, or a place for one."""
    return any(place.is_scout for place in roster.places)
