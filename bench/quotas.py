"""Ways in which processes share a limit through one Redis: ours, the predecessor's, two libraries."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias

from pydantic import SecretStr

from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.quota import Asker, Grant, Limit, Usage
from poolmgr.stores.quota.alone import AloneQuota
from poolmgr.stores.quota.shared import Place, SharedQuota
from poolmgr.stores.redis import RedisScripts

if TYPE_CHECKING:
    from redis.asyncio import Redis

ENVIRONMENT = EnvironmentName("prod")
ASKER = Asker(environment=ENVIRONMENT, kind="ocr_index")
RETRY_SECONDS = 0.015
"""A library that says no without saying until when is asked again after about so long."""

PATIENCE_SECONDS = 60.0
"""Rivals wait so long for Redis: with their own time-outs all their callers died on a busy machine."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """url: of the Redis that is shared. processes: how many share it."""

    url: str
    limit: Limit
    processes: int


class Turns(Protocol):
    """before: waits for the turn of a call of so many tokens. after: told once what it took."""

    async def before(self, tokens: int) -> None: ...

    async def after(self, tokens: int) -> None: ...


Opening: TypeAlias = Callable[[Shared], AbstractAsyncContextManager[Callable[[], Turns]]]
"""For the life of one process: makes what one call uses."""


class OurTurns:
    def __init__(self, quota: SharedQuota) -> None:
        self.quota = quota
        self.grant: Grant | None = None

    async def before(self, tokens: int) -> None:
        self.grant = await self.quota.reserve(ASKER, tokens)

    async def after(self, tokens: int) -> None:
        if self.grant is not None:
            await self.quota.settle(self.grant, Usage(model="m", input=tokens, output=0))


@asynccontextmanager
async def ours(shared: Shared) -> AsyncIterator[Callable[[], Turns]]:
    place = Place(
        project="bench", model="m", limit=shared.limit, environments=(ENVIRONMENT,), others_percent=5
    )
    alone = AloneQuota(shared.limit.part(0.5 / shared.processes))
    scripts = RedisScripts(SecretStr(shared.url), timeout_seconds=2)
    quota = SharedQuota(scripts, place, alone, lambda _: None)
    yield lambda: OurTurns(quota)
    await quota.close()


class PredecessorTurns:
    """Checked before the call, counted after it, set to nothing by each process' own clock."""

    def __init__(self, client: "Redis", limit: Limit) -> None:
        self.client = client
        self.limit = limit

    async def before(self, tokens: int) -> None:
        while True:
            requests, used = [int(value or 0) for value in await self.client.mget(["rpm", "tpm"])]
            if requests < self.limit.requests and used + tokens <= self.limit.tokens:
                return
            await asyncio.sleep(self.limit.window_seconds)

    async def after(self, tokens: int) -> None:
        await self.client.incrby("rpm", 1)
        await self.client.incrby("tpm", tokens)


@asynccontextmanager
async def predecessor(shared: Shared) -> AsyncIterator[Callable[[], Turns]]:
    from redis.asyncio import Redis

    client = Redis.from_url(shared.url)

    async def reset() -> None:
        await asyncio.sleep(random.uniform(0, shared.limit.window_seconds))
        while True:
            await client.mset({"rpm": 0, "tpm": 0})
            await asyncio.sleep(shared.limit.window_seconds)

    timer = asyncio.create_task(reset())
    yield lambda: PredecessorTurns(client, shared.limit)
    timer.cancel()
    await client.aclose()


class LibraryTurns:
    """hit: takes so much of a limit by its name and answers 0, or after how many seconds to ask again."""

    def __init__(self, hit: Callable[[str, int], Awaitable[float]]) -> None:
        self.hit = hit

    async def before(self, tokens: int) -> None:
        """One limit after the other: neither library takes of both at once, or gives one back."""
        for name, amount in (("requests", 1), ("tokens", tokens)):
            while seconds := await self.hit(name, amount):  # noqa: ASYNC110 (it says when)
                await asyncio.sleep(seconds * random.uniform(1.0, 1.3))

    async def after(self, tokens: int) -> None:
        """Neither can be told."""


@asynccontextmanager
async def by_limits(shared: Shared) -> AsyncIterator[Callable[[], Turns]]:
    """`limits`, sliding window counter: of its strategies the one that came closest."""
    from limits import RateLimitItemPerSecond
    from limits.aio.storage import RedisStorage
    from limits.aio.strategies import SlidingWindowCounterRateLimiter

    storage = RedisStorage(
        f"async+redis+{shared.url}",
        implementation="redispy",
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
    )
    limiter = SlidingWindowCounterRateLimiter(storage)
    seconds = round(shared.limit.window_seconds)
    items = {
        "requests": RateLimitItemPerSecond(shared.limit.requests, seconds),
        "tokens": RateLimitItemPerSecond(shared.limit.tokens, seconds),
    }

    async def hit(name: str, amount: int) -> float:
        return 0.0 if await limiter.hit(items[name], name, cost=amount) else RETRY_SECONDS

    yield lambda: LibraryTurns(hit)


@asynccontextmanager
async def by_throttled(shared: Shared) -> AsyncIterator[Callable[[], Turns]]:
    """`throttled-py`, GCRA with a burst of 2 %: with one of the whole limit twice of it gets in."""
    from throttled.asyncio import RedisStore, Throttled, rate_limiter

    patience = {"SOCKET_TIMEOUT": PATIENCE_SECONDS, "SOCKET_CONNECT_TIMEOUT": PATIENCE_SECONDS}
    store = RedisStore(server=shared.url, options=patience)
    period = timedelta(seconds=shared.limit.window_seconds)

    def throttle(name: str, most: int) -> Throttled:
        quota = rate_limiter.per_duration(period, most, burst=max(1, most // 50))
        return Throttled(key=name, using="gcra", quota=quota, store=store)

    throttles = {
        "requests": throttle("requests", shared.limit.requests),
        "tokens": throttle("tokens", shared.limit.tokens),
    }

    async def hit(name: str, amount: int) -> float:
        result = await throttles[name].limit(cost=amount)
        return max(float(result.state.retry_after), RETRY_SECONDS) if result.limited else 0.0

    yield lambda: LibraryTurns(hit)


OPENINGS: Mapping[str, Opening] = MappingProxyType(
    {"ours": ours, "predecessor": predecessor, "limits": by_limits, "throttled-py": by_throttled}
)
