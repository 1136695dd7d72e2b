"""A registry that turns us away: whatever its reason, it is obeyed, by all children and after a restart."""

import time

from poolmgr.domain.jobs import JobKind
from poolmgr.domain.outcomes import Outcome, Released
from poolmgr.stores.bans import Ban, Bans
from poolmgr.workers.gate import Gate
from poolmgr.workers.pipe import Pipe


class Banned:
    """Of the registry whose jobs are of one kind, which has the same name."""

    def __init__(self, kind: JobKind, bans: Bans, gate: Gate, pipe: Pipe) -> None:
        self.kind = kind
        self.bans = bans
        self.gate = gate
        self.pipe = pipe

    def standing(self) -> Outcome | None:
        """What becomes of a job while the registry is left alone; None while it is not."""
        ban = self.bans.standing(time.time())
        return self.left_alone(ban) if ban else None

    def turned_away(self, error: str) -> Outcome:
        before = self.bans.standing(time.time())
        ban = self.bans.banned(error, time.time())
        if before is None:
            self.pipe.event(
                "registry.banned",
                registry=self.kind,
                seconds=ban.seconds,
                bans=ban.times,
                error=error,
                why=f"left alone for {ban.seconds:g} s; see docs/registries.md",
            )
        return self.left_alone(ban)

    def left_alone(self, ban: Ban) -> Outcome:
        """The row waits as long as the registry does, and no try of it is counted."""
        left = max(1.0, ban.left(time.time()))
        self.gate.rest_kind(self.kind, left)
        return Released(error=ban.error, after_seconds=left)

    def served(self) -> None:
        if past := self.bans.served():
            self.pipe.event("registry.served", registry=self.kind, bans=past.times)
