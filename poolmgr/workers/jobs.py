"""A job in hand, and the environment it came from."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.domain.jobs import JOB_KINDS, Claim, JobKind, Token
from poolmgr.domain.json import Json
from poolmgr.domain.outcomes import Done, Outcome, Released, word
from poolmgr.domain.ports import Documents, Queue
from poolmgr.telemetry.events import emit
from poolmgr.workers.claims import Claimer
from poolmgr.workers.leases import LeaseClocks, Leases
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.trouble import Backoff, Trouble, boottime, within
from poolmgr.workers.verdicts import Stuck, expected, verdict

DoWork: TypeAlias = Callable[[Claim, Documents], Awaitable[Outcome]]
LONGEST_SETTLE_PAUSE_SECONDS = 5.0
LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where jobs come from and where their documents rest. kinds: what it may be asked for on this host."""

    queue: Queue
    documents: Documents
    kinds: Sequence[JobKind] = JOB_KINDS


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
        self.kinds = frozenset(environment.kinds)
        self.paused: frozenset[JobKind] = frozenset()
        self.clocks = clocks
        self.pipe = pipe
        pauses = clocks.pauses
        self.claimer = Claimer(
            self.queue, worker, host, clocks.answer, self.trouble("claim", pauses.backoff())
        )
        self.leases = Leases(self.queue, clocks, lost, self.trouble("renewal", pauses.backoff()))
        self.settling = self.trouble("settle", pauses.backoff(LONGEST_SETTLE_PAUSE_SECONDS))

    def trouble(self, call: str, backoff: Backoff) -> Trouble:
        def say(error: str) -> None:
            name = f"{call}.unanswered" if error else f"{call}.answered"
            self.pipe.event(name, environment=self.queue.environment, error=error)

        return Trouble(say, backoff)

    def allowed(self, kinds: Sequence[JobKind]) -> tuple[JobKind, ...]:
        """Those of them that it may be asked for."""
        return tuple(kind for kind in kinds if kind in self.kinds and kind not in self.paused)

    async def give_back(self, tokens: list[Token], reason: str) -> None:
        """Claims that nobody here can take; when even that fails, their leases run out."""
        try:
            await within(self.clocks.answer, self.queue.release(tokens, reason))
        except (StoreUnreachable, StoreError) as error:
            self.pipe.event("claim.not_given_back", environment=self.queue.environment, error=str(error))


@dataclass(kw_only=True)
class Job:
    """One claim being worked on.

    halt: set from outside to stop the work; None = not ours any more, so nothing is written.
    cut: set when even paid work has to stop.
    stuck: the work went on although it was told to stop.
    """

    claim: Claim
    place: Place
    started: float = field(default_factory=boottime)
    halt: asyncio.Future[Outcome | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    cut: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    why_lost: str = "settled by another"
    stuck: bool = False

    @property
    def named(self) -> dict[str, Json]:
        """How messages and events speak of it."""
        return {
            "token": self.claim.token,
            "environment": self.claim.environment,
            "kind": self.claim.kind,
            "row": self.claim.row_id,
            "attempt": self.claim.attempt,
        }

    def begin(self) -> None:
        """Said to the parent, in the words of `domain.messages`, and to people."""
        self.place.pipe.send("claimed", **self.named)
        emit("job.claimed", **self.named)

    def interrupt(self, outcome: Outcome) -> None:
        if not self.halt.done():
            self.halt.set_result(outcome)

    def lose(self, reason: str) -> None:
        if not self.halt.done():
            self.why_lost = reason
            self.halt.set_result(None)

    def cut_off(self) -> None:
        """The last moment: what is paid stops, too."""
        if not self.cut.done():
            self.cut.set_result(None)

    async def outcome(
        self, work: DoWork, patience: Callable[[], float], is_paid: Callable[[Token], bool]
    ) -> Outcome | None:
        """What became of the work, or what it was halted with; None = not ours any more.

        Halted work gets `patience()` seconds to end. Work that is paid for is not halted until it is cut:
        it brings its file home, whoever owns the row by then.
        """
        working = asyncio.ensure_future(work(self.claim, self.place.documents))
        first: set[asyncio.Future[Outcome] | asyncio.Future[Outcome | None]] = {working, self.halt}
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if not working.done() and is_paid(self.claim.token):
            last: set[asyncio.Future[Outcome] | asyncio.Future[None]] = {working, self.cut}
            await asyncio.wait(last, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            result = self.result(working)
            return None if self.halt.done() and self.halt.result() is None else result
        working.cancel()
        await asyncio.wait({working}, timeout=patience())
        self.stuck = not working.done() or isinstance(error_of(working), Stuck)
        return self.halt.result()

    def result(self, working: asyncio.Future[Outcome]) -> Outcome:
        error = error_of(working)
        if error is None:
            return working.result()
        self.stuck = isinstance(error, Stuck)
        if not expected(error):
            lines = "".join(traceback.format_exception(error))
            self.place.pipe.event("job.failed", **self.named, error=repr(error), traceback=lines)
        return verdict(error)

    async def settle(self, outcome: Outcome) -> str:
        """applied, already or lost.

        After a lost reply the same words are said again, as long as the lease can still be ours.
        """
        leases, token = self.place.leases, self.claim.token
        confirmed, deadline = leases.confirmed.get(token), boottime() + self.place.clocks.self_fence
        while confirmed is not None and leases.recent(confirmed) and boottime() < deadline:
            try:
                answer = await within(self.place.clocks.answer, self.write(outcome))
            except (StoreUnreachable, StoreError) as error:
                await asyncio.sleep(self.place.settling.began(error))
            else:
                self.place.settling.over()
                return answer
            # A renewal that hears "ended" may have met our own settle: its repeat will tell.
            confirmed = leases.confirmed.get(token, confirmed)
        return LOST

    async def write(self, outcome: Outcome) -> str:
        if isinstance(outcome, Released) and outcome.after_seconds is None:
            released = await self.place.queue.release([self.claim.token], outcome.error)
            return "applied" if released else "already"
        return await self.place.queue.settle(self.claim, outcome)

    def tell(self, outcome: Outcome | None, answer: str) -> None:
        """To the parent, in the words of `domain.messages`; `lost` is an outcome there."""
        ours = outcome is not None and answer != LOST
        told = word(outcome) if outcome is not None and ours else LOST
        seconds = round(boottime() - self.started, 3)
        self.place.pipe.send("settled", **self.named, outcome=told, seconds=seconds)
        emit("job.settled", **self.named, outcome=told, seconds=seconds, error=why(outcome))
        if not ours:
            self.place.pipe.event("job.lost", **self.named, reason=self.why_lost)
        if self.stuck:
            sentence = "The work goes on although it was told to stop: this child is replaced."
            self.place.pipe.event("job.stuck", **self.named, error=sentence)


def why(outcome: Outcome | None) -> str:
    """Why a job did not end well."""
    return "" if outcome is None or isinstance(outcome, Done) else outcome.error


def error_of(working: asyncio.Future[Outcome]) -> BaseException | None:
    if not working.done() or working.cancelled():
        return asyncio.CancelledError("The work was cancelled.")
    return working.exception()
