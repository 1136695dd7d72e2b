"""A job in hand, and the environment it came from."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from poolmgr.domain.jobs import Claim, Token
from poolmgr.domain.json import Json
from poolmgr.domain.outcomes import Outcome
from poolmgr.domain.ports import Documents, Queue
from poolmgr.workers.claims import Claimer
from poolmgr.workers.leases import LeaseClocks, Leases
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.trouble import Backoff, Trouble

LONGEST_SETTLE_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where jobs come from and where their documents rest."""

    queue: Queue
    documents: Documents


class Place:
    """What one child keeps for one environment: its questions, its leases, its troubles."""

    def __init__(
        self,
        environment: Environment,
        *,
        worker: str,
        host: str,
        clocks: LeaseClocks,
        lost: Callable[[Token, str], None],
        pipe: Pipe,
    ) -> None:
        self.queue = environment.queue
        self.documents = environment.documents
        self.pipe = pipe
        self.claimer = Claimer(self.queue, worker, host, clocks.answer, self.trouble("claim"))
        self.leases = Leases(self.queue, clocks, lost, self.trouble("renewal"))
        self.settling = self.trouble("settle", Backoff(longest_seconds=LONGEST_SETTLE_PAUSE_SECONDS))

    def trouble(self, call: str, backoff: Backoff | None = None) -> Trouble:
        def say(error: str) -> None:
            name = f"{call}.unanswered" if error else f"{call}.answered"
            self.pipe.event(name, environment=self.queue.environment, error=error)

        return Trouble(say, backoff)


@dataclass(kw_only=True)
class Job:
    """One claim being worked on.

    halt: set from outside to stop it; None = it is not ours any more, so nothing is written.
    stuck: its work went on although it was told to stop.
    """

    claim: Claim
    place: Place
    started: float
    halt: asyncio.Future[Outcome | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    stuck: bool = False

    @property
    def named(self) -> dict[str, Json]:
        """How messages and events speak of it."""
        return {
            "token": self.claim.token,
            "environment": self.claim.environment,
            "kind": self.claim.kind,
            "row": self.claim.row_id,
        }

    @property
    def is_lost(self) -> bool:
        return self.halt.done() and self.halt.result() is None

    def stop(self, outcome: Outcome | None) -> None:
        if not self.halt.done():
            self.halt.set_result(outcome)
