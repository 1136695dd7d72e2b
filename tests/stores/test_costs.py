"""What paid models took is noted once in the database, through any adapter."""

from uuid import uuid4

import psycopg
import pytest

from poolmgr.domain.errors import StoreError
from poolmgr.domain.json import JsonObject
from poolmgr.stores.costs import DatabaseCosts
from tests.stores.conftest import TillOpening

ROW = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"


def cost(row: str = ROW, micros: int = 13_000, calls: int = 1) -> JsonObject:
    return {
        "kind": "ocr_index",
        "row_id": row,
        "model": "gemini-3.8-flash",
        "calls": calls,
        "input_tokens": 2_300 * calls,
        "output_tokens": 3_000 * calls,
        "cad_micros": micros,
    }


async def test_costs_add_up_by_document_and_day_and_a_repeated_batch_counts_once(till: TillOpening) -> None:
    async with till() as opened:
        costs = DatabaseCosts(opened.database)
        assert await costs.add(str(uuid4()), []) == 0
        batch = str(uuid4())
        for _ in range(2):
            assert await costs.add(batch, [cost(), cost(OTHER)]) == 26_000
        assert await costs.add(str(uuid4()), [cost(micros=26_000, calls=2)]) == 52_000
        (line,) = await costs.days(1)
        counted = {key: line[key] for key in ("documents", "calls", "input_tokens", "cad_micros")}
        assert counted == {"documents": 2, "calls": 4, "input_tokens": 9_200, "cad_micros": 52_000}
        assert await costs.days(0) == []


async def test_yesterday_is_no_part_of_today_by_quebecs_calendar(
    till: TillOpening, product: psycopg.Connection
) -> None:
    async with till() as opened:
        costs = DatabaseCosts(opened.database)
        await costs.add(str(uuid4()), [cost()])
        product.execute("update public.pool_model_costs set day = day - 1")
        assert await costs.add(str(uuid4()), []) == 0
        assert [len(await costs.days(days)) for days in (1, 2)] == [0, 1]


async def test_more_than_a_thousand_at_once_are_refused(till: TillOpening) -> None:
    async with till() as opened:
        with pytest.raises(StoreError, match="1000"):
            await DatabaseCosts(opened.database).add(str(uuid4()), [cost()] * 1001)
