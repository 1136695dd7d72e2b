"""What people ask of a queue, over any adapter."""

from uuid import uuid4

import psycopg
import pytest

from poolmgr.domain.errors import Refused
from poolmgr.domain.json import JsonObject, record, text
from poolmgr.domain.outcomes import GiveUp
from tests.stores.conftest import QueueOpening
from tests.stores.rows import add, add_downloaded, add_land, cell, expire
from tests.stores.test_queue import READ, claim_one


async def test_a_document_is_enqueued_once(opening: QueueOpening, product: psycopg.Connection) -> None:
    row = str(uuid4())
    job = {
        "document_source": "index",
        "document_number": "2 784 195",
        "circonscription_fonciere": "Montréal",
        "cadastre": "Cadastre du Québec",
    }
    async with opening() as queue:
        assert await queue.enqueue(row, "land", {**job}) == "applied"
        assert await queue.enqueue(row, "land", {**job}) == "already"
        claim = await claim_one(queue, "land")
    assert claim.row_id == row
    assert claim.job["circonscription_fonciere"] == "Montréal"


async def test_a_document_that_rests_in_storage_is_enqueued_for_reading(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    row = str(uuid4())
    job = {"document_number": "1", "supabase_path": "actes/a.pdf"}
    async with opening() as queue:
        assert await queue.enqueue(row, "ocr_acte", {**job}) == "applied"
        assert (await claim_one(queue, "ocr_acte")).job["supabase_path"] == "actes/a.pdf"


async def test_an_incomplete_job_is_refused_with_the_reason(opening: QueueOpening) -> None:
    async with opening() as queue:
        answer = await queue.enqueue(str(uuid4()), "land", {})
    assert answer.startswith("refused: ")


async def test_a_failed_job_waits_again_with_no_attempt_used(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    row = add_downloaded(product)
    async with opening() as queue:
        await queue.settle(await claim_one(queue), GiveUp(error="unreadable"))
        assert await queue.retry("ocr_index", row) == "applied"
        assert await queue.retry("ocr_index", row) == "already"
        assert (await claim_one(queue)).attempt == 1
        assert (await queue.retry("ocr_index", row)).startswith("refused: ")
        assert (await queue.retry("ocr_index", str(uuid4()))).startswith("refused: ")


async def test_a_cancelled_job_is_lost_to_its_worker(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    row = add_downloaded(product)
    async with opening() as queue:
        claim = await claim_one(queue)
        assert await queue.cancel("ocr_index", row) == "applied"
        assert await queue.cancel("ocr_index", row) == "already"
        assert await queue.settle(claim, READ) == "lost"
    assert cell(product, "extraction_queue", row, "status_id") == 4


async def test_why_names_the_condition_that_is_not_met(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    row = add_downloaded(product)
    async with opening() as queue:
        assert all(line["met"] for line in await queue.why("ocr_index", row))
        await claim_one(queue)
        unmet = [line["condition"] for line in await queue.why("ocr_index", row) if not line["met"]]
        assert unmet == ["its status waits for this kind", "nobody holds it"]
        (nothing,) = await queue.why("ocr_index", str(uuid4()))
    assert nothing["met"] is False


async def test_failures_are_listed_since_a_time(opening: QueueOpening, product: psycopg.Connection) -> None:
    add_downloaded(product)
    async with opening() as queue:
        await queue.settle(await claim_one(queue), GiveUp(error="unreadable"))
        (failure,) = await queue.failures("2020-01-01T00:00:00Z", 10)
        assert await queue.failures("2999-01-01T00:00:00Z", 10) == []
    assert failure["error"] == "unreadable"


async def test_jobs_are_listed_newest_first_page_by_page(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    rows = [add_land(product, str(number)) for number in range(5)]
    async with opening() as queue:
        page = await queue.jobs_list({"kind": "land"}, 3)
        last = page[-1]
        seen: JsonObject = {"created_at": text(last, "created_at"), "row_id": text(last, "row_id")}
        rest = await queue.jobs_list({"kind": "land", "before": seen}, 3)
    assert [job["row_id"] for job in page + rest] == rows[::-1]
    assert "T" in text(last, "created_at")


async def test_stats_count_what_is_done(opening: QueueOpening, product: psycopg.Connection) -> None:
    add_downloaded(product)
    async with opening() as queue:
        await queue.settle(await claim_one(queue), READ)
        stats = {(line["kind"], line["status"]): line for line in await queue.stats(1)}
    done = stats["ocr_index", "done"]
    assert (done["count"], done["source"]) == (1, "index")
    assert isinstance(done["mean_seconds"], float)


async def test_what_an_older_system_marked_as_read_is_read(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    row = add(
        product,
        "extraction_queue",
        document_source="index",
        document_number="1",
        status_id=5,
        supabase_path="index/a.pdf",
    )
    async with opening() as queue:
        assert [filled["row_id"] for filled in await queue.backfill("ocr_index", 10)] == [row]
        assert await queue.backfill("ocr_index", 10) == []
        with pytest.raises(Refused):
            await queue.backfill("land", 10)


async def test_why_a_row_waits_is_told_with_its_facts(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    async with opening() as queue:
        await queue.configure({"budgets": {"land": 0}})
        row = add_land(product)
        (unmet,) = [one for one in await queue.why("land", row) if one["met"] is False]
    assert unmet["condition"] == "the day's budget allows it"
    assert record(unmet, "facts")["limit_cents"] == 0


async def test_what_runs_too_long_is_told(opening: QueueOpening, product: psycopg.Connection) -> None:
    async with opening() as queue:
        add_downloaded(product)
        claim = await claim_one(queue)
        assert await queue.overdue() == []
        expire(product)
        (row,) = await queue.overdue()
    assert (row["row_id"], row["worker"], row["reason"]) == (claim.row_id, "w1", "its lease expired")
