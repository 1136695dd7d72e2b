import asyncio
import gc
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial

from poolmgr.domain.jobs import Claim
from poolmgr.domain.json import JsonObject
from poolmgr.domain.outcomes import Done, Outcome
from poolmgr.domain.ports import Documents
from poolmgr.telemetry.events import subscribe
from poolmgr.telemetry.logs import PRIORITIES, LogWriter
from poolmgr.workers.child import CRASHED, DRAINED, PARENT_GONE, Maker, hear_level
from poolmgr.workers.jobs import Environment
from poolmgr.workers.loop import Loop, LoopClocks, Surroundings
from poolmgr.workers.pipe import Pipe
from tests.waiting import until
from tests.workers.forks import forked
from tests.workers.queues import HANG, DocumentsInMemory, QueueInMemory
from tests.workers.stage import CLOCKS


class Telling(QueueInMemory):
    """Says each write to the parent, whatever process it happens in."""

    pipe: Pipe

    async def settle(self, claim: Claim, outcome: Outcome) -> str:
        self.pipe.event("queue.settle")
        return await super().settle(claim, outcome)


def looping(
    queue: QueueInMemory,
    clocks: LoopClocks = CLOCKS,
    seconds: float = 60.0,
    beside: Callable[[Pipe], Coroutine[None, None, None]] | None = None,
) -> Maker:
    async def work(claim: Claim, documents: Documents) -> Outcome:
        await asyncio.sleep(seconds)
        return Done(result={})

    def make(pipe: Pipe) -> Loop:
        if isinstance(queue, Telling):
            queue.pipe = pipe
        return Loop(
            [Environment(queue=queue, documents=DocumentsInMemory())],
            worker="worker-1",
            host="here",
            claims=["ocr_index"],
            jobs_at_once=1,
            work=work,
            clocks=clocks,
            pipe=pipe,
            surroundings=Surroundings(beside=(partial(beside, pipe),)) if beside else None,
        )

    return make


def test_a_child_is_ready_then_beats_and_leaves_when_drained() -> None:
    with forked(looping(QueueInMemory())) as child:
        child.waits_for("beat", 3)
        assert child.parent.said[0] == {"word": "ready"}
        assert child.parent.heard("beat")[0] == {"word": "beat", "state": "idle", "jobs": 0}
        child.say("drain", deadline_seconds=5)
        assert child.exit_code() == DRAINED


def test_threads_that_hang_leave_others_to_work_with() -> None:
    async def hang(pipe: Pipe) -> None:
        stuck = [asyncio.to_thread(threading.Event().wait) for _ in range(40)]
        waiting = asyncio.gather(*stuck)
        await asyncio.sleep(0)
        await asyncio.to_thread(bool)
        pipe.event("thread.found")
        await waiting

    with forked(looping(QueueInMemory(), beside=hang)) as child:
        until(lambda: child.parent.events("thread.found"), what="a free thread")
        child.say("drain", deadline_seconds=5)
        assert child.exit_code() == DRAINED


def test_a_beat_says_how_many_jobs_are_in_hand() -> None:
    with forked(looping(QueueInMemory(rows=1))) as child:
        child.waits_for("claimed")
        child.waits_for("beat", len(child.parent.heard("beat")) + 2)
        assert child.parent.heard("beat")[-1] == {"word": "beat", "state": "busy", "jobs": 1}


def test_what_was_settled_last_is_told_before_the_child_leaves() -> None:
    with forked(looping(QueueInMemory(rows=1))) as child:
        child.waits_for("claimed")
        child.say("stop")
        assert child.exit_code() == DRAINED
        assert [message["outcome"] for message in child.parent.heard("settled")] == ["released"]


def test_a_child_whose_parent_is_gone_leaves_at_once_even_when_nothing_answers() -> None:
    queue = QueueInMemory(rows=1)
    for function in ("renew", "settle", "release"):
        queue.always[function] = HANG
    with forked(looping(queue)) as child:
        child.waits_for("claimed")
        began = time.monotonic()
        child.parent.end.close()
        assert child.exit_code() == PARENT_GONE
        assert time.monotonic() - began < 0.5


def test_a_sigterm_is_a_drain_and_ctrl_c_is_not_heard() -> None:
    with forked(looping(QueueInMemory(rows=1), seconds=0.3)) as child:
        child.waits_for("claimed")
        child.kill(signal.SIGINT)
        child.kill(signal.SIGTERM)
        assert child.exit_code() == DRAINED
        assert [message["outcome"] for message in child.parent.heard("settled")] == ["done"]


class Broken:
    jobs = 0

    def hear(self, message: JsonObject) -> None:
        raise ValueError("cannot hear")

    async def run(self) -> int:
        await asyncio.Event().wait()
        return DRAINED


def test_an_unforeseen_error_is_told_with_its_traceback_and_ends_the_child() -> None:
    with forked(lambda _: Broken()) as child:
        child.waits_for("ready")
        child.say("wake")
        assert child.exit_code() == CRASHED
        (failed,) = child.parent.events("child.failed")
        assert "cannot hear" in str(failed["traceback"])


def test_a_child_that_was_stopped_for_too_long_writes_nothing_when_it_wakes() -> None:
    queue = Telling(rows=1)
    queue.always["renew"] = HANG
    fence = replace(CLOCKS, lease=replace(CLOCKS.lease, self_fence=0.6))
    with forked(looping(queue, fence, seconds=0.3)) as child:
        child.waits_for("claimed")
        child.kill(signal.SIGSTOP)
        deadline = time.monotonic() + 0.8
        until(lambda: time.monotonic() > deadline)
        child.kill(signal.SIGCONT)
        child.waits_for("settled")
        assert child.parent.heard("settled")[0]["outcome"] == "lost"
        assert not child.parent.events("queue.settle")


def test_a_child_that_was_stopped_shortly_goes_on() -> None:
    queue = Telling(rows=1)
    fence = replace(CLOCKS, lease=replace(CLOCKS.lease, self_fence=5.0))
    with forked(looping(queue, fence, seconds=0.2)) as child:
        child.waits_for("claimed")
        child.kill(signal.SIGSTOP)
        deadline = time.monotonic() + 0.3
        until(lambda: time.monotonic() > deadline)
        child.kill(signal.SIGCONT)
        child.waits_for("settled")
        assert child.parent.heard("settled")[0]["outcome"] == "done"
        assert child.parent.events("queue.settle")


def test_how_much_a_child_logs_is_its_parents_word() -> None:
    writer = LogWriter(shape="json", level="info", secrets=[], fd=-1)
    end = subscribe(writer)
    try:
        hear_level({"word": "level", "level": "debug"})
        assert writer.lowest == PRIORITIES["debug"]
        hear_level({"word": "level", "level": "loud"})
        hear_level({"word": "level"})
        assert writer.lowest == PRIORITIES["debug"]
    finally:
        end()


async def fails_unheard() -> None:
    """Beside the work: a task that nobody waits for fails."""
    task = asyncio.create_task(refuse())
    await asyncio.wait({task})
    del task
    gc.collect()
    await asyncio.Event().wait()


async def refuse() -> None:
    raise ValueError("nobody asked")


def test_an_error_that_nobody_waited_for_is_an_event_and_no_raw_line() -> None:
    with forked(looping(QueueInMemory(), beside=lambda _: fails_unheard())) as child:
        child.waits_for("event")
        told = [one for one in child.parent.heard("event") if one["event"] == "child.stray"]
        assert "nobody asked" in str(told[0]["fields"])
