"""What a child's surroundings do to its loop: the gate, what goes on beside, and how it closes."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from poolmgr.domain.jobs import Claim, JobKind
from poolmgr.domain.outcomes import Done, Outcome
from poolmgr.domain.ports import Documents
from poolmgr.workers.child import DRAINED
from poolmgr.workers.gate import Gate
from poolmgr.workers.loop import Surroundings
from tests.waiting import async_until
from tests.workers.queues import LOSE, QueueInMemory
from tests.workers.stage import CLOCKS, Slow, happened, passed, read_at_once, show


def closed() -> Gate:
    gate = Gate()
    gate.close("browser", "no browser")
    return gate


async def test_behind_a_closed_gate_nothing_is_asked_for_whatever_happens() -> None:
    gate, queue = closed(), QueueInMemory(rows=2)
    often = replace(CLOCKS, idle_claim=0.01)
    async with show(queue, work=read_at_once, clocks=often, surroundings=Surroundings(gate=gate)) as stage:
        for word in ("wake", "calm", "pauses"):
            stage.loop.hear({"word": word})
        stage.loop.hear({"word": "mode", "claims": ["ocr_index"]})
        await async_until(passed(0.15))
        assert queue.calls["claim"] == 0
        assert stage.loop.jobs == 0
        stage.loop.hear({"word": "drain"})
        assert await stage.ends(1.0) == DRAINED
    assert queue.calls["claim"] == 0


async def test_a_gate_that_opens_asks_at_once() -> None:
    gate, queue = closed(), QueueInMemory(rows=1)
    async with show(queue, work=read_at_once, surroundings=Surroundings(gate=gate)) as stage:
        await async_until(passed(0.03))
        gate.open("browser")
        await stage.parent.hears("settled")
    assert queue.written == [("prod-0", "done")]


async def test_a_narrow_gate_lets_fewer_jobs_in_and_stops_none_that_is_in_hand() -> None:
    gate, queue, work = Gate(), QueueInMemory(rows=5), Slow()
    gate.close("accounts", "one account", limit=1)
    async with show(queue, work=work, jobs_at_once=3, surroundings=Surroundings(gate=gate)) as stage:
        await work.has_begun(1)
        stage.loop.hear({"word": "wake"})
        await async_until(passed(0.05))
        assert stage.loop.jobs == 1
        gate.open("accounts")
        await work.has_begun(3)
        gate.close("accounts", "one account", limit=1)
        await async_until(passed(0.05))
        assert (stage.loop.jobs, work.cancelled) == (3, [])
        work.go_on.set()
        await stage.parent.hears("settled", 5)


async def test_what_was_claimed_while_the_gate_closed_goes_back() -> None:
    gate, queue = Gate(), QueueInMemory(rows=1)

    def close() -> None:
        queue.meanwhile = bool
        gate.close("browser", "it died")

    queue.meanwhile = close
    async with show(queue, work=read_at_once, surroundings=Surroundings(gate=gate)) as stage:
        await async_until(lambda: happened(queue.written == [("prod-0", "released")]))
        assert not stage.parent.heard("claimed")


async def test_a_claim_whose_reply_was_lost_is_asked_for_again_behind_a_closed_gate_to_be_given_back() -> (
    None
):
    gate, queue = Gate(), QueueInMemory(rows=1)
    queue.plan["claim"] = [LOSE]
    queue.meanwhile = lambda: gate.close("browser", "it died")
    async with show(queue, work=read_at_once, surroundings=Surroundings(gate=gate)) as stage:
        await async_until(lambda: happened(queue.written == [("prod-0", "released")]))
        asked = queue.calls["claim"]
        await async_until(passed(0.05))
        assert queue.calls["claim"] == asked == 2
        assert not stage.parent.heard("claimed")


class Company:
    """Something that goes on beside the work, and something that is closed after it."""

    def __init__(self, *errors: Exception, close_hangs: bool = False) -> None:
        self.errors = list(errors)
        self.close_hangs = close_hangs
        self.order: list[str] = []
        self.fail = asyncio.Event()

    async def beside(self) -> None:
        self.order.append("begun")
        await self.fail.wait()
        raise self.errors.pop()

    async def close(self) -> None:
        self.order.append("closed")
        if self.close_hangs:
            await asyncio.Event().wait()

    def surroundings(self, is_paid: Callable[[str], bool] = lambda _: False) -> Surroundings:
        return Surroundings(beside=(self.beside,), close=self.close, is_paid=is_paid)

    async def work(self, claim: Claim, documents: Documents) -> Outcome:
        try:
            await asyncio.Event().wait()
        finally:
            self.order.append("stopped")
        return Done(result={})


async def test_what_goes_on_beside_begins_with_the_child_and_what_closes_comes_last() -> None:
    company, queue = Company(), QueueInMemory(rows=1)
    async with show(queue, work=company.work, surroundings=company.surroundings()) as stage:
        await stage.parent.hears("claimed")
        stage.loop.hear({"word": "stop"})
        assert await stage.ends() == DRAINED
    assert company.order == ["begun", "stopped", "closed"]
    assert queue.written == [("prod-0", "released")]


async def test_a_crash_beside_ends_the_child_which_closes_in_order() -> None:
    company, queue = Company(ValueError("a bug")), QueueInMemory(rows=1)
    async with show(queue, work=company.work, surroundings=company.surroundings()) as stage:
        await stage.parent.hears("claimed")
        company.fail.set()
        await asyncio.wait({stage.ending}, timeout=5)
        assert isinstance(stage.ending.exception(), ValueError)
    assert company.order == ["begun", "stopped", "closed"]
    assert queue.written == [("prod-0", "released")]


async def test_a_crash_of_the_loop_itself_closes_in_order() -> None:
    company, queue = Company(), QueueInMemory(rows=1)
    queue.plan["renew"] = [ValueError("a bug")]
    async with show(queue, work=company.work, surroundings=company.surroundings()) as stage:
        await asyncio.wait({stage.ending}, timeout=5)
        assert isinstance(stage.ending.exception(), ValueError)
    assert company.order == ["begun", "stopped", "closed"]


async def test_an_error_while_closing_does_not_hide_the_first_one() -> None:
    company = Company(ValueError("the first"))

    async def close() -> None:
        raise KeyError("the second")

    both = Surroundings(beside=(company.beside,), close=close)
    async with show(QueueInMemory(), work=company.work, surroundings=both) as stage:
        company.fail.set()
        await asyncio.wait({stage.ending}, timeout=5)
        assert isinstance(stage.ending.exception(), ValueError)


async def test_a_close_that_hangs_does_not_hold_the_child() -> None:
    company = Company(close_hangs=True)
    async with show(QueueInMemory(), work=company.work, surroundings=company.surroundings()) as stage:
        await async_until(lambda: happened(company.order == ["begun"]))
        stage.loop.hear({"word": "stop"})
        assert await stage.ends(2 * CLOCKS.stop) == DRAINED
    assert company.order == ["begun", "closed"]


async def test_a_kind_that_rests_is_not_asked_for_and_the_others_are() -> None:
    gate, queue = Gate(), QueueInMemory(rows=1)
    gate.rest_kind("ocr_index", 0.1)
    surroundings = Surroundings(gate=gate)
    both: tuple[JobKind, ...] = ("ocr_index", "ocr_acte")
    async with show(queue, work=read_at_once, claims=both, surroundings=surroundings) as stage:
        assert [*stage.loop.wants().kinds] == ["ocr_acte"]
        await async_until(
            lambda: happened([*stage.loop.wants().kinds] == [*both]), what="the end of the rest"
        )


async def test_a_child_all_of_whose_kinds_rest_asks_for_nothing_until_the_rest_ends() -> None:
    gate, queue = Gate(), QueueInMemory(rows=1)
    gate.rest_kind("ocr_index", 0.1)
    async with show(queue, work=read_at_once, surroundings=Surroundings(gate=gate)) as stage:
        stage.loop.hear({"word": "wake"})
        await async_until(passed(0.05))
        assert queue.calls["claim"] == 0
        await stage.parent.hears("settled")
