"""A registry's searches, counted by a real Valkey over all machines and by the kernel's locks on one."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from poolmgr.domain.errors import StoreUnreachable
from poolmgr.domain.limits import Entry, SiteLimits
from poolmgr.stores.visits import LONGEST_WAIT_SECONDS, OwnVisits, SharedVisits
from tests.caches import Cache
from tests.clusters import Clusters, remove
from tests.waiting import async_until, until

TWO = SiteLimits(at_once=2)
FULL = Entry(why="searches_at_once")


@pytest.fixture(scope="module")
def cache(clusters: Clusters) -> Iterator[Cache]:
    folder = clusters.new_folder("visits")
    made = Cache(folder)
    made.start()
    yield made
    made.stop()
    remove(folder)


@pytest.fixture
def client(cache: Cache) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(cache.url, decode_responses=True) as opened:
        opened.flushall()
        yield opened


@asynccontextmanager
async def machine(cache: Cache, kept_seconds: float = 30.0) -> AsyncIterator[SharedVisits]:
    visits = SharedVisits(SecretStr(cache.url), timeout_seconds=5, kept_seconds=kept_seconds)
    try:
        yield visits
    finally:
        await visits.close()


async def test_so_many_search_at_once_over_all_machines(cache: Cache, client: redis.Redis) -> None:
    async with machine(cache) as one, machine(cache) as other:
        assert await one.enter("land", "a", TWO) == await other.enter("land", "b", TWO) == Entry()
        assert await one.enter("land", "c", TWO) == FULL
        assert await one.enter("rdprm", "c", TWO) == Entry(), "each registry has its own"
        assert await other.enter("land", "b", TWO) == Entry(), "who is in stays in"
        assert client.zrange("registry:land:visitors", 0, -1) == ["a", "b"]
        await other.leave("land", "b")
        assert await one.enter("land", "c", TWO) == Entry()


async def test_who_died_is_forgotten_after_a_while_and_who_comes_again_is_not(
    cache: Cache, client: redis.Redis
) -> None:
    async with machine(cache, kept_seconds=0.5) as visits:
        for name in ("dead", "alive"):
            assert await visits.enter("land", name, TWO) == Entry()

        async def is_in() -> bool:
            await visits.enter("land", "alive", TWO)
            return await visits.enter("land", "new", TWO) != FULL

        await async_until(is_in, 10, "the place of the dead one")
        assert client.zrange("registry:land:visitors", 0, -1, desc=False) == ["alive", "new"]
        until(lambda: client.exists("registry:land:visitors") == 0, 5, "the key's own end")


async def test_searches_begin_evenly_apart_whoever_asks(cache: Cache, client: redis.Redis) -> None:
    limits = SiteLimits(a_minute=60)
    async with machine(cache) as one, machine(cache) as other:
        asked = [(one if number % 2 else other).turn("req", f"v{number}", limits) for number in range(8)]
        waits = sorted(entry.seconds for entry in await asyncio.gather(*asked))
    assert waits[0] == 0
    assert all(0.5 < after - before <= 1.001 for before, after in pairwise(waits)), waits
    assert 6 < waits[-1] <= 7
    assert 0 < client.pttl("registry:req:next_search") <= 8000


async def test_a_turn_too_far_ahead_is_not_taken(cache: Cache, client: redis.Redis) -> None:
    seldom = SiteLimits(a_minute=1)
    async with machine(cache) as visits:
        assert await visits.turn("land", "a", seldom) == Entry()
        second = await visits.turn("land", "b", seldom)
        assert LONGEST_WAIT_SECONDS - 5 < second.seconds <= LONGEST_WAIT_SECONDS
        third = await visits.turn("land", "c", seldom)
        assert third.why == "searches_a_minute"
        again = await visits.turn("land", "c", seldom)
        assert again.seconds <= third.seconds, "a refused turn is not taken"


async def test_a_redis_that_is_gone_is_said_without_its_address(tmp_path: Path) -> None:
    url = SecretStr(f"unix://{tmp_path}/nobody?password=s3cret")
    visits = SharedVisits(url, timeout_seconds=1, kept_seconds=1)
    with pytest.raises(StoreUnreachable) as raised:
        await visits.enter("land", "a", TWO)
    assert "s3cret" not in str(raised.value)


def test_on_one_machine_the_kernel_counts_who_searches(tmp_path: Path) -> None:
    one, other = OwnVisits(tmp_path), OwnVisits(tmp_path)
    assert one.enter("land", "a", 2)
    assert other.enter("land", "b", 2)
    assert one.enter("land", "a", 2), "who is in stays in"
    assert not one.enter("land", "c", 2)
    assert one.enter("req", "c", 1)
    other.leave("land", "b")
    other.leave("land", "nobody")
    assert one.enter("land", "c", 2)
    assert not one.enter("rdprm", "d", 0)


def test_a_process_that_is_killed_lets_go_of_its_place(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, b"1" if OwnVisits(tmp_path).enter("land", "a", 1) else b"0")
        signal.pause()
        os._exit(1)
    try:
        assert os.read(reader, 1) == b"1"
        own = OwnVisits(tmp_path)
        assert not own.enter("land", "b", 1)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reader)
        os.close(writer)
    assert own.enter("land", "b", 1)


def test_on_one_machine_searches_begin_evenly_apart_whichever_child_asks(tmp_path: Path) -> None:
    one, other = OwnVisits(tmp_path), OwnVisits(tmp_path)
    waits = [(one if number % 2 else other).turn("land", 10.0) for number in range(9)]
    assert waits[0] == 0
    assert [round(wait or 0, -1) for wait in waits[:7]] == [0, 10, 20, 30, 40, 50, 60]
    assert waits[7:] == [None, None]


@pytest.mark.parametrize("kept", ["", "nonsense", "9" * 200, "99999999999"])
def test_a_file_that_cannot_be_closes_no_registry(tmp_path: Path, kept: str) -> None:
    (tmp_path / "land.next").write_text(kept)
    assert OwnVisits(tmp_path).turn("land", 10.0) == 0
