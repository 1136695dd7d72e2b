"""The day's budgets as the scout sees them and says them."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from poolmgr.domain.json import JsonObject, records
from poolmgr.workers.budgets import Budgets
from poolmgr.workers.environments import Watched
from poolmgr.workers.scout import Scout
from tests.waiting import async_until
from tests.workers.purse import HOST, Purse, PurseOpening
from tests.workers.queues import HANG, QueueInMemory
from tests.workers.stage import Parent, happened, line
from tests.workers.test_scout import CLOCKS

QUICK = replace(CLOCKS, spool=0.03)


@asynccontextmanager
async def watching(
    purse: Purse, queue: QueueInMemory, bought: Collection[str] = ("land",)
) -> AsyncIterator[Parent]:
    async with line() as (parent, pipe):
        watched = Watched(queue=queue, configuration=dict, budgets=Budgets(purse.purchases, bought))
        scout = Scout([watched], host=HOST, clocks=QUICK, pipe=pipe)
        ending = asyncio.create_task(scout.run())
        try:
            yield parent
        finally:
            scout.hear({"word": "stop"})
            await asyncio.wait({ending})


def land(message: JsonObject) -> JsonObject:
    (found,) = (one for one in records(message, "budgets") if one["registry"] == "land")
    return found


async def test_the_cents_are_told_again_and_again(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        await open_purse.queue.configure({"budgets": {"land": 200}, "prices": {"land": 150}})
        async with watching(open_purse, QueueInMemory("dev")) as parent:
            first, *_ = await parent.hears("budgets")
            assert first == {
                "word": "budgets",
                "environment": "dev",
                "budgets": [
                    {
                        "registry": "land",
                        "limit_cents": 200,
                        "reserved_cents": 0,
                        "spent_cents": 0,
                        "price_cents": 150,
                        "enough": True,
                    }
                ],
            }
            await open_purse.clicked()
            await async_until(lambda: happened(land(parent.heard("budgets")[-1])["spent_cents"] == 150))
            assert land(parent.heard("budgets")[-1])["enough"] is False


@pytest.mark.parametrize(("bought", "told"), [(("land",), ["land"]), ((), [])])
async def test_a_budget_of_nothing_is_told_only_where_that_registry_is_used(
    purse: PurseOpening, bought: tuple[str, ...], told: list[str]
) -> None:
    async with purse() as open_purse:
        await open_purse.queue.configure({"budgets": {"land": 0, "rdprm": 0}})
        found = await Budgets(open_purse.purchases, bought).look()
        assert [one.registry for one in found] == told


async def test_nothing_is_told_before_the_functions_know_the_settings(purse: PurseOpening) -> None:
    """Else the limit of the day before a reload would be said as reached."""
    queue = QueueInMemory("dev")
    queue.always["configure"] = HANG
    async with purse() as open_purse, watching(open_purse, queue) as parent:
        await parent.hears("outage")
        assert parent.heard("budgets") == []
        del queue.always["configure"]
        await parent.hears("budgets")


async def test_a_ledger_that_does_not_answer_is_said_once(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        open_purse.product.execute("alter function public.pool_budgets_list(int) rename to pool_away")
        async with watching(open_purse, QueueInMemory("dev")) as parent:
            await parent.hears_of("budgets.unanswered")
            open_purse.product.execute("alter function public.pool_away(int) rename to pool_budgets_list")
            await parent.hears_of("budgets.answered")
            await parent.hears("budgets")
            assert len(parent.events("budgets.unanswered")) == 1
