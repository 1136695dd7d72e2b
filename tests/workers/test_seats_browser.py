"""One browser under all seats: started anew when it is old or lost, and never under somebody's document."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest
from playwright.async_api import Error

from poolmgr.domain.errors import BrowserLost, NotAvailable
from poolmgr.workers import seat as seat_module
from poolmgr.workers.seat import close_context, condemn
from tests.waiting import async_until
from tests.workers.browsers import Context, Hall, hall
from tests.workers.purse import PurseOpening
from tests.workers.stage import happened, passed

Opening: TypeAlias = Callable[..., AbstractAsyncContextManager[Hall]]


@pytest.fixture
def opening(purse: PurseOpening, monkeypatch: pytest.MonkeyPatch) -> Opening:
    @asynccontextmanager
    async def opened(**registre: float) -> AsyncIterator[Hall]:
        async with purse() as open_purse, hall(open_purse, monkeypatch, **registre) as open_hall:
            open_hall.add("anne", "bruno", "carl")
            yield open_hall

    return opened


async def test_a_browser_is_started_once_for_all_who_come_at_the_same_time(opening: Opening) -> None:
    async with opening() as here:
        await asyncio.gather(here.seats.take(), here.seats.take(), here.seats.prove())
        assert len(here.browsers) == 1
        assert len(await here.parent.hears_of("browser.started")) == 1


async def test_an_old_browser_is_started_anew_when_nobody_uses_it(opening: Opening) -> None:
    async with opening(recycle_documents=2) as here:
        for _ in range(2):
            async with here.seats.taken():
                pass
        async with here.seats.taken():
            assert here.closed() == [True, False]
        await here.all_closed()
        assert len(here.held()) == 1, "the first session's account was given back"


async def test_an_old_browser_is_kept_until_the_seats_in_use_are_given_back(opening: Opening) -> None:
    async with opening(recycle_documents=1) as here:
        first, second = await here.seats.take(), await here.seats.take()
        here.seats.put_back(first, good=True)
        next_one = asyncio.create_task(here.seats.take())
        await async_until(passed(0.05))
        assert (next_one.done(), here.closed()) == (False, [False])
        here.seats.put_back(second, good=True)
        seat = await next_one
        assert here.closed() == [True, False]
        assert seat.browser is here.browsers[1]


async def test_an_old_browser_is_kept_while_somebody_logs_in(opening: Opening) -> None:
    async with opening(recycle_documents=1) as here:
        first = await here.seats.take()
        here.doorman.waits = asyncio.Event()
        second = asyncio.create_task(here.seats.take())
        await async_until(lambda: happened(len(here.doorman.asked) == 2))
        here.seats.put_back(first, good=True)
        third = asyncio.create_task(here.seats.take())
        await async_until(passed(0.05))
        assert here.closed() == [False]
        here.doorman.waits.set()
        here.seats.put_back(await second, good=True)
        assert (await third).browser is here.browsers[1]


async def test_a_browser_that_one_job_found_hanging_is_kept_until_the_others_end(opening: Opening) -> None:
    """What they paid for may be on its way through it."""
    async with opening() as here:
        buyer = await here.seats.take()
        with pytest.raises(BrowserLost):
            async with here.seats.taken():
                raise BrowserLost("it did not answer")
        assert here.browsers[0].condemned
        proving = asyncio.create_task(here.seats.prove())
        await async_until(passed(0.05))
        assert (proving.done(), here.closed()) == (False, [False])
        here.seats.put_back(buyer, good=True)
        await proving
        assert (here.closed(), here.seats.idle) == ([True, False], [])


async def test_a_job_that_lost_an_earlier_browser_condemns_not_the_one_of_now(opening: Opening) -> None:
    async with opening() as here:
        late = await here.seats.take()
        here.seats.browsing().browser = None
        await here.seats.prove()
        condemn(late.browser, BrowserLost("gone"))
        assert (here.browsers[0].condemned, here.browsers[1].condemned) == (True, False)


async def test_a_browser_that_died_is_replaced_with_all_its_sessions(opening: Opening) -> None:
    async with opening() as here:
        async with here.seats.taken(), here.seats.taken():
            pass
        here.browsers[0].alive = False
        async with here.seats.taken():
            await here.all_closed()
            assert len(here.browsers) == 2
            assert len(here.held()) == 1


@pytest.mark.parametrize("error", [BrowserLost("it does not start"), NotAvailable("not installed")])
async def test_a_browser_that_does_not_start_is_said_and_tried_again(
    opening: Opening, error: Exception
) -> None:
    async with opening() as here:
        here.fails.append(error)
        with pytest.raises(type(error)):
            await here.seats.prove()
        await here.seats.prove()
        assert here.seats.browsing().browser is here.browsers[1]


async def test_a_disk_that_holds_no_browser_is_a_lost_browser(opening: Opening) -> None:
    async with opening() as here:
        here.fails.append(OSError(28, "No space left on device"))
        with pytest.raises(BrowserLost, match="No space left"):
            await here.seats.prove()


async def test_a_session_that_does_not_close_condemns_its_browser(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seat_module, "CLOSE_SECONDS", 0.02)

    class Hanging(Context):
        async def close(self) -> None:
            await asyncio.Event().wait()

    async with opening() as here:
        await here.seats.prove()
        (browser,) = here.browsers
        gone = Context()
        gone.error = Error("Target page, context or browser has been closed")
        for context, condemned in ((Context(), False), (gone, False), (Hanging(), True)):
            await close_context(context, browser)  # type: ignore[arg-type]
            assert browser.condemned == condemned


async def test_a_visit_needs_no_account_and_its_session_is_closed_afterwards(opening: Opening) -> None:
    async with opening() as here:
        async with here.seats.browsing().visiting():
            assert (here.held(), here.seats.browsing().users, here.seats.count) == ([], 1, 0)
        assert not here.seats.browsing().users
        await here.all_closed()
        assert [one.closed for one in here.browsers[0].contexts] == [True]


async def test_an_old_browser_is_kept_until_the_visit_is_over(opening: Opening) -> None:
    async with opening(recycle_documents=1) as here:
        async with here.seats.browsing().visiting():
            here.browsers[0].documents = 1
            another = asyncio.create_task(here.seats.take())
            await async_until(passed(0.05))
            assert (another.done(), here.closed()) == (False, [False])
        await another
        assert here.closed() == [True, False]


async def test_a_browser_that_is_lost_during_a_visit_is_condemned(opening: Opening) -> None:
    async with opening() as here:
        with pytest.raises(BrowserLost):
            async with here.seats.browsing().visiting():
                raise BrowserLost("gone")
        assert here.browsers[0].condemned
        assert not here.seats.browsing().users
