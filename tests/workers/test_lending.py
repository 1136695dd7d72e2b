"""What one account may do: counted by the database that lends it, whoever has it and wherever."""

import asyncio
import time

from poolmgr.domain.errors import SiteDown
from poolmgr.domain.json import JsonObject
from poolmgr.domain.outcomes import Done, OutsideTrouble, Released
from tests.waiting import async_until
from tests.workers.browsers import make
from tests.workers.counters import Counter, CounterOpening
from tests.workers.purse import REFUSE
from tests.workers.stage import happened

NEVER = {"budget_wait_seconds": 60.0}


async def buy(here: Counter, number: int) -> object:
    return await here.settled(await here.purse.claimed(document_number=f"278419{number}"))


def uses(here: Counter) -> list[tuple[object, ...]]:
    counted = "select account, documents, cents from public.pool_account_uses order by used_at"
    return [tuple(row) for row in here.purse.product.execute(counted).fetchall()]


async def test_accounts_that_have_done_their_day_buy_no_more_and_the_job_waits_unharmed(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne", "bruno", **NEVER, foncier__account_documents_a_day=1) as here:
        assert [type(await buy(here, number)) for number in (1, 2)] == [Done, Done]
        claim = await here.purse.claimed(document_number="2784193")
        ended = await here.settled(claim)
        assert isinstance(ended, Released)
        assert "foncier.account_documents_a_day = 1" in ended.error
        assert ended.after_seconds == 60
        row = here.purse.row(claim.row_id)
        assert (row["status_id"], row["attempts"]) == (1, 0)
        assert len(await here.hall.parent.hears_of("accounts.spent")) == 1
        assert (here.gate.takes("land"), here.gate.takes("req")) == (False, True)
        assert here.hall.doorman.asked == ["anne", "bruno"], "nobody logs in for nothing"
        assert uses(here) == [("anne", 1, 150), ("bruno", 1, 150)]


async def test_another_machine_is_told_the_same(at_counter: CounterOpening) -> None:
    async with at_counter("anne", **NEVER, foncier__account_cents_a_day=150) as here:
        assert isinstance(await buy(here, 1), Done)
        await here.hall.seats.close()
        elsewhere = make(
            here.work.settings, here.hall.accounts, here.hall.seats.browsers, here.hall.seats.pipe
        )
        here.work.seats = elsewhere
        ended = await buy(here, 2)
        assert isinstance(ended, Released)
        assert "foncier.account_cents_a_day = 150" in ended.error


async def test_a_search_that_bought_nothing_is_none(at_counter: CounterOpening) -> None:
    async with at_counter("anne", **NEVER, foncier__account_documents_a_day=1) as here:
        here.error_first = SiteDown("not now")
        assert isinstance(await buy(here, 1), OutsideTrouble)
        await here.hall.all_closed()
        assert uses(here) == [("anne", 0, 0)]
        here.error_first = None
        assert isinstance(await buy(here, 2), Done)
        assert uses(here)[1:] == [("anne", 1, 150)]


async def test_an_account_rests_between_two_searches(at_counter: CounterOpening) -> None:
    async with at_counter("anne", foncier__account_interval_seconds=0.5) as here:
        began = time.monotonic()
        for number in (1, 2):
            assert isinstance(await buy(here, number), Done)
        assert 0.5 <= time.monotonic() - began < 10
        apart = (
            "select max(used_at) - min(used_at) >= interval '0.5 s' as is_apart from public.pool_account_uses"
        )
        assert here.purse.product.execute(apart).fetchone() == (True,)


async def test_while_the_database_is_silent_an_account_does_what_it_was_allowed_and_that_is_told_later(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne", foncier__account_documents_a_day=2) as here:
        assert isinstance(await buy(here, 1), Done)
        here.hall.accounts.trouble = REFUSE
        assert isinstance(await buy(here, 2), Done)
        assert isinstance(await buy(here, 3), Released)
        here.hall.accounts.trouble = ""
        await async_until(lambda: happened(len(uses(here)) == 2), what="what was done meanwhile")
        assert uses(here) == [("anne", 1, 150), ("anne", 1, 150)]


async def test_a_session_whose_account_is_another_s_by_now_is_left_for_one_that_is_ours(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne", "bruno") as here:
        assert isinstance(await buy(here, 1), Done)
        here.purse.product.execute(
            "update public.pool_account_leases set ended_at = now(), result = 'expired'"
        )
        assert isinstance(await buy(here, 2), Done)
        assert [line[0] for line in uses(here)] == ["anne", "bruno"]


async def test_a_job_that_is_stopped_while_its_account_rests_leaves_it_free(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne", foncier__account_interval_seconds=60) as here:
        assert isinstance(await buy(here, 1), Done)
        claim = await here.purse.claimed(document_number="2784192")
        waiting = asyncio.create_task(here.do(claim))
        await async_until(lambda: happened(len(here.hall.seats.in_use) == 1), what="a session that rests")
        waiting.cancel()
        await asyncio.wait({waiting})
        facts: JsonObject = here.purse.one(
            "select count(*)::int as n from public.pool_account_uses where %s", True
        )
        assert (facts["n"], len(here.hall.seats.in_use), len(here.hall.seats.idle)) == (1, 0, 1)
