"""The limit in Redis: never more in any window, nothing lost to a crash, and in the order of environments."""

import asyncio
import time

import pytest
import redis

from poolmgr.domain.errors import DocumentError, Spent
from poolmgr.domain.quota import Asker, Grant, Limit, Refusal, Usage
from poolmgr.stores.quota.shared import Place, SharedQuota
from tests.caches import Cache
from tests.stores.quota.limits import ASKER, DEV, LATER, PROD, opened, place
from tests.waiting import async_until
from tests.workers.stage import happened

SMALL = Limit(requests=100, tokens=100_000, window_seconds=0.5)


def used(input_tokens: int) -> Usage:
    return Usage(model="m", input=input_tokens, output=1)


def log_of(cache: Cache, where: Place) -> list[float]:
    """When each call of the last window started, by Redis' clock."""
    client = redis.Redis.from_url(cache.url, decode_responses=True)
    try:
        calls = client.zrange(where.keys[1], 0, -1)
        return sorted(float(str(client.zscore(where.keys[1], str(call)))) for call in calls)
    finally:
        client.close()


async def granted(quota: SharedQuota, how_many: int, tokens: int = 10, asker: Asker = ASKER) -> list[Grant]:
    return await asyncio.gather(*(quota.reserve(asker, tokens) for _ in range(how_many)))


async def test_calls_are_paced_and_only_a_hundredth_goes_at_once(cache: Cache) -> None:
    where = place(SMALL)
    async with opened(cache.url, where) as one:
        await granted(one.quota, 60)
    starts = log_of(cache, where)
    assert len(starts) == 60
    tenths = [sum(start <= one < start + 0.05 for one in starts) for start in starts]
    assert max(tenths) <= 12, "ten in a tenth of the window, and what may go at once"
    assert 0.28 < starts[-1] - starts[0] < 0.45


async def test_tokens_pace_as_requests_do(cache: Cache) -> None:
    where = place(SMALL)
    async with opened(cache.url, where) as one:
        await granted(one.quota, 20, tokens=4_000)
    starts = log_of(cache, where)
    assert starts[-1] - starts[0] >= (18 * 4_000) / 200_000


async def test_a_call_that_took_less_makes_room_and_one_that_took_more_takes_it(cache: Cache) -> None:
    where = place(SMALL)
    async with opened(cache.url, where) as one:
        grant = (await granted(one.quota, 1, tokens=50_000))[0]
        assert (await one.quota.standing()).tokens == 50_000
        await one.quota.settle(grant, used(1_000))
        assert (await one.quota.standing()).tokens == 1_000
        await one.quota.settle(grant, used(90_000))
        assert (await one.quota.standing()).tokens == 1_000, "told twice, counted once"
        began = time.monotonic()
        await granted(one.quota, 1, tokens=900)
        assert time.monotonic() - began < 0.2, "what was not used was given back"


async def test_a_call_nobody_settles_counts_as_its_estimate_until_the_window_is_over(cache: Cache) -> None:
    where = place(SMALL)
    async with opened(cache.url, where) as one:
        grants = await granted(one.quota, 1, tokens=60_000)
    async with opened(cache.url, where) as another:
        began = time.monotonic()
        await granted(another.quota, 1, tokens=60_000)
        assert time.monotonic() - began > 0.2, "its caller is gone, and nothing was freed"
        await another.quota.settle(grants[0], used(0))
        assert (await another.quota.standing()).tokens == 60_000, "nor can it be settled later"


async def test_a_call_given_up_while_it_waits_leaves_its_place_to_others(cache: Cache) -> None:
    where = place(Limit(requests=10, tokens=100_000, window_seconds=1.0))
    async with opened(cache.url, where) as one:
        waiting = [asyncio.create_task(one.quota.reserve(ASKER, 10)) for _ in range(10)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        began = time.monotonic()
        await granted(one.quota, 3)
        assert time.monotonic() - began < 1.5


async def test_a_call_larger_than_any_window_is_refused_with_advice(cache: Cache) -> None:
    async with opened(cache.url, place(SMALL)) as one:
        with pytest.raises(DocumentError, match="100,001 tokens"):
            await one.quota.reserve(ASKER, 100_001)


async def test_a_large_call_is_not_starved_by_small_ones(cache: Cache) -> None:
    where = place(SMALL)

    async def small(quota: SharedQuota) -> None:
        while True:
            await quota.reserve(ASKER, 1_000)

    async with opened(cache.url, where) as one:
        stream = [asyncio.create_task(small(one.quota)) for _ in range(30)]
        await async_until(lambda: happened(len(log_of(cache, where)) > 40))
        async with asyncio.timeout(3):
            await one.quota.reserve(ASKER, 60_000)
        for task in stream:
            task.cancel()


async def test_a_later_environment_gets_its_floor_while_the_first_takes_all(cache: Cache) -> None:
    where = place(Limit(requests=300, tokens=100_000, window_seconds=4.0), others_percent=10)
    async with opened(cache.url, where) as first, opened(cache.url, where) as later:
        flood = [asyncio.create_task(first.quota.reserve(ASKER, 10)) for _ in range(160)]
        await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
        others = [asyncio.create_task(later.quota.reserve(LATER, 10)) for _ in range(60)]
        await async_until(lambda: happened(sum(task.done() for task in flood) >= 80))
        shared = sum(task.done() for task in others)
        assert (await first.quota.standing()).waiting.keys() == {PROD, DEV}
        for task in [*flood, *others]:
            task.cancel()
    assert 4 <= shared <= 20, "about a tenth, not none and not half"


async def test_a_later_environment_borrows_all_that_the_first_leaves(cache: Cache) -> None:
    where = place(SMALL)
    async with opened(cache.url, where) as one:
        await granted(one.quota, 80, asker=LATER)
    starts = log_of(cache, where)
    assert starts[-1] - starts[0] < 0.6


async def test_a_refusal_pauses_everybody_and_lowers_the_limit_once(cache: Cache) -> None:
    where = place(SMALL)
    async with opened(cache.url, where) as one, opened(cache.url, where) as other:
        await granted(one.quota, 1)
        for _ in range(5):
            await one.quota.refused(Refusal(window="minute", retry_seconds=2.5))
        standing = await other.quota.standing()
    assert 2.4 < standing.paused_seconds <= 3.6
    assert 0.79 < standing.factor < 0.99, (
        "one cut by a fifth, of which much is back soon in so short a window"
    )


async def test_refusals_that_say_nothing_pause_longer_and_longer_until_a_call_is_answered(
    cache: Cache,
) -> None:
    where = place(Limit(requests=100, tokens=100_000, window_seconds=60.0))
    client = redis.Redis.from_url(cache.url)
    async with opened(cache.url, where) as one:
        pauses = []
        for _ in range(3):
            await one.quota.refused(Refusal(window="unknown"))
            pauses.append((await one.quota.standing()).paused_seconds)
            client.hset(where.keys[0], "paused_until", "0")
        assert [int(pause) // 2 * 2 for pause in pauses] == [2, 4, 8]
        await one.quota.settle(Grant(id="any", asker=ASKER, tokens=1), used(1))
        await one.quota.refused(Refusal(window="unknown"))
        assert (await one.quota.standing()).paused_seconds < 4
    client.close()


async def test_a_spent_day_is_an_outage_that_says_until_when(cache: Cache) -> None:
    where = place(SMALL)
    async with opened(cache.url, where) as one, opened(cache.url, where) as other:
        await one.quota.refused(Refusal(window="day"))
        with pytest.raises(Spent, match="midnight Pacific") as raised:
            await other.quota.reserve(ASKER, 10)
    assert 0 < raised.value.seconds <= 25 * 3600


async def test_every_key_has_a_life_and_one_tag_and_can_be_read(cache: Cache) -> None:
    where = place(SMALL)
    client = redis.Redis.from_url(cache.url, decode_responses=True)
    async with opened(cache.url, where) as one:
        await granted(one.quota, 30)
        await one.quota.refused(Refusal(window="day"))
        tag = f"gemini:{{{where.project}:m}}:"
        keys = [str(key) for key in client.scan_iter(f"gemini:*{where.project}:m*")]
        assert all(key.startswith(tag) for key in keys)
        assert all(int(str(client.ttl(key))) > 0 for key in keys)
        assert set(client.hvals(tag + "calls")) == {"10 open prod"}
    client.close()


async def test_a_reservation_asked_twice_is_one(cache: Cache) -> None:
    where = place(SMALL)
    async with opened(cache.url, where) as one:
        await granted(one.quota, 1)
        for _ in range(3):
            assert (await one.quota.asked("reserve", "same", 1, PROD, 10))[0] == "go"
        assert len(log_of(cache, where)) == 2
