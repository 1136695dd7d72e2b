"""What any adapter of the queue must do, in the words of the queue protocol."""

import asyncio
from uuid import uuid4

import psycopg
import pytest

from poolmgr.domain.errors import StoreError
from poolmgr.domain.jobs import JOB_KINDS, Claim, EnvironmentName, JobKind, Token
from poolmgr.domain.outcomes import Done, GiveUp, OutsideTrouble, Released, Retry
from poolmgr.stores.queue import DatabaseQueue
from tests.stores.conftest import QueueOpening
from tests.stores.rows import add, add_downloaded, add_land, cell, change, expire

READ: Done = Done(
    result={"file_content": "lu", "boosted_file_content": "corrigé", "pages": [{"engine": "x"}]}
)


async def claim_one(queue: DatabaseQueue, kind: JobKind = "ocr_index", worker: str = "w1") -> Claim:
    (claim,) = await queue.claim(str(uuid4()), [kind], worker, "h1", 1)
    return claim


async def test_a_claim_brings_named_columns_oldest_first(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    ids = [add_land(product, str(number)) for number in range(3)]
    async with opening() as queue:
        claims = await queue.claim(str(uuid4()), JOB_KINDS, "w1", "h1", 2)
    assert [claim.row_id for claim in claims] == ids[:2]
    assert [(claim.environment, claim.kind, claim.attempt) for claim in claims] == [("dev", "land", 1)] * 2
    assert claims[0].job["document_number"] == "0"
    assert "file_content" not in claims[0].job
    assert cell(product, "extraction_queue", ids[0], "status_id") == 2
    assert cell(product, "extraction_queue", ids[0], "worker_id") == "w1"


async def test_a_claim_repeated_with_its_id_brings_the_same_and_no_more(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    for _ in range(3):
        add_land(product)
    claim_id = str(uuid4())
    async with opening() as queue:
        first = await queue.claim(claim_id, ["land"], "w1", "h1", 2)
        assert await queue.claim(claim_id, ["land"], "w1", "h1", 2) == first
        await queue.settle(first[0], GiveUp(error="no"))
        assert await queue.claim(claim_id, ["land"], "w1", "h1", 2) == first[1:]
        await queue.release([first[1].token], "stop")
        assert await queue.claim(claim_id, ["land"], "w1", "h1", 2) == []


async def test_the_same_claim_twice_at_once_takes_once(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    for _ in range(8):
        add_downloaded(product)
    claim_id = str(uuid4())
    async with opening() as queue:
        answers = await asyncio.gather(
            *(queue.claim(claim_id, ["ocr_index"], "w1", "h1", 2) for _ in range(4))
        )
    assert all(answer == answers[0] for answer in answers)
    assert len(answers[0]) == 2


async def test_claims_at_once_never_share_a_row(opening: QueueOpening, product: psycopg.Connection) -> None:
    for _ in range(20):
        add_downloaded(product)
    async with opening() as queue:
        answers = await asyncio.gather(
            *(queue.claim(str(uuid4()), ["ocr_index"], f"w{n}", "h1", 3) for n in range(8))
        )
    rows = [claim.row_id for claims in answers for claim in claims]
    assert len(rows) == len(set(rows))
    assert all(len(claims) <= 3 for claims in answers)


async def test_nothing_waiting_is_no_claim(opening: QueueOpening) -> None:
    async with opening() as queue:
        assert await queue.claim(str(uuid4()), JOB_KINDS, "w1", "h1", 5) == []


async def test_an_unknown_kind_is_refused(opening: QueueOpening) -> None:
    async with opening() as queue:
        with pytest.raises(StoreError, match="municipal"):
            await queue.claim(str(uuid4()), ["municipal"], "w1", "h1", 1)  # type: ignore[list-item]


async def test_a_live_lease_is_renewed(opening: QueueOpening, product: psycopg.Connection) -> None:
    add_downloaded(product)
    async with opening() as queue:
        claim = await claim_one(queue)
        product.execute("update public.pool_leases set expires_at = now() + interval '1 second'")
        (renewal,) = await queue.renew([claim.token])
    assert (renewal.token, renewal.held, renewal.reason) == (claim.token, True, None)
    remaining = product.execute("select extract(epoch from expires_at - now())::int from public.pool_leases")
    assert (remaining.fetchone() or (0,))[0] > 80


async def test_a_lease_that_is_not_held_says_why(opening: QueueOpening, product: psycopg.Connection) -> None:
    for _ in range(4):
        add_downloaded(product)
    async with opening() as queue:
        expired, taken, cancelled, ended = await queue.claim(str(uuid4()), ["ocr_index"], "w1", "h1", 4)
        await queue.settle(ended, READ)
        await queue.cancel("ocr_index", cancelled.row_id)
        product.execute("update public.pool_leases set expires_at = now() where token = %s", [expired.token])
        await queue.configure({"predecessor_beside": False})
        change(product, taken.row_id, "ocr_worker_id", "the predecessor")
        unknown = Token(str(uuid4()), EnvironmentName("dev"))
        tokens = [expired.token, taken.token, cancelled.token, ended.token, unknown]
        renewals = {renewal.token: renewal for renewal in await queue.renew(tokens)}
    assert [renewals[token].reason for token in tokens] == ["expired", "taken", "cancelled", "ended", "ended"]
    assert not any(renewal.held for renewal in renewals.values())


async def test_a_settled_job_is_done_once(opening: QueueOpening, product: psycopg.Connection) -> None:
    row = add_downloaded(product)
    async with opening() as queue:
        claim = await claim_one(queue)
        assert await queue.settle(claim, READ) == "applied"
        assert await queue.settle(claim, READ) == "already"
        assert await queue.settle(claim, GiveUp(error="something else")) == "lost"
    assert cell(product, "extraction_queue", row, "status_id") == 5
    assert cell(product, "extraction_queue", row, "file_content") == "lu"
    assert cell(product, "extraction_queue", row, "boosted_file_content") == "corrigé"


async def test_a_worker_that_lost_its_lease_writes_nothing(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    row = add_downloaded(product)
    async with opening() as queue:
        lost = await claim_one(queue)
        expire(product)
        await queue.rescue()
        held = await claim_one(queue, worker="w2")
        assert held.attempt == 2
        assert await queue.settle(lost, READ) == "lost"
        assert cell(product, "extraction_queue", row, "status_id") == 6
        assert await queue.settle(held, READ) == "applied"


async def test_a_retry_waits_and_counts_and_the_last_one_is_an_error(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    row = add_downloaded(product)
    async with opening() as queue:
        await queue.settle(await claim_one(queue), Retry(error="a bad page", after_seconds=600))
        assert await queue.claim(str(uuid4()), ["ocr_index"], "w1", "h1", 1) == []
        assert await queue.retry("ocr_index", row) == "already"
        await queue.settle(await claim_one(queue), Retry(error="again", after_seconds=0))
        await queue.settle(await claim_one(queue), Retry(error="and again"))
    assert cell(product, "extraction_queue", row, "status_id") == 4
    assert cell(product, "extraction_queue", row, "ocr_attempts") == 3
    assert cell(product, "extraction_queue", row, "ocr_error") == "and again"


@pytest.mark.parametrize(
    "outcome",
    [Released(error="stop", after_seconds=0), OutsideTrouble(error="storage is down", after_seconds=0)],
)
async def test_interrupted_or_unlucky_is_not_failed(
    opening: QueueOpening, product: psycopg.Connection, outcome: Released | OutsideTrouble
) -> None:
    row = add_downloaded(product)
    async with opening() as queue:
        assert await queue.settle(await claim_one(queue), outcome) == "applied"
        assert cell(product, "extraction_queue", row, "ocr_attempts") == 0
        assert (await claim_one(queue)).attempt == 1


async def test_text_that_the_database_refuses_becomes_one_give_up(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    row = add_downloaded(product)
    async with opening() as queue:
        claim = await claim_one(queue)
        assert await queue.settle(claim, Done(result={"file_content": "a\0b"})) == "applied"
    assert cell(product, "extraction_queue", row, "status_id") == 4
    assert cell(product, "extraction_queue", row, "file_content") is None
    assert "refused the data" in str(cell(product, "extraction_queue", row, "ocr_error"))


async def test_more_words_than_the_full_text_index_takes_become_one_give_up(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    row = add_downloaded(product)
    words = " ".join(f"mot{number:x}" for number in range(200_000))
    async with opening() as queue:
        assert await queue.settle(await claim_one(queue), Done(result={"file_content": words})) == "applied"
    assert cell(product, "extraction_queue", row, "status_id") == 4
    assert "54000" in str(cell(product, "extraction_queue", row, "ocr_error"))


async def test_a_released_job_waits_again_with_its_attempt(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    row = add_land(product)
    async with opening() as queue:
        claim = await claim_one(queue, "land")
        assert await queue.release([claim.token], "drain") == 1
        assert await queue.release([claim.token], "drain") == 0
        assert await queue.release([], "drain") == 0
    assert cell(product, "extraction_queue", row, "status_id") == 1
    assert cell(product, "extraction_queue", row, "attemtps") == 0


@pytest.mark.parametrize(("crashed", "attempts"), [(True, 1), (False, 0)])
async def test_a_dead_workers_claims_are_freed_told_or_untold(
    opening: QueueOpening, product: psycopg.Connection, *, crashed: bool, attempts: int
) -> None:
    rows = [add_downloaded(product) for _ in range(2)]
    async with opening() as queue:
        await claim_one(queue, worker="dead")
        await claim_one(queue, worker="dead")
        assert await queue.release_worker("other", "it left", crashed=crashed) == 0
        assert await queue.release_worker("dead", "it left", crashed=crashed) == 2
        assert await queue.release_worker("dead", "it left", crashed=crashed) == 0
    assert [cell(product, "extraction_queue", row, "status_id") for row in rows] == [3, 3]
    assert [cell(product, "extraction_queue", row, "ocr_attempts") for row in rows] == [attempts] * 2


async def test_a_row_that_a_person_moved_is_not_touched_by_a_release(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    row = add_downloaded(product)
    async with opening() as queue:
        claim = await claim_one(queue)
        change(product, row, "status_id", 4)
        await queue.release([claim.token], "drain")
        assert await queue.settle(claim, READ) == "lost"
    assert cell(product, "extraction_queue", row, "status_id") == 4


async def test_rescue_returns_what_the_dead_left(opening: QueueOpening, product: psycopg.Connection) -> None:
    row = add_downloaded(product)
    foreign = add(
        product,
        "extraction_queue",
        document_source="index",
        document_number="1",
        status_id=2,
        worker_id="predecessor",
        processing_started_at="2020-01-01",
    )
    plan = add_downloaded(product, "plan_cadastraux")
    async with opening() as queue:
        assert {rescue.row_id for rescue in await queue.rescue()} == {foreign, plan}
        await claim_one(queue)
        assert await queue.rescue() == []
        expire(product)
        (rescue,) = await queue.rescue()
    assert (rescue.kind, rescue.row_id, rescue.worker, rescue.reason) == ("ocr_index", row, "w1", "expired")
    assert cell(product, "extraction_queue", row, "ocr_attempts") == 1
    assert cell(product, "extraction_queue", foreign, "status_id") == 1
    assert cell(product, "extraction_queue", plan, "status_id") == 5


async def test_a_paid_search_without_a_lease_is_only_reported(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    session = add(product, "search_sessions", initial_search_query="Entreprises Exemple", status="x")
    search = add(
        product,
        "rdprm_searches",
        search_session_id=session,
        search_name="Exemple",
        status="in_progress",
        created_at="2020-01-01",
    )
    async with opening() as queue:
        for _ in range(2):
            (rescue,) = await queue.rescue()
            assert (rescue.kind, rescue.row_id) == ("rdprm", search)
    assert cell(product, "rdprm_searches", search, "status") == "in_progress"


async def test_depths_count_each_kind(opening: QueueOpening, product: psycopg.Connection) -> None:
    add_land(product)
    for _ in range(3):
        add_downloaded(product)
    async with opening() as queue:
        await queue.settle(await claim_one(queue), Retry(error="x", after_seconds=600))
        await claim_one(queue)
        depths = {depth.kind: depth for depth in await queue.depths("h1")}
    assert set(depths) == set(JOB_KINDS)
    assert (depths["land"].ready, depths["land"].running) == (1, 0)
    assert (depths["ocr_index"].ready, depths["ocr_index"].running) == (1, 1)
    assert depths["ocr_index"].next_not_before is not None
    assert (depths["ocr_index"].oldest_ready_seconds or -1) >= 0
    assert (depths["req"].ready, depths["req"].oldest_ready_seconds) == (0, None)


async def test_a_beat_is_shown_as_the_product_expects(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    async with opening() as queue:
        assert await queue.beat([{"worker_id": "w1", "status": "busy", "current_job_id": str(uuid4())}]) == 1
        assert await queue.beat([{"worker_id": "w1", "status": "idle", "current_job_id": None}]) == 1
        assert await queue.beat([]) == 0
    rows = product.execute("select worker_id, status, current_job_id from public.worker_status").fetchall()
    assert rows == [("w1", "idle", None)]


async def test_configuring_says_what_differed(opening: QueueOpening) -> None:
    async with opening() as queue:
        assert set(await queue.configure({"max_attempts": 5, "switches": {"ocr": True}})) == {
            "max_attempts",
            "switches",
        }
        assert await queue.configure({"max_attempts": 5}) == {}
        with pytest.raises(StoreError, match="colour"):
            await queue.configure({"colour": 1})


async def test_a_kind_switched_off_is_not_claimed(opening: QueueOpening, product: psycopg.Connection) -> None:
    add_downloaded(product)
    async with opening() as queue:
        await queue.configure({"switches": {"ocr": False}})
        assert await queue.claim(str(uuid4()), ["ocr_index"], "w1", "h1", 1) == []
        await queue.configure({"switches": {"ocr": True}})
        assert await claim_one(queue)


async def test_the_version_tells_migrations_and_doors(opening: QueueOpening) -> None:
    async with opening() as queue:
        version = await queue.version()
    migrations, doors = version["migrations"], version["doors"]
    assert isinstance(migrations, list)
    assert isinstance(doors, list)
    assert migrations
    assert [door for door in doors if isinstance(door, dict) and door["open_to"]] == []
