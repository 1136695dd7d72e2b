"""A registry that turns us away: whatever its reason, it is obeyed, by all children and after a restart."""

import time

from poolmgr.domain.jobs import JobKind
from poolmgr.domain.outcomes import Outcome, Released
from poolmgr.stores.refusals import Refusal, Refusals
from poolmgr.workers.gate import Gate
from poolmgr.workers.pipe import Pipe


class Refused:
    """Of the registry whose jobs are of one kind, which has the same name."""

    def __init__(self, kind: JobKind, refusals: Refusals, gate: Gate, pipe: Pipe) -> None:
        self.kind = kind
        self.refusals = refusals
        self.gate = gate
        self.pipe = pipe

    def standing(self) -> Outcome | None:
        """What becomes of a job while the registry is left alone; None while it is not."""
        refusal = self.refusals.standing(time.time())
        return self.left_alone(refusal) if refusal else None

    def turned_away(self, error: str) -> Outcome:
        before = self.refusals.standing(time.time())
        refusal = self.refusals.refused(error, time.time())
        if before is None:
            self.pipe.event(
                "registry.refused",
                registry=self.kind,
                seconds=refusal.seconds,
                refusals=refusal.times,
                error=error,
                why=f"left alone for {refusal.seconds:g} s; see docs/registries.md",
            )
        return self.left_alone(refusal)

    def left_alone(self, refusal: Refusal) -> Outcome:
        """The row waits as long as the registry does, and no try of it is counted."""
        left = max(1.0, refusal.left(time.time()))
        self.gate.rest_kind(self.kind, left)
        return Released(error=refusal.error, after_seconds=left)

    def served(self) -> None:
        if past := self.refusals.served():
            self.pipe.event("registry.served", registry=self.kind, refusals=past.times)
