"""Who sits where: sessions kept between jobs, each with an account of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest

from poolmgr.domain.errors import (
    AccountRefused,
    BrowserLost,
    NotSold,
    OrderError,
    PoolError,
    SiteDown,
    Unreadable,
)
from poolmgr.domain.purchases import Intent
from poolmgr.workers.buying import AskedAlready, NotClicked
from poolmgr.workers.entrance import NoAccount
from tests.waiting import async_until
from tests.workers.browsers import Hall, hall
from tests.workers.purse import REFUSE, PurseOpening
from tests.workers.stage import happened, passed

Opening: TypeAlias = Callable[..., AbstractAsyncContextManager[Hall]]


@pytest.fixture
def opening(purse: PurseOpening, monkeypatch: pytest.MonkeyPatch) -> Opening:
    @asynccontextmanager
    async def opened(*usernames: str, **registre: float) -> AsyncIterator[Hall]:
        async with purse() as open_purse, hall(open_purse, monkeypatch, **registre) as open_hall:
            open_hall.add(*usernames)
            yield open_hall

    return opened


async def test_each_seat_has_an_account_of_its_own_and_keeps_it_between_jobs(opening: Opening) -> None:
    async with opening("anne", "bruno") as here:
        async with here.seats.taken() as first, here.seats.taken() as second:
            assert {first.account.username, second.account.username} == {"anne", "bruno"}
            assert here.held() == ["anne", "bruno"]
        async with here.seats.taken() as again:
            assert again in (first, second)
        assert len(here.doorman.asked) == 2
        assert here.held() == ["anne", "bruno"]
        assert len(here.browsers) == 1


async def test_when_no_account_is_free_it_is_said_and_not_waited_for(opening: Opening) -> None:
    async with opening("anne") as here, here.seats.taken():
        with pytest.raises(NoAccount, match="No account of the land registry is free"):
            async with here.seats.taken():
                raise AssertionError
        assert here.seats.count == 1
        assert here.held() == ["anne"]


async def test_a_refused_account_counts_a_failure_and_the_next_one_is_taken(opening: Opening) -> None:
    async with opening("anne", "bruno") as here:
        here.doorman.refuses = {"anne": AccountRefused("wrong password")}
        async with here.seats.taken() as session:
            assert session.account.username == "bruno"
        await here.all_closed()
        assert here.doorman.asked == ["anne", "bruno"]
        assert (here.failures("anne"), here.failures("bruno")) == (1, 0)
        assert here.held() == ["bruno"]
        (event,) = await here.parent.hears_of("account.refused")
        assert (event["account"], event["error"]) == ("anne", "wrong password")
        assert here.browsers[0].contexts[0].closed


async def test_a_refused_account_is_tried_once_a_job_though_it_is_the_only_one(opening: Opening) -> None:
    async with opening("anne") as here:
        here.doorman.refuses = {"anne": AccountRefused("wrong password")}
        with pytest.raises(NoAccount, match="wrong password"):
            await here.seats.take()
        await here.all_closed()
        assert here.doorman.asked == ["anne"]
        assert (here.failures("anne"), here.held()) == (1, [])


async def test_not_more_than_three_accounts_are_tried_by_one_job(opening: Opening) -> None:
    names = ("a", "b", "c", "d")
    async with opening(*names) as here:
        here.doorman.refuses = dict.fromkeys(names, AccountRefused("no"))
        with pytest.raises(NoAccount, match="no"):
            await here.seats.take()
        await here.all_closed()
        assert here.doorman.asked == ["a", "b", "c"]
        assert [here.failures(name) for name in names] == [1, 1, 1, 0]


async def test_an_account_without_a_name_is_passed_over_and_said(opening: Opening) -> None:
    async with opening("", "bruno") as here:
        async with here.seats.taken() as session:
            assert session.account.username == "bruno"
        await here.all_closed()
        assert here.held() == ["bruno"]
        (event,) = await here.parent.hears_of("account.refused")
        assert "has no name or no password" in str(event["error"])


async def test_accounts_that_cannot_be_asked_for_are_nobodys_fault(opening: Opening) -> None:
    async with opening("anne") as here:
        here.accounts.trouble = REFUSE
        with pytest.raises(NoAccount, match="nobody there"):
            await here.seats.take()
        here.accounts.trouble = ""
        assert (await here.seats.take()).session.account.username == "anne"


@pytest.mark.parametrize("error", [SiteDown("closed"), BrowserLost("gone"), ZeroDivisionError("a bug")])
async def test_a_login_that_fails_otherwise_gives_the_account_back_unharmed(
    opening: Opening, error: Exception
) -> None:
    async with opening("anne") as here:
        here.doorman.refuses = {"anne": error}
        with pytest.raises(type(error)):
            await here.seats.take()
        await here.all_closed()
        assert (here.failures("anne"), here.held()) == (0, [])
        assert here.accounts.returns == ["released"]
        assert here.browsers[0].contexts[0].closed
        assert here.browsers[0].condemned == isinstance(error, BrowserLost)


async def test_a_login_that_is_stopped_gives_the_account_back(opening: Opening) -> None:
    async with opening("anne") as here:
        here.doorman.waits = asyncio.Event()
        taking = asyncio.create_task(here.seats.take())
        await async_until(lambda: happened(here.doorman.asked == ["anne"]))
        assert (here.held(), here.seats.count) == (["anne"], 1)
        here.accounts.hangs = True
        taking.cancel()
        await asyncio.wait({taking}, timeout=1)
        assert taking.cancelled(), "stopped at once, whether or not the database answers"
        assert here.accounts.returns == ["released"]


ORDINARY = SiteDown("closed")
HARMLESS = [
    OrderError("ambiguous"),
    Unreadable("broken"),
    NotSold("no such lot", evidence={}),
    NotClicked("too late"),
    AskedAlready(Intent(answer="wait")),
]


@pytest.mark.parametrize("error", HARMLESS, ids=lambda error: type(error).__name__)
async def test_after_a_harmless_error_the_session_is_kept(opening: Opening, error: PoolError) -> None:
    async with opening("anne") as here:
        with pytest.raises(type(error)):
            async with here.seats.taken():
                raise error
        async with here.seats.taken():
            assert here.doorman.asked == ["anne"]


@pytest.mark.parametrize(
    "error",
    [ORDINARY, ValueError("a bug")],
    ids=lambda error: type(error).__name__,
)
async def test_after_any_other_error_the_session_is_closed_and_its_account_given_back(
    opening: Opening, error: Exception
) -> None:
    async with opening("anne") as here:
        with pytest.raises(type(error)):
            async with here.seats.taken():
                raise error
        await here.all_closed()
        assert (here.held(), here.accounts.returns) == ([], ["released"])
        assert here.browsers[0].contexts[0].closed
        async with here.seats.taken():
            assert here.doorman.asked == ["anne", "anne"]


async def test_an_account_refused_when_its_session_logs_in_once_more_has_failed(opening: Opening) -> None:
    async with opening("anne") as here:
        with pytest.raises(AccountRefused):
            async with here.seats.taken():
                raise AccountRefused("wrong password")
        await here.all_closed()
        assert (here.held(), here.accounts.returns) == ([], ["login_failed"])


async def test_giving_back_never_waits(opening: Opening) -> None:
    async with opening("anne") as here:
        here.accounts.hangs = True
        with pytest.raises(SiteDown):
            async with asyncio.timeout(1), here.seats.taken():
                raise ORDINARY
        await async_until(lambda: happened(here.accounts.returns == ["released"]))
        assert here.held() == ["anne"]


async def test_an_account_that_is_on_its_way_back_is_waited_for(opening: Opening) -> None:
    async with opening("anne") as here:
        for _ in range(3):
            with pytest.raises(SiteDown):
                async with here.seats.taken():
                    raise ORDINARY
        assert here.doorman.asked == ["anne"] * 3


async def test_a_refused_account_that_goes_back_is_not_waited_for(opening: Opening) -> None:
    async with opening("anne") as here:
        here.doorman.refuses = {"anne": AccountRefused("wrong password")}
        with pytest.raises(NoAccount):
            await here.seats.take()
        assert here.seats.closing.running
        assert here.seats.entrance.retiring == set()


async def test_unused_sessions_are_closed_then_the_browser_and_used_ones_stay(opening: Opening) -> None:
    async with opening("anne", "bruno") as here:
        async with here.seats.taken(), here.seats.taken():
            pass
        async with here.seats.taken():
            await here.seats.close_unused(0)
            await here.all_closed()
            assert len(here.held()) == 1
            assert here.closed() == [False]
        await here.seats.close_unused(60)
        assert len(here.seats.idle) == 1, "not unused for long enough"
        await here.seats.close_unused(0)
        await here.all_closed()
        assert here.held() == []
        assert here.closed() == [True]
        async with here.seats.taken():
            assert here.closed() == [True, False]


async def test_a_browser_is_not_closed_while_somebody_logs_in(opening: Opening) -> None:
    async with opening("anne") as here:
        here.doorman.waits = asyncio.Event()
        taking = asyncio.create_task(here.seats.take())
        await async_until(lambda: happened(bool(here.doorman.asked)))
        await here.seats.close_unused(0)
        here.doorman.waits.set()
        await taking
        assert not here.browsers[0].closed


async def test_a_lost_lease_retires_its_seat(opening: Opening) -> None:
    async with opening("anne", "bruno") as here:
        seat = await here.seats.take()
        here.purse.product.execute("update public.pool_account_leases set expires_at = now()")
        await here.seats.renew()
        assert seat.lost
        here.seats.put_back(seat, good=True)
        await here.all_closed()
        assert here.seats.idle == []
        assert here.browsers[0].contexts[0].closed
        async with here.seats.taken():
            assert len(here.doorman.asked) == 2


async def test_an_idle_seat_whose_lease_was_lost_is_closed(opening: Opening) -> None:
    async with opening("anne") as here:
        async with here.seats.taken():
            pass
        here.purse.product.execute("update public.pool_account_leases set expires_at = now()")
        await here.seats.renew()
        await here.seats.close_unused(60)
        assert here.seats.idle == []


async def test_leases_are_kept_ours_while_seats_are_used_unused_or_logged_in(opening: Opening) -> None:
    async with opening("anne", "bruno", "carl") as here:
        async with here.seats.taken(), here.seats.taken():
            pass
        await here.seats.take()
        here.doorman.waits = asyncio.Event()
        taking = asyncio.create_task(asyncio.wait_for(wait_for_third(here), 5))
        await async_until(lambda: happened(len(here.doorman.asked) == 3))
        ends = "select min(expires_at)::text as n from public.pool_account_leases where registry = %s"
        before = here.purse.one(ends, "land")["n"]
        keeping = asyncio.create_task(here.seats.keep())
        await async_until(lambda: happened(here.purse.one(ends, "land")["n"] != before))
        keeping.cancel()
        here.doorman.waits.set()
        await taking
        assert here.held() == ["anne", "bruno", "carl"]


async def wait_for_third(here: Hall) -> None:
    await here.seats.take()
    await here.seats.take()


async def test_a_seat_whose_lease_nobody_could_confirm_is_not_used_again(opening: Opening) -> None:
    async with opening("anne", "bruno") as here:
        async with here.seats.taken():
            pass
        (seat,) = here.seats.idle
        here.accounts.trouble = REFUSE
        await here.seats.renew()
        await here.seats.close_unused(60)
        assert here.seats.idle == [seat], "it may still be ours"
        seat.lent_until -= here.seats.settings.queue.self_fence_seconds
        here.accounts.trouble = ""
        async with here.seats.taken() as session:
            assert session is not seat.session, "another may have it by now"


async def test_closing_gives_everything_back_at_once(opening: Opening) -> None:
    async with opening("anne", "bruno", "carl") as here:
        async with here.seats.taken():
            await here.seats.take()
            used = await here.seats.take()
        here.seats.put_back(used, good=False)
        assert here.held() == ["anne", "bruno", "carl"]
        await here.seats.close()
        assert here.held() == []
        assert here.browsers[0].closed
        assert sorted(here.accounts.returns) == ["ok", "ok", "released"]


async def test_closing_is_bounded_though_nothing_answers(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poolmgr.workers.seats.CLOSE_SECONDS", 0.1)
    async with opening("anne") as here:
        await here.seats.take()
        here.accounts.hangs = True
        async with asyncio.timeout(2):
            await here.seats.close()
        assert here.browsers[0].closed


async def test_closing_without_anything_open_is_nothing(opening: Opening) -> None:
    async with opening() as here:
        await here.seats.close()
        await async_until(passed(0.0))
        assert here.browsers == []
