"""Outcomes that come at once go out as one call, and each hears its own answer."""

import asyncio
from uuid import uuid4

import psycopg
import pytest

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.domain.jobs import Claim, RowId, Token
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.outcomes import Done, Outcome, Retry
from poolmgr.domain.ports import Database
from poolmgr.stores.queue import DatabaseQueue
from poolmgr.stores.settling import MOST_AT_ONCE, Settling
from tests.stores.conftest import QueueOpening
from tests.stores.rows import add_downloaded, cell

READ = Done(result={"file_content": "lu"})


class Counted(Database):
    """Answers what it is told, `applied` where nothing is; remembers what was called."""

    def __init__(self, *answers: JsonObject | Exception) -> None:
        self.answers = list(answers)
        self.called: list[str] = []

    async def call(self, function: str, arguments: JsonObject) -> list[JsonObject]:
        self.called.append(function)
        await asyncio.sleep(0)
        said = self.answers.pop(0) if self.answers else {}
        if isinstance(said, Exception):
            raise said
        if function == "pool_settle":
            return [{"pool_settle": "applied"}]
        settlements = arguments["settlements"]
        assert isinstance(settlements, list)
        return [{"token": token_of(one), "answer": "applied"} | said for one in settlements]

    async def close(self) -> None: ...


def token_of(one: Json) -> Json:
    assert isinstance(one, dict)
    return one["token"]


async def claimed(queue: DatabaseQueue, product: psycopg.Connection, count: int) -> list[Claim]:
    for _ in range(count):
        add_downloaded(product)
    return await queue.claim(str(uuid4()), ["ocr_index"], "w", "h", count)


async def test_what_ends_at_once_is_settled_at_once_each_with_its_own_answer(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    async with opening() as queue:
        claims = await claimed(queue, product, 5)
        await queue.release([claims[1].token], "drain")
        foreign = Claim(
            environment=queue.environment,
            token=Token(str(uuid4()), queue.environment),
            kind="ocr_index",
            row_id=RowId(str(uuid4())),
            attempt=1,
        )
        outcomes: list[Outcome] = [READ, READ, Retry(error="no"), READ, READ]
        pairs = list(zip([*claims[:4], foreign], outcomes, strict=True))
        answers = await asyncio.gather(*(queue.settle(claim, outcome) for claim, outcome in pairs))
        assert answers == ["applied", "lost", "applied", "applied", "lost"]
        again = await asyncio.gather(*(queue.settle(claim, outcome) for claim, outcome in pairs))
        assert again == ["already", "lost", "already", "already", "lost"]
    states = [cell(product, "extraction_queue", claim.row_id, "status_id") for claim in claims]
    assert states == [5, 3, 3, 5, 6]


@pytest.mark.parametrize("spoilt", ["a\0b", "\ud800", "x" * 10])
async def test_one_that_the_database_cannot_hold_is_given_up_alone(
    opening: QueueOpening, product: psycopg.Connection, spoilt: str
) -> None:
    """The last stands for a reading without any text, which the function itself refuses."""
    bad = Done(result={"file_content": spoilt} if len(spoilt) < 10 else {})
    async with opening() as queue:
        claims = await claimed(queue, product, 3)
        outcomes = [READ, bad, READ]
        pairs = zip(claims, outcomes, strict=True)
        answers = await asyncio.gather(*(queue.settle(claim, outcome) for claim, outcome in pairs))
    assert answers == ["applied"] * 3
    assert [cell(product, "extraction_queue", claim.row_id, "status_id") for claim in claims] == [5, 4, 5]
    assert str(cell(product, "extraction_queue", claims[1].row_id, "ocr_error")).startswith("pool_settle: ")


async def test_one_alone_is_one_call_and_many_are_few() -> None:
    database = Counted()
    settling = Settling(database)
    assert await settling.settle("t", {}) == "applied"
    assert database.called == ["pool_settle"]
    many = [settling.settle(f"t{number}", {}) for number in range(MOST_AT_ONCE + 1)]
    assert set(await asyncio.gather(*many)) == {"applied"}
    assert database.called[1:] == ["pool_settle_many", "pool_settle"]


async def test_a_call_without_an_answer_is_nobodys_success() -> None:
    settling = Settling(Counted(StoreUnreachable("nobody there")))
    errors = await asyncio.gather(settling.settle("a", {}), settling.settle("b", {}), return_exceptions=True)
    assert [type(error) for error in errors] == [StoreUnreachable, StoreUnreachable]
    settling = Settling(Counted({"token": "another"}))
    errors = await asyncio.gather(settling.settle("a", {}), settling.settle("b", {}), return_exceptions=True)
    assert all(isinstance(error, StoreError) for error in errors)


async def test_who_waits_no_longer_spoils_nobody_elses_answer() -> None:
    settling = Settling(Counted())
    first = asyncio.create_task(settling.settle("a", {}))
    second = asyncio.create_task(settling.settle("b", {}))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "applied"
    assert first.cancelled()
