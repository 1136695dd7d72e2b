"""What a process does while it cannot speak with the others: its part, said once, and back by itself."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from poolmgr.domain.errors import Spent
from poolmgr.domain.quota import PACIFIC, Limit, Refusal, next_day
from poolmgr.stores.quota.alone import AloneQuota
from tests.caches import Cache
from tests.stores.quota.limits import ASKER, Opened, opened, place
from tests.waiting import async_until

LIMIT = Limit(requests=100, tokens=100_000, window_seconds=0.5)


@pytest.fixture
def own(open_folder: Path) -> Iterator[Cache]:
    made = Cache(open_folder)
    made.start()
    yield made
    made.stop()


async def seconds_for(quota: AloneQuota, how_many: int, tokens: int = 1) -> float:
    began = time.monotonic()
    await asyncio.gather(*(quota.reserve(ASKER, tokens) for _ in range(how_many)))
    return time.monotonic() - began


async def test_alone_its_calls_are_evenly_spaced_by_requests_or_by_tokens() -> None:
    assert await seconds_for(AloneQuota(LIMIT), 41) >= 0.2
    assert await seconds_for(AloneQuota(LIMIT), 5, tokens=10_000) >= 0.2


def test_a_part_of_a_limit_too_small_for_a_minute_is_one_call_in_a_longer_time() -> None:
    part = Limit(requests=10, tokens=1_000_000).part(1 / 40)
    assert (part.requests, part.window_seconds, part.tokens) == (1, 240.0, 100_000)
    assert Limit(requests=1600, tokens=6_400_000).part(0.5 / 2 / 4).requests == 100


async def test_alone_a_refusal_pauses_and_slows_and_a_spent_day_stops() -> None:
    quota = AloneQuota(LIMIT)
    before = time.monotonic()
    await quota.refused(Refusal(window="minute", retry_seconds=7))
    await quota.refused(Refusal(window="minute", retry_seconds=3))
    assert 7 <= quota.paused_until - before <= 9
    assert quota.factor == 0.8
    await quota.refused(Refusal(window="day"))
    with pytest.raises(Spent, match="midnight Pacific"):
        await quota.reserve(ASKER, 1)


async def test_redis_lost_is_said_once_and_the_part_is_kept_until_it_is_back(own: Cache) -> None:
    async with opened(own.url, place(LIMIT)) as one:
        await one.quota.reserve(ASKER, 10)
        own.kill()
        began = time.monotonic()
        await asyncio.gather(*(one.quota.reserve(ASKER, 10) for _ in range(11)))
        assert time.monotonic() - began >= 0.1, "half of the limit"
        assert len(one.said) == 1
        own.start()
        await async_until(lambda: back(one))
        assert one.said[1:] == [""]
        client = redis.Redis.from_url(own.url)
        assert client.zcard(one.quota.place.keys[1]) == 1
        client.close()


async def test_a_redis_that_hangs_keeps_nobody_longer_than_its_time_out(own: Cache) -> None:
    async with opened(own.url, place(LIMIT), timeout_seconds=0.2) as one:
        await one.quota.reserve(ASKER, 10)
        own.freeze()
        async with asyncio.timeout(2):
            grant = await one.quota.reserve(ASKER, 10)
            await one.quota.settle(grant, None)
            await one.quota.refused(Refusal(window="minute"))
        own.thaw()
        assert len(one.said) == 1


async def back(one: Opened) -> bool:
    await one.quota.reserve(ASKER, 10)
    return one.said[-1] == ""


def test_midnight_pacific_is_the_calendars_also_when_clocks_change() -> None:
    winter = next_day(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), PACIFIC)
    assert winter.astimezone(UTC) == datetime(2026, 11, 1, 7, 0, tzinfo=UTC), "still summer time"
    assert next_day(winter, PACIFIC).astimezone(UTC) == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
