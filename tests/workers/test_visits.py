"""A child's searches among all: Redis counts, and when it is silent each machine keeps to its part."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from poolmgr.domain.limits import SiteLimits
from poolmgr.domain.outcomes import Released
from poolmgr.stores.visits import OwnVisits, SharedVisits
from poolmgr.workers.visits import TooMany, Visits
from tests.caches import Cache
from tests.waiting import async_until
from tests.workers.counters import CounterOpening
from tests.workers.stage import Parent, happened, line

LIMITS = SiteLimits(at_once=4)


@asynccontextmanager
async def child(
    folder: Path, cache: Cache | None = None, hosts: int = 1
) -> AsyncIterator[tuple[Visits, Parent]]:
    shared = (
        SharedVisits(SecretStr(cache.url), timeout_seconds=1, kept_seconds=30) if cache is not None else None
    )
    async with line() as (parent, pipe):
        visits = Visits(
            OwnVisits(folder), shared, hosts=hosts, worker="worker-1", renew_seconds=0.1, pipe=pipe
        )
        yield visits, parent
        while visits.leaving.running:
            await asyncio.wait([*visits.leaving.running])
        await visits.close()


async def test_without_redis_the_children_of_a_machine_share_its_part(tmp_path: Path) -> None:
    async with child(tmp_path, hosts=2) as (one, _), child(tmp_path, hosts=2) as (other, _):
        async with one.entered("land", LIMITS), other.entered("land", LIMITS):
            with pytest.raises(TooMany, match=r"foncier\.searches_at_once = 4"):
                async with one.entered("land", LIMITS):
                    pass
        async with one.entered("land", LIMITS):
            pass


async def test_who_has_no_limits_is_not_counted(tmp_path: Path) -> None:
    async with child(tmp_path / "none") as (one, _), one.entered("land", SiteLimits()) as visit:
        await visit.turn()
    assert not (tmp_path / "none").exists()


async def test_while_redis_is_silent_each_machine_keeps_to_its_part_which_is_said_once(
    open_folder: Path,
) -> None:
    cache = Cache(open_folder)
    cache.start()
    folder = open_folder / "visits"
    try:
        async with child(folder, cache, hosts=2) as (visits, parent), AsyncExitStack() as inside:
            for _ in range(3):
                await inside.enter_async_context(visits.entered("land", LIMITS))
            cache.kill()
            for _ in range(2):
                with pytest.raises(TooMany, match=r"silent 1/2 of it here"):
                    await inside.enter_async_context(visits.entered("land", LIMITS))
            assert len(await parent.hears_of("limits.alone")) == 1
            cache.start()
            await parent.hears_of("limits.shared")
            await inside.enter_async_context(visits.entered("land", LIMITS))
            assert len(parent.events("limits.alone")) == 1
    finally:
        cache.stop()


async def test_a_machine_whose_part_is_none_begins_nothing_alone(tmp_path: Path) -> None:
    async with child(tmp_path, hosts=5) as (visits, _):
        with pytest.raises(TooMany):
            async with visits.entered("land", LIMITS):
                pass


async def test_a_job_for_which_there_is_no_room_waits_unharmed_and_buys_nothing(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne", "bruno", foncier__searches_at_once=1, account_wait_seconds=7) as here:
        here.hangs = True
        first = asyncio.create_task(here.do(await here.purse.claimed(document_number="2784191")))
        await async_until(lambda: happened(len(here.sold) == 1), what="a search that goes on")
        claim = await here.purse.claimed(document_number="2784192")
        ended = await here.settled(claim)
        assert isinstance(ended, Released)
        assert "foncier.searches_at_once = 1" in ended.error
        assert (ended.after_seconds, here.gate.takes("land"), here.gate.takes("req")) == (7, False, True)
        assert (here.purse.row(claim.row_id)["attempts"], len(here.sold)) == (0, 1)
        first.cancel()
        await asyncio.wait({first})
        here.hangs = False
        again = await here.purse.offered_again()
        assert again is not None
        assert not isinstance(await here.settled(again), Released)


async def test_searches_of_one_child_begin_evenly_apart(at_counter: CounterOpening) -> None:
    async with at_counter("anne", "bruno", foncier__searches_a_minute=120) as here:
        loop = asyncio.get_running_loop()
        began = loop.time()
        claims = [await here.purse.claimed(document_number=f"278419{number}") for number in range(3)]
        for claim in claims:
            await here.settled(claim)
        assert 1.0 <= loop.time() - began < 20
        assert len(here.sold) == 3


async def test_what_cannot_be_counted_does_not_begin_and_is_no_job_s_fault(tmp_path: Path) -> None:
    (tmp_path / "visits").write_text("no folder")
    async with child(tmp_path / "visits") as (visits, _):
        with pytest.raises(TooMany, match="takes no file"):
            async with visits.entered("land", LIMITS):
                pass
        async with visits.entered("land", SiteLimits(a_minute=60)) as visit:
            with pytest.raises(TooMany, match="takes no file"):
                await visit.turn()
