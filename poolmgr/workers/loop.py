"""Row -> claim -> work -> outcome -> settle: the one place where it happens."""

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.domain.jobs import Claim, JobKind, Token, job_kind
from poolmgr.domain.json import JsonObject, number, strings, text
from poolmgr.domain.outcomes import Outcome, Released, word
from poolmgr.domain.ports import Documents
from poolmgr.workers.child import DRAINED, STUCK
from poolmgr.workers.jobs import Environment, Job, Place
from poolmgr.workers.leases import LeaseClocks
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.trouble import boottime, within
from poolmgr.workers.verdicts import Stuck, expected, verdict

DoWork: TypeAlias = Callable[[Claim, Documents], Awaitable[Outcome]]
INTERRUPTED = Released(error="Interrupted: the pool stops.")
LONGEST_SILENCE = 16


@dataclass(frozen=True, kw_only=True)
class LoopClocks:
    """Seconds. idle_claim: of silence before asking by itself; drain: when a drain names no deadline;
    stop: the most that leaving takes once the deadline is there, whether or not anything answers."""

    lease: LeaseClocks
    idle_claim: float
    drain: float
    stop: float


class Loop:
    """Keeps `jobs_at_once` jobs in hand, from the environments in their order, until it is told to leave."""

    def __init__(
        self,
        environments: Sequence[Environment],
        *,
        worker: str,
        host: str,
        claims: Sequence[JobKind],
        jobs_at_once: int,
        work: DoWork,
        clocks: LoopClocks,
        pipe: Pipe,
    ) -> None:
        self.claims = tuple(claims)
        self.jobs_at_once = jobs_at_once
        self.work = work
        self.clocks = clocks
        self.pipe = pipe
        self.in_hand: dict[Token, Job] = {}
        self.doing: set[asyncio.Task[None]] = set()
        self.paused = False
        self.stuck = False
        self.open = True
        self.deadline: float | None = None
        self.woken = asyncio.Event()
        self.told_to_leave = asyncio.Event()
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.places = [
            Place(one, worker=worker, host=host, clocks=clocks.lease, lost=self.lose, pipe=pipe)
            for one in environments
        ]

    @property
    def jobs(self) -> int:
        return len(self.in_hand)

    @property
    def free(self) -> int:
        return self.jobs_at_once - self.jobs

    def hear(self, message: JsonObject) -> None:
        match text(message, "word"):
            case "wake":
                self.woken.set()
            case "mode":
                self.switch(strings(message, "claims"))
            case "pause":
                self.paused = True
            case "resume":
                self.paused = False
                self.woken.set()
            case "drain":
                self.leave_within(number(message, "deadline_seconds", self.clocks.drain))
            case "stop":
                self.leave_within(0)
            case other:
                self.pipe.event("message.unknown", message=other)

    def switch(self, words: Sequence[str]) -> None:
        """Other kinds of job, from the next claim on; what is in hand is finished."""
        try:
            self.claims = tuple(job_kind(one) for one in words)
        except ValueError as error:
            self.pipe.event("mode.refused", error=str(error))
        self.woken.set()

    def leave_within(self, seconds: float) -> None:
        """No new claims from now on; a second call can only bring the deadline nearer."""
        deadline = asyncio.get_running_loop().time() + max(0.0, seconds)
        self.deadline = deadline if self.deadline is None else min(self.deadline, deadline)
        self.open = False
        self.woken.set()
        self.told_to_leave.set()

    async def run(self) -> int:
        self.woken.set()
        filling = asyncio.create_task(self.keep_full())
        keeping = [asyncio.create_task(one) for place in self.places for one in self.beside(place)]
        told = asyncio.create_task(self.told_to_leave.wait())
        try:
            await asyncio.wait({filling, told, self.failure, *keeping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (self.failure, *keeping):
                if task.done():
                    task.result()
            await self.leave(filling)
        finally:
            for task in (told, filling, *keeping):
                task.cancel()
        return STUCK if self.stuck else DRAINED

    def beside(self, place: Place) -> tuple[Awaitable[None], ...]:
        """What goes on for one environment until the last job is settled."""
        return place.leases.keep(), place.leases.watch(), self.mend(place)

    # Claiming

    async def keep_full(self) -> None:
        """Asks when woken, when a slot gets free, and by itself after a silence, each one longer than the last."""
        silence = self.clocks.idle_claim
        while self.open:
            heard = await self.is_woken(silence)
            longer = min(silence * 2, self.clocks.idle_claim * LONGEST_SILENCE)
            silence = self.clocks.idle_claim if heard else longer
            if self.open and not self.paused:
                await self.fill()

    async def is_woken(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds * random.uniform(0.8, 1.2)):
                await self.woken.wait()
        except TimeoutError:
            return False
        self.woken.clear()
        return True

    async def fill(self) -> None:
        for place in self.places:
            if self.free > 0 and self.claims and not place.claimer.resting.is_set():
                await self.take(place)

    async def mend(self, place: Place) -> None:
        """Asks an environment in trouble again, beside the others, until it answers."""
        claimer = place.claimer
        while True:
            await claimer.resting.wait()
            await asyncio.sleep(claimer.pause_seconds)
            wanted = self.open and not self.paused and self.free > 0 and self.claims
            if wanted or claimer.pending:
                await self.take(place)
                self.woken.set()

    async def take(self, place: Place) -> None:
        found = await place.claimer.ask(self.claims, self.free)
        surplus = []
        for claim in found.claims:
            if self.open and self.free > 0:
                self.begin(Job(claim=claim, place=place, started=boottime()), found.confirmed)
            else:
                surplus.append(claim.token)
        if surplus:
            await self.give_back(place, surplus)

    async def give_back(self, place: Place, tokens: list[Token]) -> None:
        """Claims nobody here can take any more; if even that fails, their leases run out."""
        try:
            await within(
                self.clocks.lease.answer, place.queue.release(tokens, "Claimed when no slot was free.")
            )
        except (StoreUnreachable, StoreError) as error:
            self.pipe.event("claim.not_given_back", environment=place.queue.environment, error=str(error))

    # One job

    def begin(self, job: Job, confirmed: float) -> None:
        job.place.leases.hold(job.claim.token, confirmed)
        self.in_hand[job.claim.token] = job
        self.pipe.send("claimed", **job.named)
        task = asyncio.create_task(self.do(job))
        self.doing.add(task)
        task.add_done_callback(self.done)

    def done(self, task: asyncio.Task[None]) -> None:
        self.doing.discard(task)
        self.woken.set()
        if not task.cancelled() and (error := task.exception()) and not self.failure.done():
            self.failure.set_exception(error)

    async def do(self, job: Job) -> None:
        outcome = await self.outcome(job)
        self.open = self.open and not job.stuck
        answer = "lost" if outcome is None else await self.settle(job, outcome)
        told = word(outcome) if outcome is not None and answer != "lost" else "lost"
        self.pipe.send("settled", **job.named, outcome=told, seconds=boottime() - job.started)
        if told == "lost":
            self.pipe.event("job.lost", **job.named, outcome=word(outcome) if outcome else "")
        job.place.leases.drop(job.claim.token)
        del self.in_hand[job.claim.token]
        if job.stuck:
            self.stuck = True
            self.pipe.event("job.stuck", **job.named, error="Its work goes on after it was told to stop.")
            self.leave_within(0)

    async def outcome(self, job: Job) -> Outcome | None:
        """What became of the work, or what it was halted with; None = not ours any more."""
        working = asyncio.ensure_future(self.work(job.claim, job.place.documents))
        await asyncio.wait({working, job.halt}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()
            await asyncio.wait({working}, timeout=self.clocks.stop / 2)
            job.stuck = not working.done() or isinstance(error_of(working), Stuck)
            return job.halt.result()
        result = self.result(job, working)
        return None if job.is_lost else result

    def result(self, job: Job, working: asyncio.Future[Outcome]) -> Outcome:
        error = error_of(working)
        if error is None:
            return working.result()
        job.stuck = isinstance(error, Stuck)
        if not expected(error):
            self.pipe.event(
                "job.failed",
                **job.named,
                error=repr(error),
                traceback="".join(traceback.format_exception(error)),
            )
        return verdict(error)

    def lose(self, token: Token, reason: str) -> None:
        """Called for a lease that is not ours any more: the job stops and writes nothing."""
        if job := self.in_hand.get(token):
            self.pipe.event("lease.lost", **job.named, reason=reason)
            job.stop(None)

    async def settle(self, job: Job, outcome: Outcome) -> str:
        """applied, already or lost. Repeats the same words after a lost reply, while the lease can still be ours."""
        leases, token, began = job.place.leases, job.claim.token, boottime()
        if not leases.believed(token):
            return "lost"
        confirmed = leases.confirmed[token]
        while boottime() - max(confirmed, began) < self.clocks.lease.self_fence and leases.fresh(confirmed):
            try:
                answer = await within(self.clocks.lease.answer, self.write(job, outcome))
            except (StoreUnreachable, StoreError) as error:
                await asyncio.sleep(job.place.settling.began(error))
            else:
                job.place.settling.over()
                return answer
            # A renewal that says "ended" may be our own settle, whose answer was lost: the repeat will tell.
            confirmed = leases.confirmed.get(token, confirmed)
        return "lost"

    async def write(self, job: Job, outcome: Outcome) -> str:
        if isinstance(outcome, Released) and outcome.after_seconds is None:
            released = await job.place.queue.release([job.claim.token], outcome.error)
            return "applied" if released else "already"
        return await job.place.queue.settle(job.claim, outcome)

    # Leaving

    async def leave(self, filling: asyncio.Task[None]) -> None:
        """Jobs finish; at the deadline they go back; and nothing holds us longer than `stop` after it."""
        while self.busy(filling) and (left := self.left()) > 0:
            self.told_to_leave.clear()
            nearer = asyncio.create_task(self.told_to_leave.wait())
            await asyncio.wait({*self.busy(filling), nearer}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            nearer.cancel()
        for job in self.in_hand.values():
            job.stop(INTERRUPTED)
        if busy := self.busy(filling):
            await asyncio.wait(busy, timeout=self.clocks.stop)

    def busy(self, filling: asyncio.Task[None]) -> set[asyncio.Task[None]]:
        return {task for task in (filling, *self.doing) if not task.done()}

    def left(self) -> float:
        return 0.0 if self.deadline is None else self.deadline - asyncio.get_running_loop().time()


def error_of(working: asyncio.Future[Outcome]) -> BaseException | None:
    if not working.done() or working.cancelled():
        return asyncio.CancelledError("The work was cancelled.")
    return working.exception()
