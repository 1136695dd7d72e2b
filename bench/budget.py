"""`python -m bench.budget [--json] [--quick]`: a limit of requests and tokens that eight processes share.

The window is scaled down, the load is more than the limit allows, and each call that was let go is noted
where it arrives, by the clock of a server of its own. Ours takes turns with the predecessor's algorithm and
with two libraries; then its callers are killed, its Redis is killed and begins anew, and their clocks jump.
Exit 1 when ours lets more than 1.00 of the requests or 1.02 of the tokens into any window, uses less than
0.97, or leaves a process behind.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from pathlib import Path

import redis
from pydantic import SecretStr

from bench.quotas import OPENINGS, Shared, Turns
from bench.windows import Arrival, between, least_share, longest_gap, most
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.quota import Limit
from poolmgr.stores.redis import RedisScripts
from tests.caches import Cache

MOST_REQUESTS, MOST_TOKENS, LEAST_USE, LEAST_SHARE = 1.0, 1.02, 0.97, 0.8
NOTE = """
local time = redis.call('TIME')
redis.call('RPUSH', KEYS[1], string.format('%s.%06d %s %s', time[1], tonumber(time[2]), ARGV[1], ARGV[2]))
"""
ARRIVALS = "arrivals"
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True, kw_only=True)
class Load:
    """What each process does: so many callers, each asking for about so many tokens, again and again.

    within: what a call really takes is off its estimate by at most this part. seconds: how long a call lasts.
    """

    processes: int = 8
    callers: int = 12
    tokens: int = 2300
    within: float = 0.05
    seconds: float = 0.4


@dataclass(frozen=True, kw_only=True)
class Run:
    """chaos: callers are killed, Redis is killed and begins anew, clocks of day jump."""

    policy: str
    limit: Limit
    load: Load
    windows: float
    chaos: bool = False


@dataclass(frozen=True, kw_only=True)
class Found:
    """Parts of the limit: the most in any window, and the use once the first window is over.

    share: what the process with the fewest calls got, of the mean. gap_seconds: nothing arrived for so long.
    In chaos the use is not judged: for a while there is no Redis, and each keeps to half of its part.
    """

    policy: str
    chaos: bool
    requests: float
    tokens: float
    use: float
    share: float
    gap_seconds: float
    calls: int

    def faults(self) -> Iterator[str]:
        if self.requests > MOST_REQUESTS:
            yield f"{self.requests:.3f} of the requests in one window, more than {MOST_REQUESTS}"
        if self.tokens > MOST_TOKENS:
            yield f"{self.tokens:.3f} of the tokens in one window, more than {MOST_TOKENS}"
        if self.use < LEAST_USE and not self.chaos:
            yield f"{self.use:.3f} of the limit used, less than {LEAST_USE}"
        if self.share < LEAST_SHARE:
            yield f"a process got {self.share:.2f} of the mean, less than {LEAST_SHARE}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.budget", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--quick", action="store_true", help="shorter runs")
    parser.add_argument("--only", default="", help="runs whose name has this in it")
    parser.add_argument("--window", type=float, default=12.0, help="length of the limit's window (seconds)")
    options = parser.parse_args()
    windows = 2.5 if options.quick else 4.0
    with servers() as (shared, judge):
        found = {
            name: measured(run, shared, judge)
            for name, run in runs(options.window, windows)
            if options.only in name
        }
    faults = [
        f"{name}: {fault}" for name, one in found.items() if one.policy == "ours" for fault in one.faults()
    ]
    if options.json:
        print(json.dumps({"schema": 1, "figures": list[Json](row(name, one) for name, one in found.items())}))
    else:
        for name, one in found.items():
            print(as_text(name, one))
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return int(bool(faults))


def runs(window: float, windows: float) -> Iterator[tuple[str, Run]]:
    load = Load()
    requests = Limit(requests=round(80 * window), tokens=1_000_000_000, window_seconds=window)
    tokens = Limit(requests=1_000_000, tokens=round(80 * window * load.tokens), window_seconds=window)
    for kind, limit in (("requests", requests), ("tokens", tokens)):
        for policy in OPENINGS:
            yield f"{kind}, {policy}", Run(policy=policy, limit=limit, load=load, windows=windows)
    yield "chaos, ours", Run(policy="ours", limit=requests, load=load, windows=2 * windows, chaos=True)


@contextmanager
def servers() -> Iterator[tuple[Cache, Cache]]:
    """The Redis that is shared, and the one whose clock judges; both begin empty."""
    folder = Path(tempfile.mkdtemp(prefix="bench-budget-"))
    folder.chmod(0o755)
    caches = []
    try:
        for name in ("shared", "judge"):
            (folder / name).mkdir(mode=0o755)
            caches.append(Cache(folder / name))
            caches[-1].start()
        yield caches[0], caches[1]
    finally:
        for cache in caches:
            cache.stop()
        shutil.rmtree(folder)


def measured(run: Run, shared: Cache, judge: Cache) -> Found:
    """Raises RuntimeError when too little arrived to judge."""
    for cache in (shared, judge):
        with redis.Redis.from_url(cache.url) as client:
            client.flushall()
    window = run.limit.window_seconds
    processes = [begun(run, number, shared, judge) for number in range(run.load.processes)]
    try:
        began = time.monotonic()
        if run.chaos:
            processes += upset(run, processes, shared, judge)
        time.sleep(max(0.0, began + run.windows * window - time.monotonic()))
    finally:
        for process in processes:
            process.kill()
            process.join()
    return judged(run, arrived(judge))


def begun(run: Run, number: int, shared: Cache, judge: Cache) -> ForkProcess:
    process = FORK.Process(target=live, args=(run, number, shared.url, judge.url), daemon=True)
    process.start()
    return process


def upset(run: Run, processes: Sequence[ForkProcess], shared: Cache, judge: Cache) -> list[ForkProcess]:
    """After a third two callers are killed, others take their place; after two Redis loses all it knew."""
    third = run.windows * run.limit.window_seconds / 3
    time.sleep(third)
    for process in processes[:2]:
        process.kill()
    others = [begun(run, len(processes) + number, shared, judge) for number in range(2)]
    time.sleep(third)
    shared.kill()
    shared.start()
    return others


def live(run: Run, number: int, shared_url: str, judge_url: str) -> None:
    random.seed(number)
    if run.chaos:
        jump(random.uniform(-86_400, 86_400))
    shared = Shared(url=shared_url, limit=run.limit, processes=run.load.processes)
    asyncio.run(call_all(run, shared, judge_url, f"p{number}"))


def jump(seconds: float) -> None:
    """This process' clock of day is wrong by so much from here on, as Python reads it."""
    right = time.time
    time.time = lambda: right() + seconds


async def call_all(run: Run, shared: Shared, judge_url: str, caller: str) -> None:
    judge = RedisScripts(SecretStr(judge_url), timeout_seconds=10)
    await judge.run("return redis.call('PING')", [], [])
    async with OPENINGS[run.policy](shared) as turns:
        await asyncio.gather(*(call(turns(), run.load, judge, caller) for _ in range(run.load.callers)))


async def call(turns: Turns, load: Load, judge: RedisScripts, caller: str) -> None:
    while True:
        actual = round(load.tokens * random.uniform(1 - load.within, 1 + load.within))
        await turns.before(load.tokens)
        await judge.run(NOTE, [ARRIVALS], [actual, caller])
        await asyncio.sleep(random.uniform(0.5, 1.5) * load.seconds)
        await turns.after(actual)


def arrived(judge: Cache) -> list[Arrival]:
    with redis.Redis.from_url(judge.url, decode_responses=True) as client:
        lines = [str(line).split() for line in client.lrange(ARRIVALS, 0, -1)]
    return [Arrival(at=float(at), tokens=int(tokens), caller=caller) for at, tokens, caller in lines]


def judged(run: Run, arrivals: list[Arrival]) -> Found:
    if len(arrivals) < run.load.processes:
        raise RuntimeError(f"{run.policy}: only {len(arrivals)} calls arrived")
    window = run.limit.window_seconds
    requests, tokens = most(arrivals, window)
    first, last = arrivals[0].at + window, arrivals[-1].at
    steady = between(arrivals, first, last)
    part = (last - first) / window
    return Found(
        policy=run.policy,
        chaos=run.chaos,
        requests=requests / run.limit.requests,
        tokens=tokens / run.limit.tokens,
        use=max(
            len(steady) / (run.limit.requests * part),
            sum(one.tokens for one in steady) / (run.limit.tokens * part),
        ),
        share=least_share([one for one in steady if one.caller in stayed(run, arrivals)]),
        gap_seconds=longest_gap(arrivals),
        calls=len(arrivals),
    )


def stayed(run: Run, arrivals: Sequence[Arrival]) -> set[str]:
    """Who called in the first window and in the last."""
    window = run.limit.window_seconds
    first, last = arrivals[0].at + window, arrivals[-1].at - window
    return {one.caller for one in arrivals if one.at <= first} & {
        one.caller for one in arrivals if one.at >= last
    }


def row(name: str, found: Found) -> JsonObject:
    return {
        "name": name,
        "most_requests": round(found.requests, 4),
        "most_tokens": round(found.tokens, 4),
        "use": round(found.use, 4),
        "least_share": round(found.share, 3),
        "longest_gap_seconds": round(found.gap_seconds, 3),
        "calls": found.calls,
    }


def as_text(name: str, found: Found) -> str:
    worst = max(found.requests, found.tokens)
    return (
        f"{name:<26} most in a window {worst:.3f}, used {found.use:.3f}, "
        f"least share {found.share:.2f}, longest gap {found.gap_seconds:.2f} s, {found.calls:,} calls"
    )


if __name__ == "__main__":
    sys.exit(main())
