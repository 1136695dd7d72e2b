"""Work that is paid for goes on until its last moment, and writes nothing that is not its to write."""

import asyncio
from dataclasses import replace

from poolmgr.domain.jobs import Claim, Token
from poolmgr.domain.outcomes import Done, Outcome
from poolmgr.domain.ports import Documents
from poolmgr.workers.child import DRAINED, STUCK
from poolmgr.workers.loop import Surroundings
from tests.waiting import async_until
from tests.workers.queues import HANG, QueueInMemory
from tests.workers.stage import CLOCKS, Show, Slow, happened, passed, show

FENCED = replace(CLOCKS, lease=replace(CLOCKS.lease, self_fence=0.2))
UNPAID_SOON = replace(CLOCKS, drain=0.05)


class Paying(Slow):
    """Rows that end in 0 are paid as soon as they begin."""

    def __init__(self, *, stubborn: bool = False) -> None:
        super().__init__(stubborn=stubborn)
        self.paid: set[Token] = set()

    async def __call__(self, claim: Claim, documents: Documents) -> Outcome:
        if claim.row_id.endswith("0"):
            self.paid.add(claim.token)
        return await super().__call__(claim, documents)

    @property
    def surroundings(self) -> Surroundings:
        return Surroundings(is_paid=self.paid.__contains__)


async def lost(stage: Show) -> str:
    """The outcome that the parent heard of the one job, after its end was let go."""
    (settled,) = await stage.parent.hears("settled")
    (event,) = await stage.parent.hears_of("job.lost")
    assert settled["outcome"] == "lost"
    return str(event["reason"])


async def test_paid_work_is_not_stopped_by_a_lost_lease_and_writes_nothing_in_the_end() -> None:
    queue, work = QueueInMemory(rows=1), Paying()
    async with show(queue, work=work, surroundings=work.surroundings) as stage:
        await work.has_begun()
        queue.end("taken")
        await async_until(lambda: happened(not stage.loop.places[0].leases.confirmed))
        await async_until(passed(0.05))
        assert (stage.loop.jobs, work.cancelled) == (1, [])
        work.go_on.set()
        assert await lost(stage) == "taken"
        assert stage.loop.jobs == 0
    assert queue.written == []
    assert (queue.calls["settle"], queue.calls["release"]) == (0, 0)


async def test_paid_work_is_not_stopped_by_the_self_fence_and_writes_nothing_in_the_end() -> None:
    queue, work = QueueInMemory(rows=1), Paying()
    queue.always["renew"] = HANG
    async with show(queue, work=work, clocks=FENCED, surroundings=work.surroundings) as stage:
        await work.has_begun()
        await async_until(lambda: happened(not stage.loop.places[0].leases.confirmed))
        await async_until(passed(0.05))
        assert work.cancelled == []
        work.go_on.set()
        assert await lost(stage) == "not confirmed in time"
    assert queue.calls["settle"] == 0


async def test_paid_work_that_fails_after_its_lease_was_lost_writes_nothing() -> None:
    paid: set[Token] = set()
    fail = asyncio.Event()

    async def work(claim: Claim, documents: Documents) -> Outcome:
        paid.add(claim.token)
        await fail.wait()
        raise ValueError("a bug")

    queue = QueueInMemory(rows=1)
    async with show(queue, work=work, surroundings=Surroundings(is_paid=paid.__contains__)) as stage:
        await stage.parent.hears("claimed")
        queue.end("cancelled")
        await async_until(lambda: happened(not stage.loop.places[0].leases.confirmed))
        fail.set()
        assert await lost(stage) == "cancelled"
        assert stage.parent.events("job.failed"), "what went wrong is told all the same"
    assert queue.written == []


async def test_a_drain_stops_unpaid_work_at_its_own_deadline_while_paid_work_goes_on_and_is_settled() -> None:
    queue, work = QueueInMemory(rows=2), Paying()
    async with show(
        queue, work=work, jobs_at_once=2, clocks=UNPAID_SOON, surroundings=work.surroundings
    ) as stage:
        await work.has_begun(2)
        stage.loop.hear({"word": "drain", "deadline_seconds": 30})
        await async_until(lambda: happened(queue.written == [("prod-1", "released")]))
        await async_until(passed(0.05))
        assert work.cancelled == ["prod-1"]
        assert (stage.loop.jobs, stage.ending.done()) == (1, False)
        renewed = queue.calls["renew"]
        await async_until(lambda: happened(queue.calls["renew"] > renewed), what="a renewal")
        work.go_on.set()
        assert await stage.ends() == DRAINED
    assert queue.written == [("prod-1", "released"), ("prod-0", "done")]


async def test_paid_work_is_stopped_at_the_paid_deadline_and_goes_back() -> None:
    queue, work = QueueInMemory(rows=1), Paying()
    async with show(queue, work=work, clocks=UNPAID_SOON, surroundings=work.surroundings) as stage:
        await work.has_begun()
        stage.loop.hear({"word": "drain", "deadline_seconds": 0.2})
        await async_until(passed(0.1))
        assert work.cancelled == []
        assert await stage.ends(1.0) == DRAINED
    assert work.cancelled == ["prod-0"]
    assert queue.written == [("prod-0", "released")]


async def test_a_stop_ends_paid_work_at_once() -> None:
    queue, work = QueueInMemory(rows=1), Paying()
    async with show(queue, work=work, surroundings=work.surroundings) as stage:
        await work.has_begun()
        stage.loop.hear({"word": "drain", "deadline_seconds": 60})
        stage.loop.hear({"word": "stop"})
        assert await stage.ends(1.0) == DRAINED
    assert work.cancelled == ["prod-0"]
    assert queue.written == [("prod-0", "released")]


async def test_a_stop_ends_paid_work_that_was_lost_and_writes_nothing() -> None:
    queue, work = QueueInMemory(rows=1), Paying()
    async with show(queue, work=work, surroundings=work.surroundings) as stage:
        await work.has_begun()
        queue.end("taken")
        await async_until(lambda: happened(not stage.loop.places[0].leases.confirmed))
        stage.loop.hear({"word": "stop"})
        assert await stage.ends(1.0) == DRAINED
    assert work.cancelled == ["prod-0"]
    assert queue.written == []


async def test_paid_work_that_does_not_stop_at_its_deadline_leaves_with_its_child() -> None:
    queue, work = QueueInMemory(rows=1), Paying(stubborn=True)
    async with show(queue, work=work, surroundings=work.surroundings) as stage:
        await work.has_begun()
        stage.loop.hear({"word": "stop"})
        assert await stage.ends(2.0) == STUCK
        work.go_on.set()
    assert queue.written == [("prod-0", "released")]


async def test_work_that_is_paid_for_no_more_is_stopped_like_any_other() -> None:
    paid: set[Token] = set()
    stopped: list[str] = []

    async def work(claim: Claim, documents: Documents) -> Outcome:
        paid.add(claim.token)
        paid.discard(claim.token)
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(claim.row_id)
        return Done(result={})

    queue = QueueInMemory(rows=1)
    async with show(queue, work=work, surroundings=Surroundings(is_paid=paid.__contains__)) as stage:
        await stage.parent.hears("claimed")
        queue.end("taken")
        assert await lost(stage) == "taken"
    assert stopped == ["prod-0"]
