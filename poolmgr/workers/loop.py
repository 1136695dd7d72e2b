"""Row -> claim -> work -> outcome -> settle: the one place where it happens."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field

from poolmgr.config.settings import Settings
from poolmgr.domain.jobs import JOB_KINDS, JobKind, Token, job_kind
from poolmgr.domain.json import JsonObject, number, strings, text
from poolmgr.domain.outcomes import Outcome, Released
from poolmgr.domain.pauses import Pause, paused, pauses
from poolmgr.domain.turns import Turns
from poolmgr.workers.asking import Asking, Wants
from poolmgr.workers.child import DRAINED, STUCK
from poolmgr.workers.gate import Gate
from poolmgr.workers.jobs import LOST, DoWork, Environment, Job, Place
from poolmgr.workers.leases import LeaseClocks
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.tasks import Tasks
from poolmgr.workers.trouble import ANSWER_SLACK, Pauses

INTERRUPTED = Released(error="Interrupted: the pool stops.")
LONGEST_SILENCE = 16
LAST_WORD_SECONDS = 0.5
"""What is cut off while it closes may still clear its folder away."""
MOST_UNSETTLED = 2
"""So many times its jobs at once a child holds, with those that only wait for their database to answer."""


@dataclass(frozen=True, kw_only=True)
class LoopClocks:
    """Seconds.

    idle_claim: of silence before asking by itself. drain: when a drain names no deadline, and for jobs that
    nothing was paid for. stop: the most that leaving takes after the deadline, whether or not anything
    answers. halt: work that is stopped while the child stays gets this long to end, or the child is replaced.
    patience: an environment that is silent for longer is not waited for.
    """

    lease: LeaseClocks
    idle_claim: float
    drain: float
    stop: float
    halt: float
    patience: float


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the work of a child needs around it.

    gate: how many jobs it can take now. is_paid: whether a job may not be stopped. beside: what goes on
    until the child leaves. close: the last thing it does, in order.
    """

    gate: Gate = field(default_factory=Gate)
    is_paid: Callable[[Token], bool] = lambda _: False
    beside: tuple[Callable[[], Coroutine[None, None, None]], ...] = ()
    close: Callable[[], Coroutine[None, None, None]] | None = None


def loop_clocks(settings: Settings, stop_seconds: float) -> LoopClocks:
    """stop_seconds: what the work itself waits for when it is stopped."""
    queue, pool = settings.queue, settings.pool
    return LoopClocks(
        lease=LeaseClocks(
            renew=queue.renew_seconds,
            self_fence=queue.self_fence_seconds,
            answer=queue.call_timeout_seconds * ANSWER_SLACK,
            pauses=Pauses(first=queue.pause_first_seconds, longest=queue.pause_max_seconds),
        ),
        idle_claim=pool.idle_claim_seconds,
        drain=pool.drain_seconds,
        # Half of the parent's patience: a child that is killed cannot tell how it ended.
        stop=pool.kill_after_drain_seconds / 2,
        # More than the work itself waits for its page, so that it can say how that went.
        halt=stop_seconds * 1.2,
        patience=queue.patience_seconds,
    )


class Loop:
    """Keeps `jobs_at_once` jobs in hand, from the environments in their turn, until it is told to leave.

    Made inside a running event loop. Told by `hear`: wake, mode, pauses, drain, stop.
    unsettled: jobs whose work is over and whose database does not answer; they take no other's place.
    """

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
        surroundings: Surroundings | None = None,
        others_percent: int = 0,
        paused_at_start: Sequence[Pause] = (),
    ) -> None:
        self.surroundings = surroundings or Surroundings()
        self.gate = self.surroundings.gate
        self.gate.opened = self.wake
        self.claims = tuple(claims)
        self.jobs_at_once = jobs_at_once
        self.work = work
        self.clocks = clocks
        self.pipe = pipe
        self.in_hand: dict[Token, Job] = {}
        self.unsettled: set[Token] = set()
        self.doing: set[asyncio.Task[None]] = set()
        self.tasks = Tasks()
        self.stuck = False
        self.deadline: float | None = None
        self.unpaid_deadline = 0.0
        self.woken = asyncio.Event()
        self.is_due = True
        self.told_to_leave = asyncio.Event()
        self.places = [
            Place(one, worker=worker, host=host, clocks=clocks.lease, lost=self.lose, pipe=pipe)
            for one in environments
        ]
        self.pause(paused_at_start)
        share, later = random.randrange(100), random.randrange(100)
        self.asking = Asking(
            self.places,
            Turns(len(self.places), others_percent, share=share, later=later),
            patience_seconds=clocks.patience,
            wants=self.wants,
            begin=self.begin,
            wake=self.wake,
            tasks=self.tasks,
        )

    @property
    def jobs(self) -> int:
        return len(self.in_hand)

    @property
    def room(self) -> int:
        """For how many new jobs."""
        if self.leaving:
            return 0
        free = int(min(self.jobs_at_once, self.gate.width)) - (self.jobs - len(self.unsettled))
        return max(0, min(free, MOST_UNSETTLED * self.jobs_at_once - self.jobs))

    def wants(self) -> Wants:
        return Wants(kinds=[kind for kind in self.claims if self.gate.takes(kind)], room=self.room)

    @property
    def leaving(self) -> bool:
        return self.deadline is not None

    def hear(self, message: JsonObject) -> None:
        match text(message, "word"):
            case "wake":
                self.wake()
            case "calm":
                self.woken.set()
            case "mode":
                self.switch(strings(message, "claims"))
            case "pauses":
                self.pause(pauses(message))
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
        self.wake()

    def pause(self, all_pauses: Sequence[Pause]) -> None:
        """What is in hand goes on; what is covered is not asked for."""
        for place in self.places:
            place.paused = paused(all_pauses, place.queue.environment, JOB_KINDS)
        self.wake()

    def leave_within(self, seconds: float) -> None:
        """No new jobs from now on; a second call can only bring the deadline nearer."""
        now = asyncio.get_running_loop().time()
        deadline, unpaid = now + max(0.0, seconds), now + max(0.0, min(seconds, self.clocks.drain))
        if self.deadline is not None:
            deadline, unpaid = min(self.deadline, deadline), min(self.unpaid_deadline, unpaid)
        self.deadline, self.unpaid_deadline = deadline, unpaid
        self.wake()
        self.told_to_leave.set()

    async def run(self) -> int:
        """Raises what nobody foresaw; the parent replaces the child and frees its claims."""
        self.wake()
        filling = self.tasks.start(self.keep_full())
        for place in self.places:
            for one in (place.leases.keep(), place.leases.watch(), self.asking.mend(place)):
                self.tasks.start(one)
        for beside in self.surroundings.beside:
            self.tasks.start(beside())
        await asyncio.wait({filling, self.tasks.failure}, return_when=asyncio.FIRST_COMPLETED)
        if not self.leaving:
            self.leave_within(0)
        await self.leave(filling)
        self.tasks.cancel()
        await self.close()
        self.tasks.check()
        return STUCK if self.stuck else DRAINED

    async def close(self) -> None:
        """Never longer than the parent's patience allows: what is not closed then dies with this process."""
        if self.surroundings.close:
            closing = self.tasks.start(self.surroundings.close())
            await asyncio.wait({closing}, timeout=self.clocks.stop / 2)
            closing.cancel()
            await asyncio.wait({closing}, timeout=LAST_WORD_SECONDS)

    async def keep_full(self) -> None:
        """Asks when woken, when a slot gets free, and after a silence, each longer than the last.

        A parent that says `calm` breaks the silence: the scout looked, and there is nothing to ask for.
        """
        silence = self.clocks.idle_claim
        while not self.leaving:
            heard = await self.is_woken(silence)
            longer = min(silence * 2, self.clocks.idle_claim * LONGEST_SILENCE)
            silence = self.clocks.idle_claim if heard else longer
            if self.is_due or not heard:
                self.is_due = False
                await self.asking.ask_all()

    def wake(self) -> None:
        self.is_due = True
        self.woken.set()

    async def is_woken(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds * random.uniform(0.8, 1.2)):
                await self.woken.wait()
        except TimeoutError:
            return False
        self.woken.clear()
        return True

    def begin(self, job: Job, confirmed: float) -> None:
        job.place.leases.hold(job.claim.token, confirmed)
        self.in_hand[job.claim.token] = job
        job.begin()
        task = self.tasks.start(self.do(job))
        self.doing.add(task)
        task.add_done_callback(self.done)

    async def do(self, job: Job) -> None:
        outcome = await job.outcome(self.work, self.patience, self.surroundings.is_paid)
        answer = LOST if outcome is None else await self.settle(job, outcome)
        job.tell(outcome, answer)
        job.place.leases.drop(job.claim.token)
        del self.in_hand[job.claim.token]
        if job.stuck:
            self.stuck = True
            self.leave_within(0)

    async def settle(self, job: Job, outcome: Outcome) -> str:
        """While its database does not answer, the slot is another's: the leases are each on their own."""
        impatient = asyncio.get_running_loop().call_later(self.clocks.patience, self.free_slot, job)
        try:
            return await job.settle(outcome)
        finally:
            impatient.cancel()
            self.unsettled.discard(job.claim.token)

    def free_slot(self, job: Job) -> None:
        self.unsettled.add(job.claim.token)
        self.wake()

    def patience(self) -> float:
        """Seconds that halted work gets to end: less when we leave."""
        return self.clocks.halt if self.deadline is None else self.clocks.stop / 2

    def done(self, task: asyncio.Task[None]) -> None:
        self.doing.discard(task)
        self.wake()

    def lose(self, token: Token, reason: str) -> None:
        if job := self.in_hand.get(token):
            job.lose(reason)

    async def leave(self, filling: asyncio.Task[None]) -> None:
        """Jobs finish; at the deadline they go back; and nothing holds us longer than `stop` after it.

        What is not paid for goes back earlier. A question that nobody answers is not waited for.
        """
        asking = (filling, self.tasks.start(self.asking.end()))
        while (busy := self.busy(*asking)) and (left := self.left()) > 0:
            self.told_to_leave.clear()
            nearer = asyncio.create_task(self.told_to_leave.wait())
            await asyncio.wait({*busy, nearer}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            nearer.cancel()
            if self.unpaid_deadline <= asyncio.get_running_loop().time():
                self.interrupt_all()
        self.interrupt_all()
        for job in self.in_hand.values():
            job.cut_off()
        if busy := self.busy(*asking):
            await asyncio.wait(busy, timeout=self.clocks.stop)

    def busy(self, *asking: asyncio.Task[None]) -> set[asyncio.Task[None]]:
        return {task for task in (*asking, *self.doing) if not task.done()}

    def interrupt_all(self) -> None:
        for job in self.in_hand.values():
            job.interrupt(INTERRUPTED)

    def left(self) -> float:
        """Seconds until the next deadline that has not passed."""
        if self.deadline is None:
            return 0.0
        now = asyncio.get_running_loop().time()
        return (self.unpaid_deadline if now < self.unpaid_deadline else self.deadline) - now
