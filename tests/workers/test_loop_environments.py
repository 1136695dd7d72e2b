"""Several environments in one child: in their turn, and none of them waits for another."""

import asyncio
from collections import Counter
from dataclasses import replace

from poolmgr.domain.json import text
from poolmgr.workers.child import DRAINED
from tests.waiting import async_until
from tests.workers.queues import HANG, LOSE, REFUSE, QueueInMemory
from tests.workers.stage import CLOCKS, Show, Slow, happened, passed, read_at_once, show

SILENT = replace(CLOCKS, lease=replace(CLOCKS.lease, answer=60.0))
"""Who does not answer is not given up before the test is over."""


def settled(stage: Show) -> list[str]:
    return [text(message, "environment") for message in stage.parent.heard("settled")]


async def test_environments_are_asked_in_their_order() -> None:
    prod, dev = QueueInMemory("prod", rows=2), QueueInMemory("dev", rows=2)
    async with show(prod, dev, work=read_at_once) as stage:
        await stage.parent.hears("settled", 4)
        assert settled(stage) == ["prod", "prod", "dev", "dev"]


async def test_a_full_environment_leaves_the_others_their_share_in_rotation() -> None:
    queues = [QueueInMemory(name, rows=60) for name in ("prod", "staging", "dev")]
    async with show(*queues, work=read_at_once, others_percent=50) as stage:
        await stage.parent.hears("settled", 60)
        first = settled(stage)[:60]
    counts = Counter(first)
    assert counts == {"prod": 30, "staging": 15, "dev": 15}


async def test_an_empty_environment_takes_no_claim_from_the_others() -> None:
    queues = [QueueInMemory("prod", rows=60), QueueInMemory("staging"), QueueInMemory("dev", rows=60)]
    async with show(*queues, work=read_at_once, others_percent=50) as stage:
        await stage.parent.hears("settled", 60)
        assert Counter(settled(stage)[:60]) == {"prod": 30, "dev": 30}


async def test_the_others_are_done_while_one_is_still_silent() -> None:
    prod, dev = QueueInMemory("prod", rows=1), QueueInMemory("dev", rows=20)
    prod.always["claim"] = HANG
    async with show(prod, dev, work=read_at_once, clocks=SILENT) as stage:
        await stage.parent.hears("settled", 20)
        assert not stage.parent.events("claim.unanswered"), "its question is not given up yet"
        for _ in range(3):
            stage.loop.hear({"word": "wake"})
            await async_until(passed(0.02))
        assert prod.calls["claim"] == 1, "one question at a time"


async def test_one_that_gives_no_answer_is_said_once_and_asked_beside_the_others() -> None:
    prod, dev = QueueInMemory("prod", rows=1), QueueInMemory("dev", rows=20)
    prod.always["claim"] = REFUSE
    async with show(prod, dev, work=read_at_once) as stage:
        await stage.parent.hears("settled", 20)
        await async_until(lambda: happened(prod.calls["claim"] >= 4), what="questions beside")
        asked = dev.calls["claim"]
        await async_until(lambda: happened(prod.calls["claim"] >= 5), what="one more")
        assert dev.calls["claim"] == asked, "a question without answer wakes nobody"
        assert len(set(prod.claim_ids)) == 1
        assert len(stage.parent.events("claim.unanswered")) == 1


async def test_a_late_answer_is_begun_while_there_is_room() -> None:
    prod, dev, work = QueueInMemory("prod", rows=1), QueueInMemory("dev", rows=1), Slow()
    prod.plan["claim"] = [late := asyncio.Event()]
    async with show(prod, dev, work=work, jobs_at_once=2, clocks=SILENT):
        await work.has_begun(1)
        assert work.begun == ["dev-0"]
        late.set()
        await work.has_begun(2)
        assert work.begun == ["dev-0", "prod-0"]
        work.go_on.set()
        await async_until(lambda: happened(prod.written == [("prod-0", "done")]))


async def test_a_late_answer_goes_back_at_once_when_there_is_no_room() -> None:
    prod, dev, work = QueueInMemory("prod", rows=1), QueueInMemory("dev", rows=1), Slow()
    prod.plan["claim"] = [late := asyncio.Event()]
    async with show(prod, dev, work=work, clocks=SILENT) as stage:
        await work.has_begun(1)
        late.set()
        await async_until(lambda: happened(prod.written == [("prod-0", "released")]))
        assert stage.loop.jobs == 1
        work.go_on.set()
        await async_until(lambda: happened(prod.written[1:] == [("prod-0", "done")]))


async def test_a_claim_that_arrives_when_every_slot_is_taken_goes_back() -> None:
    prod, dev, work = QueueInMemory("prod", rows=1), QueueInMemory("dev", rows=1), Slow()
    prod.plan["claim"] = [LOSE]
    async with show(prod, dev, work=work) as stage:
        await work.has_begun()
        await async_until(lambda: happened(prod.written == [("prod-0", "released")]))
        assert stage.loop.jobs == 1


async def test_what_waited_for_a_silent_environment_is_asked_for_when_it_answers() -> None:
    prod, dev = QueueInMemory("prod"), QueueInMemory("dev")
    prod.plan["claim"] = [late := asyncio.Event()]
    async with show(prod, dev, work=read_at_once, clocks=SILENT) as stage:
        await async_until(lambda: happened(dev.calls["claim"] == 1), what="the other's question")
        stage.loop.hear({"word": "wake"})
        await async_until(lambda: happened(dev.calls["claim"] == 2), what="the other's next question")
        assert prod.calls["claim"] == 1
        late.set()
        await async_until(lambda: happened(prod.calls["claim"] == 2), what="a look at what came meanwhile")


async def test_an_environment_is_asked_only_for_the_kinds_that_are_switched_on_there() -> None:
    prod, staging, dev = (QueueInMemory(name, rows=1) for name in ("prod", "staging", "dev"))
    async with show(
        prod,
        staging,
        dev,
        work=read_at_once,
        claims=("ocr_index", "land"),
        kinds={"prod": ("land", "req"), "staging": ("req",)},
    ) as stage:
        await stage.parent.hears("settled")
        await async_until(lambda: happened(dev.calls["claim"] == 2))
    assert prod.asked_kinds[0] == ("land",)
    assert not staging.asked_kinds
    assert dev.asked_kinds[0] == ("ocr_index", "land")
    assert settled(stage) == ["dev"]


async def test_an_outcome_that_its_database_does_not_take_keeps_no_slot_from_the_others() -> None:
    prod, dev = QueueInMemory("prod", rows=1), QueueInMemory("dev", rows=10)
    prod.always["settle"] = answers = asyncio.Event()
    async with show(prod, dev, work=read_at_once, clocks=SILENT) as stage:
        await stage.parent.hears("settled", 10)
        assert settled(stage) == ["dev"] * 10
        assert stage.loop.jobs == 1
        answers.set()
        await stage.parent.hears("settled", 11)
    assert prod.written == [("prod-0", "done")]


async def test_a_child_does_not_gather_outcomes_without_end() -> None:
    prod = QueueInMemory("prod", rows=9)
    prod.always["settle"] = answers = asyncio.Event()
    async with show(prod, work=read_at_once, jobs_at_once=2, clocks=SILENT) as stage:
        await async_until(lambda: happened(stage.loop.jobs == 4), what="twice its jobs")
        await async_until(passed(2 * CLOCKS.patience))
        assert stage.loop.jobs == 4
        answers.set()
        await stage.parent.hears("settled", 9)


async def test_an_idle_child_leaves_at_once_though_one_environment_never_answers() -> None:
    prod, dev = QueueInMemory("prod"), QueueInMemory("dev")
    prod.always["claim"] = HANG
    async with show(prod, dev, work=read_at_once, clocks=SILENT) as stage:
        await async_until(lambda: happened(dev.calls["claim"] == 1), what="the other's question")
        stage.loop.hear({"word": "drain", "deadline_seconds": 30})
        assert await stage.ends(1.0) == DRAINED


async def test_a_drain_ends_with_the_job_in_hand_though_another_environment_never_answers() -> None:
    prod, dev, work = QueueInMemory("prod", rows=1), QueueInMemory("dev", rows=2), Slow()
    prod.always["claim"] = HANG
    async with show(prod, dev, work=work, clocks=SILENT) as stage:
        await work.has_begun()
        stage.loop.hear({"word": "drain", "deadline_seconds": 30})
        await async_until(passed(2 * CLOCKS.patience))
        assert not stage.ending.done()
        work.go_on.set()
        assert await stage.ends(1.0) == DRAINED
    assert dev.written == [("dev-0", "done")]
    assert dev.waiting == ["dev-1"]


async def test_what_a_silent_environment_brings_while_the_child_leaves_goes_back() -> None:
    prod, work = QueueInMemory("prod", rows=2), Slow()
    async with show(prod, work=work, jobs_at_once=2, clocks=replace(SILENT, patience=10.0)) as stage:
        await work.has_begun(2)
        prod.waiting.append("late")
        prod.always["claim"] = late = asyncio.Event()
        prod.end("cancelled")
        await async_until(lambda: happened(prod.calls["claim"] == 2), what="a question")
        stage.loop.hear({"word": "drain", "deadline_seconds": 30})
        late.set()
        assert await stage.ends(2.0) == DRAINED
    assert prod.written == [("late", "released")]
