"""What an error of one land job means for the jobs after it."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from poolmgr.domain.errors import (
    AccountInUse,
    AccountRefused,
    BrowserLost,
    NotAvailable,
    NotSold,
    PoolError,
    SiteChanged,
    SiteDown,
    StoreUnreachable,
    TurnedAway,
    Unreadable,
)
from poolmgr.domain.outcomes import Done, GiveUp, OutsideTrouble, Released
from tests.waiting import async_until
from tests.workers.counters import Counter, CounterOpening
from tests.workers.purse import FullDisk
from tests.workers.stage import happened, passed

UNPROVEN = "The browser is not proven yet."


@asynccontextmanager
async def proving(here: Counter) -> AsyncIterator[None]:
    task = asyncio.create_task(here.work.readiness.keep_proven())
    try:
        yield
    finally:
        task.cancel()


async def opens(here: Counter) -> None:
    await async_until(lambda: happened(here.gate.width == math.inf), what="an open gate")


async def test_nothing_is_claimed_before_a_browser_is_proven(at_counter: CounterOpening) -> None:
    async with at_counter() as here:
        assert here.gate.width == 0
        async with proving(here):
            await opens(here)
        assert here.troubles == [UNPROVEN, ""]
        assert here.hall.held() == [], "a proof needs no account"


async def test_a_browser_that_does_not_start_is_said_and_tried_until_it_does(
    at_counter: CounterOpening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poolmgr.workers.readiness.FIRST_PAUSE_SECONDS", 0.01)
    async with at_counter() as here:
        here.hall.fails += [
            NotAvailable("No Chromium."),
            NotAvailable("No Chromium."),
            BrowserLost("It dies."),
        ]
        async with proving(here):
            await opens(here)
        assert here.troubles == [UNPROVEN, "No Chromium.", "It dies.", ""]
        assert len(here.hall.browsers) == 4


@pytest.mark.parametrize("error", [BrowserLost("it hangs"), NotAvailable("it is gone")])
async def test_a_lost_browser_closes_the_gate_until_another_is_proven(
    at_counter: CounterOpening, error: PoolError
) -> None:
    async with at_counter("anne") as here, proving(here):
        await opens(here)
        here.error_first = error
        assert isinstance(await here.do(await here.purse.claimed()), OutsideTrouble)
        assert (here.gate.width, here.troubles[2]) == (0, str(error))
        await opens(here)
        assert here.hall.closed() == [True, False]


async def test_a_site_that_is_down_lets_the_gate_rest_longer_and_longer_until_a_document_came(
    at_counter: CounterOpening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    async with at_counter("anne") as here, proving(here):
        await opens(here)
        errors = (SiteDown("status 500"), SiteChanged("no field"), SiteDown("status 500"))
        rests = [await rest_after(here, error, place) for place, error in enumerate(errors)]
        assert rests == [1, 2, 4]
        here.error_first = None
        assert isinstance(await here.do(await here.purse.claimed()), Done)
        assert await rest_after(here, SiteDown("again"), 7) == 1


async def rest_after(here: Counter, error: PoolError, number: int) -> int:
    """Seconds for which the gate is closed after a job that met this error."""
    here.error_first = error
    claim = await here.purse.claimed(document_number=f"278419{number}")
    outcome = await here.do(claim)
    seconds = here.gate.timers["site"].when() - asyncio.get_running_loop().time()
    assert isinstance(outcome, OutsideTrouble)
    assert (here.gate.takes("land"), here.troubles[-1]) == (False, error.sentence)
    assert (here.gate.takes("req"), here.gate.width) == (True, math.inf), "others go on"
    here.gate.open("site")
    return round(seconds)


async def test_without_a_free_account_the_gate_is_as_wide_as_there_are_sessions(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne", account_wait_seconds=15) as here, proving(here):
        await opens(here)
        async with here.hall.seats.taken():
            outcome = await here.settled(await here.purse.claimed())
            assert isinstance(outcome, Released)
            assert outcome.after_seconds == 15
            assert here.gate.width == 1
            assert here.troubles == [UNPROVEN, ""], "one job at a time is no trouble"
        here.gate.open("accounts")


async def test_without_any_account_the_gate_is_closed_and_says_what_the_site_said(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne", account_wait_seconds=30) as here, proving(here):
        await opens(here)
        here.hall.doorman.refuses = {"anne": AccountRefused("the site does not let anne in")}
        claim = await here.purse.claimed()
        assert isinstance(await here.settled(claim), Released)
        assert not here.gate.takes("land")
        assert here.gate.takes("req"), "another registry needs no account of this one"
        assert here.troubles[2:] == ["the site does not let anne in"]
        here.gate.open("accounts")
        row = here.purse.row(claim.row_id)
        assert (row["status_id"], row["attempts"]) == (1, 0)


@pytest.mark.parametrize(
    ("error", "outcome", "state"),
    [
        (NotSold("No such lot.", evidence={}), GiveUp, "not_sold"),
        (Unreadable("Broken.", data=b"half"), GiveUp, "unknown"),
        (SiteDown("Nothing came."), OutsideTrouble, "unknown"),
        (BrowserLost("It died."), OutsideTrouble, "unknown"),
        (OSError(28, "No space left on device"), OutsideTrouble, "unknown"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_what_an_error_after_the_click_makes_of_job_and_purchase(
    at_counter: CounterOpening, error: Exception, outcome: type, state: str
) -> None:
    async with at_counter("anne") as here:
        here.error = error
        claim = await here.purse.claimed()
        ended = await here.do(claim)
        assert isinstance(ended, outcome)
        line = here.purse.one("select * from public.pool_purchases where token = %s", claim.token)
        assert line["state"] == state
        assert not here.work.is_paid(claim.token)


async def test_a_bug_after_the_click_is_held_by_the_ledger_itself(at_counter: CounterOpening) -> None:
    async with at_counter("anne") as here:
        here.error = ZeroDivisionError("a bug")
        claim = await here.purse.claimed()
        with pytest.raises(ZeroDivisionError):
            await here.do(claim)
        await here.purse.queue.settle(claim, Released(error="crashed"))
        line = here.purse.one("select * from public.pool_purchases where token = %s", claim.token)
        assert (line["state"], here.purse.row(claim.row_id)["held"]) == ("unknown", True)


async def test_while_a_paid_file_finds_no_place_nothing_more_is_claimed(at_counter: CounterOpening) -> None:
    full = StoreUnreachable("No space left on device")
    async with at_counter("anne") as here, proving(here):
        await opens(here)
        disk = FullDisk(here.purse.spool.folder, full, full, full)
        here.work.shops = {here.purse.line.environment: here.shop(disk)}
        claim = await here.purse.claimed()
        doing = asyncio.create_task(here.settled(claim))
        await async_until(lambda: happened(here.troubles[2:] == ["No space left on device"]))
        assert here.gate.width == 0
        assert here.work.is_paid(claim.token)
        assert isinstance(await doing, Done)
        assert (here.gate.width, here.troubles[3:]) == (math.inf, [""])


async def test_a_doubt_while_a_browser_is_proven_already_is_settled_by_it(at_counter: CounterOpening) -> None:
    async with at_counter() as here, proving(here):
        await opens(here)
        here.work.readiness.doubt_browser("an older one died")
        assert here.gate.width == 0
        await opens(here)
        assert len(here.hall.browsers) == 1
        await async_until(passed(0.0))


async def test_a_site_that_turns_us_away_is_left_alone_and_no_attempt_is_counted(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne") as here, proving(here):
        await opens(here)
        here.error_first = TurnedAway("utilisation excessive")
        claim = await here.purse.claimed()
        outcome = await here.settled(claim)
        assert isinstance(outcome, Released)
        assert outcome.error == "utilisation excessive"
        assert outcome.after_seconds == pytest.approx(3600, abs=30)
        assert not here.gate.takes("land")
        assert (here.purse.row(claim.row_id)["attempts"], here.sold) == (0, [])
        (event,) = await here.hall.parent.hears_of("registry.banned")
        assert event["registry"] == "land"
        asked = len(here.hall.doorman.asked)
        assert isinstance(await here.settled(await here.purse.claimed()), Released)
        assert len(here.hall.doorman.asked) == asked, "nobody goes there"


async def test_a_refusal_after_the_click_is_obeyed_and_its_purchase_held(at_counter: CounterOpening) -> None:
    async with at_counter("anne") as here:
        here.error = TurnedAway("utilisation excessive")
        claim = await here.purse.claimed()
        await here.settled(claim)
        row = here.purse.row(claim.row_id)
        assert (row["status_id"], row["held"], row["attempts"]) == (4, True, 0)


async def test_a_paid_file_is_delivered_while_the_site_is_left_alone(at_counter: CounterOpening) -> None:
    async with at_counter("anne") as here:
        here.work.banned.turned_away("utilisation excessive")
        purchase = await here.purse.secured()
        await here.purse.queue.release([purchase.claim.token], "stop")
        claim = await here.purse.claim()
        assert claim is not None
        assert isinstance(await here.settled(claim), Done)


async def test_an_account_that_is_in_use_elsewhere_is_no_failure_of_it_and_another_is_taken(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne", "bert") as here:
        here.hall.doorman.refuses = {"anne": AccountInUse("anne: the account is in use elsewhere")}
        outcome = await here.settled(await here.purse.claimed())
        assert isinstance(outcome, Done)
        assert here.hall.doorman.asked == ["anne", "bert"]
        await here.hall.all_closed()
        assert here.hall.failures("anne") == 0
