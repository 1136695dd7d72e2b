"""Processes that share a limit through one Redis: never more than it in any window, and nearly all of it."""

from collections.abc import Iterator

import pytest
import redis

from bench.budget import Load, Run, begun, measured, runs, servers
from bench.windows import Arrival, most
from poolmgr.domain.quota import Limit
from tests.caches import Cache
from tests.waiting import until

LOG, CALLS = "gemini:{bench:m}:log", "gemini:{bench:m}:calls"


@pytest.fixture(scope="module")
def caches() -> Iterator[tuple[Cache, Cache]]:
    with servers() as found:
        yield found


@pytest.mark.parametrize("bound", ["requests", "tokens"])
def test_processes_that_want_more_are_never_granted_more_than_the_limit_in_any_window(
    caches: tuple[Cache, Cache], bound: str
) -> None:
    requests, tokens = (60, 10**9) if bound == "requests" else (10**6, 60 * 2300)
    limit = Limit(requests=requests, tokens=tokens, window_seconds=1.0)
    with redis.Redis.from_url(caches[0].url) as client:
        client.flushall()
    run = Run(policy="ours", limit=limit, load=Load(processes=3, callers=8, seconds=0.1), windows=1)
    processes = [begun(run, number, *caches) for number in range(run.load.processes)]
    seen: dict[str, Arrival] = {}
    try:
        until(lambda: len(note(caches[0], seen)) > 95)
    finally:
        for process in processes:
            process.kill()
            process.join()
    asked, sent = most(list(seen.values()), limit.window_seconds)
    assert asked <= limit.requests
    assert sent <= limit.tokens * 1.02
    assert max(asked / requests, sent / tokens) > 0.5, "a machine with much else to do may not use it all"


def note(cache: Cache, seen: dict[str, Arrival]) -> dict[str, Arrival]:
    """What the limit's own log holds and held: when each call may go, by Redis' clock."""
    with redis.Redis.from_url(cache.url, decode_responses=True) as client:
        noted = client.hgetall(CALLS)
        assert isinstance(noted, dict)
        for call, what in noted.items():
            start = client.zscore(LOG, str(call))
            if start is not None:
                seen[str(call)] = Arrival(at=float(str(start)), tokens=int(str(what).split()[0]), caller="")
    return seen


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["requests, ours", "tokens, ours", "chaos, ours"])
def test_what_arrives_keeps_to_the_limit_also_when_callers_and_redis_die_and_clocks_jump(
    caches: tuple[Cache, Cache], name: str
) -> None:
    found = measured(dict(runs(20.0, 3.0))[name], *caches)
    assert not list(found.faults()), found


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_the_algorithm_before_this_one_lets_in_more_than_twice_the_limit(caches: tuple[Cache, Cache]) -> None:
    run = dict(runs(4.0, 3.0))["requests, predecessor"]
    assert measured(run, *caches).requests > 2
