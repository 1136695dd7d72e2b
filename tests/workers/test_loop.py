import asyncio
import time
from dataclasses import replace

from poolmgr.domain.errors import DocumentError, StoreError
from poolmgr.domain.jobs import Claim
from poolmgr.domain.outcomes import Done, Outcome
from poolmgr.domain.ports import Documents
from poolmgr.workers.child import DRAINED, STUCK
from tests.waiting import async_until
from tests.workers.queues import HANG, LOSE, REFUSE, QueueInMemory
from tests.workers.stage import CLOCKS, Slow, happened, read_at_once, show


async def test_a_job_goes_from_its_row_to_settled_and_the_parent_hears_both() -> None:
    queue = QueueInMemory(rows=3)
    async with show(queue, work=read_at_once, jobs_at_once=2) as stage:
        settled = await stage.parent.hears("settled", 3)
    assert sorted(queue.written) == [("prod-0", "done"), ("prod-1", "done"), ("prod-2", "done")]
    claimed = stage.parent.heard("claimed")
    assert {message["token"] for message in claimed} == {message["token"] for message in settled}
    assert settled[0] | {"token": "", "seconds": 0, "row": ""} == {
        "word": "settled",
        "environment": "prod",
        "kind": "ocr_index",
        "attempt": 1,
        "outcome": "done",
        "token": "",
        "seconds": 0,
        "row": "",
    }


async def test_slots_are_filled_and_not_more() -> None:
    queue, work = QueueInMemory(rows=5), Slow()
    async with show(queue, work=work, jobs_at_once=2) as stage:
        await work.has_begun(2)
        assert stage.loop.jobs == 2
        work.go_on.set()
        await stage.parent.hears("settled", 5)


async def test_a_claim_whose_reply_was_lost_is_repeated_under_its_id_and_works_once() -> None:
    queue = QueueInMemory(rows=2)
    queue.plan["claim"] = [LOSE, HANG, REFUSE]
    async with show(queue, work=read_at_once, jobs_at_once=2) as stage:
        await stage.parent.hears("settled", 2)
    assert len(set(queue.claim_ids[:4])) == 1
    assert queue.claim_ids[4] != queue.claim_ids[0]
    assert len(queue.leases) == 2
    assert queue.calls["renew"] >= 1, "a repeated claim is confirmed before it is believed"


async def test_a_repeated_claim_that_ran_out_meanwhile_is_not_worked_on() -> None:
    queue = QueueInMemory(rows=1)
    queue.plan["claim"] = [LOSE]
    queue.plan["renew"] = [REFUSE]
    async with show(queue, work=read_at_once) as stage:
        await async_until(lambda: happened(queue.calls["renew"] == 1))
        queue.end("expired")
        await stage.parent.hears_of("claim.answered")
    assert not stage.parent.heard("claimed")
    assert not queue.written


async def test_an_environment_that_is_back_gets_its_turn_by_itself() -> None:
    queue = QueueInMemory(rows=1)
    queue.plan["claim"] = [REFUSE, REFUSE]
    async with show(queue, work=read_at_once) as stage:
        await stage.parent.hears("settled")
        assert len(stage.parent.events("claim.unanswered")) == 1
        assert len(stage.parent.events("claim.answered")) == 1


async def test_an_environment_that_is_not_migrated_is_left_alone_under_new_ids() -> None:
    queue = QueueInMemory(rows=1)
    queue.plan["claim"] = [StoreError("no such function")]
    async with show(queue, work=read_at_once) as stage:
        await stage.parent.hears("settled")
    assert queue.claim_ids[0] != queue.claim_ids[1]


async def test_an_idle_child_asks_after_a_silence_and_less_and_less_often() -> None:
    queue = QueueInMemory()
    async with show(queue, work=read_at_once, clocks=replace(CLOCKS, idle_claim=0.04)) as stage:
        await async_until(lambda: happened(queue.calls["claim"] >= 3))
        asked = queue.calls["claim"]
        queue.waiting.append("late")
        stage.loop.hear({"word": "wake"})
        await stage.parent.hears("settled")
    assert asked <= 4


async def test_a_child_whose_parent_says_that_all_is_calm_does_not_ask_by_itself() -> None:
    queue = QueueInMemory()
    async with show(queue, work=read_at_once, clocks=replace(CLOCKS, idle_claim=0.2)) as stage:
        await async_until(lambda: happened(queue.calls["claim"] == 1))

        async def calm_for_a_while() -> bool:
            stage.loop.hear({"word": "calm"})
            return time.monotonic() > until_then

        until_then = time.monotonic() + 0.7
        await async_until(calm_for_a_while)
        assert queue.calls["claim"] == 1
        await async_until(lambda: happened(queue.calls["claim"] == 2), what="a question after a silence")


async def test_a_wake_finds_new_work_at_once() -> None:
    queue = QueueInMemory()
    async with show(queue, work=read_at_once) as stage:
        await async_until(lambda: happened(queue.calls["claim"] == 1))
        queue.waiting.append("new")
        stage.loop.hear({"word": "wake"})
        await stage.parent.hears("settled")


async def test_a_paused_child_takes_nothing_until_it_may_go_on() -> None:
    queue = QueueInMemory()
    async with show(queue, work=read_at_once) as stage:
        await async_until(lambda: happened(queue.calls["claim"] == 1))
        stage.loop.hear({"word": "pauses", "pauses": [{"environment": "", "kind": ""}]})
        queue.waiting.append("new")
        stage.loop.hear({"word": "wake"})
        await asyncio.wait({stage.ending}, timeout=0.05)
        assert queue.calls["claim"] == 1
        stage.loop.hear({"word": "pauses", "pauses": []})
        await stage.parent.hears("settled")


async def test_a_mode_counts_from_the_next_claim_and_nonsense_changes_nothing() -> None:
    queue, work = QueueInMemory(rows=2), Slow()
    async with show(queue, work=work) as stage:
        await work.has_begun()
        stage.loop.hear({"word": "mode", "claims": ["ocr_acte"]})
        stage.loop.hear({"word": "mode", "claims": ["laundry"]})
        work.go_on.set()
        await async_until(lambda: happened(queue.calls["claim"] == 2))
        assert queue.asked_kinds == [("ocr_index",), ("ocr_acte",)]
        assert queue.written == [("prod-0", "done")]
        assert len(stage.parent.events("mode.refused")) == 1
        stage.loop.hear({"word": "dance"})
        await stage.parent.hears_of("message.unknown")


async def test_an_error_of_the_document_ends_the_job_and_an_unforeseen_one_is_told_with_its_traceback() -> (
    None
):
    async def fail(claim: Claim, documents: Documents) -> Outcome:
        if claim.row_id == "prod-0":
            raise DocumentError("the document is encrypted")
        raise ZeroDivisionError("oh")

    queue = QueueInMemory(rows=2)
    async with show(queue, work=fail) as stage:
        await stage.parent.hears("settled", 2)
        (failed,) = stage.parent.events("job.failed")
    assert queue.written == [("prod-0", "give_up"), ("prod-1", "retry")]
    assert "ZeroDivisionError" in str(failed["traceback"])


async def test_a_settle_whose_reply_was_lost_is_said_again_and_counts_once() -> None:
    queue = QueueInMemory(rows=1)
    queue.plan["settle"] = [LOSE, HANG, REFUSE]
    async with show(queue, work=read_at_once) as stage:
        (settled,) = await stage.parent.hears("settled")
    assert settled["outcome"] == "done"
    assert queue.calls["settle"] == 4
    assert queue.written == [("prod-0", "done")]


async def test_a_settle_that_is_too_late_is_told_as_lost() -> None:
    queue, work = QueueInMemory(rows=1), Slow()
    slow_renewal = replace(CLOCKS, lease=replace(CLOCKS.lease, renew=30.0))
    async with show(queue, work=work, clocks=slow_renewal) as stage:
        await work.has_begun()
        queue.end("taken")
        work.go_on.set()
        (settled,) = await stage.parent.hears("settled")
    assert settled["outcome"] == "lost"
    assert not queue.written


async def test_a_worker_that_lost_its_lease_stops_and_writes_nothing() -> None:
    queue, work = QueueInMemory(rows=1), Slow()
    async with show(queue, work=work) as stage:
        await work.has_begun()
        queue.end("cancelled")
        (settled,) = await stage.parent.hears("settled")
        (lost,) = await stage.parent.hears_of("job.lost")
    assert work.cancelled == ["prod-0"]
    assert settled["outcome"] == "lost"
    assert lost["reason"] == "cancelled"
    assert not queue.calls["settle"]
    assert not queue.calls["release"]


async def test_a_worker_that_nobody_confirms_fences_itself_and_writes_nothing() -> None:
    queue, work = QueueInMemory(rows=1), Slow()
    queue.always["renew"] = HANG
    short = replace(CLOCKS, lease=replace(CLOCKS.lease, self_fence=0.3))
    async with show(queue, work=work, clocks=short) as stage:
        await work.has_begun()
        (lost,) = await stage.parent.hears_of("job.lost")
    assert lost["reason"] == "not confirmed in time"
    assert work.cancelled == ["prod-0"]
    assert not queue.calls["settle"]
    assert not queue.written


async def test_a_settle_that_nobody_answers_ends_with_the_lease() -> None:
    queue = QueueInMemory(rows=1)
    queue.always["settle"] = REFUSE
    short = replace(CLOCKS, lease=replace(CLOCKS.lease, self_fence=0.4))
    async with show(queue, work=read_at_once, clocks=short) as stage:
        (settled,) = await stage.parent.hears("settled")
        assert settled["outcome"] == "lost"
        assert stage.loop.jobs == 0
        assert len(stage.parent.events("settle.unanswered")) == 1


async def test_a_drain_takes_nothing_new_and_renews_until_the_last_job_is_settled() -> None:
    queue, work = QueueInMemory(rows=3), Slow()
    async with show(queue, work=work) as stage:
        await work.has_begun()
        stage.loop.hear({"word": "drain", "deadline_seconds": 30})
        renewed = queue.calls["renew"]
        await async_until(lambda: happened(queue.calls["renew"] >= renewed + 2))
        assert not stage.ending.done()
        work.go_on.set()
        assert await stage.ends() == DRAINED
    assert queue.written == [("prod-0", "done")]
    assert queue.waiting == ["prod-1", "prod-2"]


async def test_a_drain_without_jobs_ends_at_once() -> None:
    async with show(QueueInMemory(), work=read_at_once) as stage:
        stage.loop.hear({"word": "drain", "deadline_seconds": 60})
        assert await stage.ends(1.0) == DRAINED


async def test_at_the_drain_deadline_jobs_are_released_not_failed() -> None:
    queue, work = QueueInMemory(rows=2), Slow()
    async with show(queue, work=work, jobs_at_once=2) as stage:
        await work.has_begun(2)
        stage.loop.hear({"word": "drain", "deadline_seconds": 0.1})
        assert await stage.ends() == DRAINED
        settled = stage.parent.heard("settled")
    assert sorted(queue.written) == [("prod-0", "released"), ("prod-1", "released")]
    assert [message["outcome"] for message in settled] == ["released", "released"]
    assert not queue.calls["settle"]


async def test_a_stop_during_a_drain_does_not_wait_for_its_deadline() -> None:
    queue, work = QueueInMemory(rows=1), Slow()
    async with show(queue, work=work) as stage:
        await work.has_begun()
        stage.loop.hear({"word": "drain", "deadline_seconds": 60})
        stage.loop.hear({"word": "stop"})
        assert await stage.ends(1.0) == DRAINED
    assert queue.written == [("prod-0", "released")]


async def test_a_stop_is_bounded_though_the_database_never_answers() -> None:
    queue, work = QueueInMemory(rows=1), Slow()
    async with show(
        queue, work=work, clocks=replace(CLOCKS, lease=replace(CLOCKS.lease, answer=60))
    ) as stage:
        await work.has_begun()
        for function in ("claim", "renew", "settle", "release"):
            queue.always[function] = HANG
        began = time.monotonic()
        stage.loop.hear({"word": "stop"})
        assert await stage.ends() == DRAINED
        assert time.monotonic() - began < 2 * CLOCKS.stop


async def test_work_that_does_not_stop_is_settled_and_its_child_leaves_to_be_replaced() -> None:
    queue, work = QueueInMemory(rows=2), Slow(stubborn=True)
    async with show(queue, work=work) as stage:
        await work.has_begun()
        queue.end("cancelled")
        assert await stage.ends() == STUCK
        assert stage.parent.events("job.stuck")
        assert stage.parent.heard("settled")
        work.go_on.set()
    assert queue.waiting == ["prod-1"], "a stuck child claims nothing more"


async def test_an_error_in_the_loop_itself_ends_the_child_and_gives_its_jobs_back() -> None:
    queue, work = QueueInMemory(rows=1), Slow()
    queue.plan["renew"] = [ValueError("a bug")]
    async with show(queue, work=work) as stage:
        await asyncio.wait({stage.ending}, timeout=5)
        assert isinstance(stage.ending.exception(), ValueError)
    assert queue.written == [("prod-0", "released")]


async def test_many_jobs_over_a_bad_line_are_each_done_once() -> None:
    queue = QueueInMemory(rows=60)
    for function in ("claim", "settle", "renew"):
        queue.plan[function] = [LOSE if turn % 5 == 0 else "" for turn in range(40)]

    async def work(claim: Claim, documents: Documents) -> Outcome:
        await asyncio.sleep(0)  # others get their turn
        return Done(result={})

    async with show(queue, work=work, jobs_at_once=4) as stage:
        await stage.parent.hears("settled", 60)
    assert sorted(row for row, _ in queue.written) == sorted(f"prod-{number}" for number in range(60))
    assert {word for _, word in queue.written} == {"done"}
