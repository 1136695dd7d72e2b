"""Jobs read by Gemini: fetched, asked, checked, told."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from poolmgr.config.settings import GeminiSettings, OcrSettings
from poolmgr.domain.errors import Missing, ModelDown
from poolmgr.domain.jobs import Claim, JobKind
from poolmgr.domain.json import number, record, records, text
from poolmgr.domain.quota import Quota
from poolmgr.domain.rates import Pricing
from poolmgr.ocr.gemini.engine import Gemini
from poolmgr.workers.asked import AskedReader, Clock
from poolmgr.workers.ocr import OcrWork
from poolmgr.workers.thread import OneThread
from poolmgr.workers.verdicts import Stuck
from tests.gemini.process import LoopbackGemini
from tests.ocr.gemini.scene import DPI, NUMBERS, ROWS, QuotaInMemory, deed_of, index_of
from tests.waiting import async_until
from tests.workers.queues import DocumentsInMemory, QueueInMemory
from tests.workers.stage import happened, show

INDEX = index_of(ROWS)
SHELF = DocumentsInMemory(**{f"index/prod-{number}.pdf": INDEX for number in range(12)})


def claim(kind: JobKind = "ocr_index", number: int = 0) -> Claim:
    (made,) = QueueInMemory(rows=number + 1).claimed("id", ["ocr_index"], "worker-1", 99)[-1:]
    return replace(made, kind=kind)


@asynccontextmanager
async def asked(settings: GeminiSettings, quota: Quota | None = None, **ocr: float) -> AsyncIterator[OcrWork]:
    changed = OcrSettings.model_validate({"dpi": DPI, "stop_seconds": 0.1, **ocr})
    thread = OneThread(changed.stop_seconds)
    shared: Quota = quota or QuotaInMemory()
    quotas = dict.fromkeys((settings.index_model, settings.acte_model), shared)
    engine = Gemini(settings, changed, quotas, thread, "worker-1")
    yield OcrWork(
        AskedReader(engine, thread, changed, Pricing(usd_to_cad=1.4)), job_seconds=changed.job_seconds
    )
    await engine.close()


async def test_an_index_becomes_its_result_and_the_trail_says_what_it_took(gemini: LoopbackGemini) -> None:
    async with asked(gemini.settings()) as work:
        done = await work(claim(), SHELF)
    assert all(number in text(done.result, "file_content") for number in NUMBERS)
    (page,) = records(done.result, "pages")
    assert page["engine"] == "gemini"
    (trail,) = records({"trail": done.trail}, "trail")
    assert (trail["pages"], trail["calls"]) == (1, 1)
    assert trail["input_tokens"] == gemini.seen[0]["tokens"]
    assert number(trail, "cad") > 0


async def test_a_doubtful_page_is_marked_in_the_result_and_in_the_outcome(gemini: LoopbackGemini) -> None:
    gemini.set_up({"fault": "missing", "times": 99})
    async with asked(gemini.settings()) as work:
        done = await work(claim(), SHELF)
    (page,) = records(done.result, "pages")
    (trail,) = records({"trail": done.trail}, "trail")
    assert "incomplete: 4 of 6 rows" in text(page, "note")
    assert trail["note"] == done.result["note"] == "see the notes of pages 1"


async def test_an_acte_that_costs_nothing_says_nothing_of_cost(gemini: LoopbackGemini) -> None:
    shelf = DocumentsInMemory(
        **{"index/prod-0.pdf": deed_of(["Devant maître Roy, notaire"], as_picture=False)}
    )
    async with asked(gemini.settings()) as work:
        done = await work(claim("ocr_acte"), shelf)
    (trail,) = records({"trail": done.trail}, "trail")
    assert set(trail) == {"pages", "seconds"}


async def test_the_clock_of_a_job_stands_still_while_any_of_its_calls_waits_for_the_shared_limit() -> None:
    async with asyncio.timeout(1) as limit:
        clock = Clock(limit, 900)
        with clock.waiting():
            with clock.waiting():
                assert limit.when() is None
            assert limit.when() is None
            clock.progress()
            assert limit.when() is None
        await asyncio.sleep(0)
        assert (limit.when() or 0) - asyncio.get_running_loop().time() == pytest.approx(900, abs=5)


async def test_a_job_without_any_answer_is_stopped_and_costs_a_try(gemini: LoopbackGemini) -> None:
    gemini.set_up({"fault": "hang", "times": 9})
    async with asked(gemini.settings(), job_seconds=1.0) as work:
        with pytest.raises(TimeoutError, match="No answer came for 1 s"):
            await work(claim(), SHELF)


async def test_a_thread_that_does_not_hear_is_stuck(gemini: LoopbackGemini) -> None:
    let_go = threading.Event()
    async with asked(gemini.settings(), job_seconds=1.0) as work:
        assert isinstance(work.reader, AskedReader)
        blocked = asyncio.create_task(work.reader.thread(let_go.wait))
        reading = asyncio.create_task(work(claim(), SHELF))
        await asyncio.sleep(0)
        blocked.cancel()
        with pytest.raises(Stuck):
            await blocked
        with pytest.raises(Stuck):
            await reading
        let_go.set()


async def test_a_document_that_is_not_there_is_asked_of_nobody(gemini: LoopbackGemini) -> None:
    async with asked(gemini.settings()) as work:
        with pytest.raises(Missing):
            await work(claim(), DocumentsInMemory())
    assert gemini.seen == []


async def test_one_child_has_many_documents_in_flight(gemini: LoopbackGemini) -> None:
    gemini.set_up(latency_seconds=0.2)
    queue = QueueInMemory(rows=8)
    async with asked(gemini.settings()) as work, show(queue, work=work, jobs_at_once=4, documents=SHELF):
        await async_until(lambda: happened(len(queue.written) == 8), within_seconds=30)
    assert {word for _, word in queue.written} == {"done"}
    assert record({"told": gemini.call("tell")}, "told")["most_inside"] in (3, 4)


async def test_an_outage_of_the_service_burns_no_attempt(gemini: LoopbackGemini) -> None:
    gemini.set_up({"fault": "503", "times": 99})
    queue = QueueInMemory(rows=1)
    async with (
        asked(gemini.settings(tries=2)) as work,
        show(queue, work=work, jobs_at_once=1, documents=SHELF),
    ):
        await async_until(lambda: happened(bool(queue.written)), within_seconds=30)
    assert queue.written[0] == ("prod-0", "outage")
    async with asked(gemini.settings(tries=2)) as work:
        with pytest.raises(ModelDown):
            await work(claim(), SHELF)
