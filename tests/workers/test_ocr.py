import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

import pymupdf
import pytest

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import DocumentError, Missing
from poolmgr.domain.jobs import Claim, JobKind
from poolmgr.domain.json import JsonObject, record, records
from poolmgr.local.samples.index import draw_index, set_index
from poolmgr.local.samples.index_table import render_index
from poolmgr.local.samples.people import PLACES
from poolmgr.local.samples.sheet import lay, save
from poolmgr.ocr.papers import Papers
from poolmgr.workers.child import STUCK
from poolmgr.workers.ocr import InTurn, OcrWork, ReadDocument, offline_reader
from poolmgr.workers.verdicts import Stuck
from tests.waiting import async_until
from tests.workers.queues import DocumentsInMemory, QueueInMemory
from tests.workers.stage import happened, show

SHELF = DocumentsInMemory(**{f"index/prod-{number}.pdf": b"%PDF" for number in range(9)})


class Engine:
    """Reads until it is let go or told to stop; a deaf one does not hear that."""

    def __init__(self, *, deaf: bool = False, let_go: bool = False) -> None:
        self.deaf = deaf
        self.let_go = threading.Event()
        self.begun = 0
        self.inside = 0
        self.most_inside = 0
        if let_go:
            self.let_go.set()

    def __call__(self, papers: Papers, kind: JobKind, stop: Callable[[], bool]) -> JsonObject:
        self.begun += 1
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        while not self.let_go.wait(0.005) and (self.deaf or not stop()):
            pass
        self.inside -= 1
        return {"file_content": f"{kind}:{len(papers.pdf)}", "pages": [{"text": "one"}, {"text": "two"}]}


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.let_go.set()


def ocr(read: ReadDocument, job_seconds: float = 30.0) -> OcrWork:
    reader = InTurn(read, job_seconds=job_seconds, stop_seconds=0.1)
    return OcrWork(reader, job_seconds=job_seconds)


def claim(number: int = 0, **job: str) -> Claim:
    (made,) = QueueInMemory(rows=number + 1).claimed("id", ["ocr_index"], "worker-1", 99)[-1:]
    made.job.update(job)
    return made


async def test_a_document_becomes_its_result_with_pages_and_seconds_in_the_trail(engine: Engine) -> None:
    engine.let_go.set()
    done = await ocr(engine)(claim(), SHELF)
    assert done.result["file_content"] == "ocr_index:4"
    (entry,) = done.trail
    assert isinstance(entry, dict)
    assert entry["pages"] == 2
    assert isinstance(entry["seconds"], float)


async def test_one_document_is_read_at_a_time_and_the_loop_goes_on_beside(engine: Engine) -> None:
    work = ocr(engine)
    reading = [asyncio.create_task(work(claim(number), SHELF)) for number in range(3)]
    await async_until(lambda: happened(engine.begun == 1))
    engine.let_go.set()
    await asyncio.gather(*reading)
    assert engine.begun == 3
    assert engine.most_inside == 1


async def test_a_document_that_is_not_there_and_a_place_that_is_none(engine: Engine) -> None:
    with pytest.raises(Missing):
        await ocr(engine)(claim(supabase_path="index/other.pdf"), SHELF)
    for nowhere in ("../../etc/passwd", "", "index/"):
        with pytest.raises(DocumentError):
            await ocr(engine)(claim(supabase_path=nowhere), SHELF)
    assert not engine.begun


async def test_reading_that_takes_too_long_is_stopped_and_the_next_one_is_read(engine: Engine) -> None:
    work = ocr(engine, job_seconds=0.05)
    with pytest.raises(TimeoutError):
        await work(claim(), SHELF)
    engine.let_go.set()
    assert (await work(claim(1), SHELF)).result


async def test_an_error_of_the_engine_is_the_errors_own() -> None:
    def encrypted(papers: Papers, kind: JobKind, stop: Callable[[], bool]) -> JsonObject:
        raise DocumentError("encrypted")

    with pytest.raises(DocumentError, match="encrypted"):
        await ocr(encrypted)(claim(), SHELF)


async def test_cancelled_work_stops_its_thread_and_a_waiting_document_is_never_read(engine: Engine) -> None:
    work = ocr(engine)
    first, second = (asyncio.create_task(work(claim(number), SHELF)) for number in range(2))
    await async_until(lambda: happened(engine.begun == 1))
    second.cancel()
    first.cancel()
    await asyncio.wait({first, second})
    assert first.cancelled()
    assert second.cancelled()
    assert engine.inside == 0
    assert engine.begun == 1


async def test_a_thread_that_does_not_hear_is_stuck(engine: Engine) -> None:
    engine.deaf = True
    with pytest.raises(Stuck):
        await ocr(engine, job_seconds=0.05)(claim(), SHELF)


async def test_a_stuck_thread_costs_its_job_a_try_and_its_child_the_place(engine: Engine) -> None:
    engine.deaf = True
    queue = QueueInMemory(rows=3)
    work = ocr(engine, job_seconds=0.05)
    async with show(queue, work=work, jobs_at_once=2, documents=SHELF) as stage:
        assert await stage.ends() == STUCK
        assert len(stage.parent.events("job.stuck")) == 1
    assert ("prod-0", "retry") in queue.written
    assert ("prod-1", "released") in queue.written
    assert queue.waiting == ["prod-2", "prod-1"]


async def test_a_real_document_is_read_by_the_offline_engine() -> None:
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), "Index des immeubles, cadastre du Québec, lot 1 234 567")
        shelf = DocumentsInMemory(**{"index/prod-0.pdf": document.tobytes()})
    done = await ocr(offline_reader(OcrSettings()))(claim(), shelf)
    assert "lot 1 234 567" in str(done.result["file_content"])
    assert len(done.trail) == 1


async def test_an_index_whose_table_was_saved_beside_it_is_read_from_the_table() -> None:
    index = draw_index(Random(5), PLACES[0], "12", 2)
    pdf = save(lay(set_index(index)), "index")
    table = render_index(index).encode("iso-8859-1", "xmlcharrefreplace")
    shelf = DocumentsInMemory(**{"index/prod-0.pdf": pdf, "index/prod-0.html": table})
    done = await ocr(offline_reader(OcrSettings()))(claim(), shelf)
    (page,) = records(done.result, "pages")
    assert page["engine"] == "table"
    rows = records(record(page, "index"), "rows")
    assert [row["number"] for row in rows] == [str(row.number) for part in index.parts for row in part]
    assert str(done.result["file_content"]).count("Ligne ") == len(rows)


async def test_a_deed_is_never_asked_for_a_table(engine: Engine) -> None:
    engine.let_go.set()
    shelf = DocumentsInMemory(**{"index/prod-0.pdf": b"%PDF"})
    asked: list[str] = []

    async def noticed(path: str) -> bytes:
        asked.append(path)
        return await DocumentsInMemory.read(shelf, path)

    shelf.read = noticed  # type: ignore[method-assign]
    deed = replace(claim(), kind="ocr_acte")
    await ocr(engine)(deed, shelf)
    await ocr(engine)(claim(), shelf)
    assert asked == ["index/prod-0.pdf", "index/prod-0.pdf", "index/prod-0.html"]
