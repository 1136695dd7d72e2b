"""The database that lends the accounts goes: what its silence means for the jobs of every environment."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from poolmgr.domain.errors import StoreError
from poolmgr.domain.jobs import Claim
from poolmgr.domain.json import text
from poolmgr.domain.outcomes import Done, Released
from poolmgr.local.replica.control import Replica
from tests.clusters import Database
from tests.lenders import nobody_in
from tests.replicas import index, put_accounts, put_orders
from tests.waiting import async_until
from tests.workers.counters import Counter, CounterOpening
from tests.workers.purse import REFUSE, PurseOpening
from tests.workers.shopping import outcome_of, shopping
from tests.workers.stage import happened, passed

SILENT = (
    "No account of the land registry can be had: the database of environment dev does not answer "
    "(nobody there)"
)


@asynccontextmanager
async def open_counter(here: Counter) -> AsyncIterator[None]:
    """Its browser proven, and a lender that is silent asked again."""
    keeping = (here.work.readiness.keep_proven, here.work.readiness.keep_lender)
    tasks = [asyncio.create_task(one()) for one in keeping]
    try:
        await opens(here)
        yield
    finally:
        for task in tasks:
            task.cancel()


async def opens(here: Counter) -> None:
    async def is_open() -> bool:
        return here.gate.width == math.inf and here.gate.takes("land")

    await async_until(is_open, what="an open gate")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poolmgr.workers.readiness.FIRST_PAUSE_SECONDS", 0.01)


async def test_a_lender_that_is_silent_closes_the_gate_naming_its_environment_until_it_answers(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne", account_wait_seconds=15) as here, open_counter(here):
        here.hall.accounts.trouble = REFUSE
        claim = await here.purse.claimed()
        assert await here.settled(claim) == Released(error=SILENT, after_seconds=15)
        assert (here.gate.takes("land"), here.troubles[2:]) == (False, [SILENT])
        row = here.purse.row(claim.row_id)
        assert (row["status_id"], row["attempts"]) == (1, 0)
        await async_until(lambda: happened(len(here.hall.accounts.returns) > 3), what="being asked again")
        assert not here.gate.takes("land")
        here.hall.accounts.trouble = ""
        await opens(here)
        assert here.troubles[3:] == [""]
        again = await here.purse.offered_again()
        assert again is not None
        assert isinstance(await here.settled(again), Done)


async def test_a_session_goes_on_working_while_its_account_may_be_believed_and_not_longer(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne", "bruno") as here, open_counter(here):
        assert isinstance(await here.settled(await here.purse.claimed()), Done)
        (seat,) = here.hall.seats.idle
        here.hall.accounts.trouble = REFUSE
        async with here.hall.seats.taken():
            assert isinstance(await here.settled(await another(here, 1)), Released)
            assert here.gate.width == 1
        assert here.troubles[2:] == [], "one job at a time is no trouble"
        assert isinstance(await here.settled(await another(here, 2)), Done)
        assert here.hall.doorman.asked == ["anne"]
        seat.lent_until -= here.hall.seats.settings.queue.self_fence_seconds
        await async_until(lambda: happened(here.troubles[2:] == [SILENT]), what="a closed gate")
        assert not here.gate.takes("land")
        here.hall.accounts.trouble = ""
        await opens(here)


async def another(here: Counter, number: int) -> Claim:
    return await here.purse.claimed(document_number=f"278419{number}")


async def test_a_lender_that_refuses_has_answered(
    at_counter: CounterOpening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(lease_id: str, result: str) -> str:
        raise StoreError("not migrated")

    async with at_counter("anne") as here, open_counter(here):
        here.hall.accounts.trouble = REFUSE
        await here.settled(await here.purse.claimed())
        monkeypatch.setattr(here.hall.accounts, "give_back", refuse)
        await opens(here)


async def test_jobs_of_an_environment_that_answers_are_not_claimed_and_released_in_a_circle(
    purse: PurseOpening, replica: Replica, lender: Database
) -> None:
    async with (
        purse() as open_purse,
        shopping(open_purse, replica.url, lender, account_wait_seconds=0.1) as show,
    ):
        put_accounts(lender, 1)
        claims = "select count(*)::int as n from public.pool_leases where kind = %s"
        with nobody_in(lender):
            (row,) = put_orders(open_purse.database, [index("2784199")])
            show.loop.hear({"word": "wake"})
            assert await outcome_of(show, row) == "released"
            troubles = [text(one, "error") for one in await show.parent.hears("trouble", 3)]
            assert "the database of environment prod does not answer" in troubles[2]
            show.loop.hear({"word": "wake"})
            await async_until(passed(1.0))
            assert open_purse.one(claims, "land")["n"] == 1

        async def is_done() -> bool:
            return open_purse.row(row)["status_id"] == 3

        await async_until(is_done, 40, "the document")
        assert open_purse.row(row)["attempts"] == 0
