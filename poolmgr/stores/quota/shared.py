"""The limit that every process of every machine keeps to, in Redis and on its clock: no other one matters."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from uuid import uuid4

from poolmgr.domain.errors import PoolError, StoreError, StoreUnreachable
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.quota import PACIFIC, Asker, Grant, Limit, Quota, Refusal, Standing, Usage, next_day
from poolmgr.stores.quota.alone import JITTER_SECONDS, LEAST_PAUSE_SECONDS, AloneQuota, day_spent
from poolmgr.stores.redis import RedisScripts

SCRIPT = resources.files(__package__).joinpath("limit.lua").read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a limit is kept, and who shares it: machines that use one Google project, for one model.

    environments: in rank. others_percent: of the calls, for each later one while it waits.
    """

    project: str
    model: str
    limit: Limit
    environments: Sequence[EnvironmentName]
    others_percent: int

    @property
    def keys(self) -> list[str]:
        """One hash tag: a cluster keeps them together."""
        tag = f"gemini:{{{self.project}:{self.model}}}"
        named = [f"{tag}:{name}" for name in ("state", "log", "calls", "stopped", "present")]
        return named + [f"{tag}:waiting:{name}" for name in self.environments]

    def rank(self, environment: EnvironmentName) -> int:
        """From 1; one that is not named comes with the last."""
        names = list(self.environments)
        return names.index(environment) + 1 if environment in names else len(names)

    def arguments(self, word: str, *more: str | float) -> list[str | float]:
        limit = self.limit
        shares = (limit.window_seconds, limit.requests, limit.tokens, self.others_percent)
        return [word, *shares, limit.ahead_seconds, *more]


class SharedQuota(Quota):
    """`Quota` in a Redis or Valkey; without an answer each process keeps to `alone`, and says so once.

    It is then asked again every `ahead_seconds`. Back and empty, it lets nobody go for three times that long:
    what was granted before, and without it, is over by then.

    say: hears the error when Redis is lost, "" when it is back.
    """

    def __init__(
        self, scripts: RedisScripts, place: Place, alone: AloneQuota, say: Callable[[str], None]
    ) -> None:
        self.scripts = scripts
        self.place = place
        self.alone = alone
        self.say = say
        self.ask_again_at = 0.0
        self.is_lost = False

    async def reserve(self, asker: Asker, tokens: int) -> Grant:
        self.place.limit.check(tokens)
        rank = self.place.rank(asker.environment)
        call = uuid4().hex
        while True:
            try:
                word, seconds = await self.asked("reserve", call, rank, asker.environment, tokens)
            except (StoreUnreachable, StoreError):
                if self.alone.seconds_to_turn <= self.place.limit.ahead_seconds:
                    return await self.alone.reserve(asker, tokens)
                word, seconds = "again", self.place.limit.ahead_seconds
            if word == "stopped":
                raise day_spent(seconds)
            await asyncio.sleep(seconds)
            if word == "go":
                return Grant(id=call, asker=asker, tokens=tokens)

    async def asked(self, word: str, *more: str | float) -> tuple[str, float]:
        answer = await self.run(word, *more)
        if not isinstance(answer, list) or len(answer) != 2:
            raise StoreError(f"The limit's script answered {answer!r}.")
        return answer[0].decode(), float(answer[1])

    async def settle(self, grant: Grant, usage: Usage | None) -> None:
        """Never fails: a call that Redis does not hear of counts as its estimate."""
        await self.alone.settle(grant, usage)
        tokens = "" if usage is None else usage.input
        await self.told("settle", grant.id, tokens, "" if usage is None else "1")

    async def refused(self, refusal: Refusal) -> None:
        """Never fails: at least this process keeps the pause."""
        await self.alone.refused(refusal)
        if refusal.window == "day":
            await self.stop()
            return
        seconds = max(refusal.retry_seconds or 0.0, LEAST_PAUSE_SECONDS)
        await self.told("refused", refusal.window, seconds, random.uniform(0, JITTER_SECONDS))

    async def stop(self) -> None:
        """Until midnight Pacific, reckoned from Redis' clock."""
        try:
            now = datetime.fromtimestamp((await self.looked())[0], UTC)
        except (StoreUnreachable, StoreError):
            return
        await self.told("stop", next_day(now, PACIFIC).timestamp())

    async def standing(self) -> Standing:
        """Raises StoreUnreachable, StoreError."""
        now, requests, tokens, factor, paused_until, stopped_until, *waiting = await self.looked()
        return Standing(
            model=self.place.model,
            limit=self.place.limit,
            requests=int(requests),
            tokens=int(tokens),
            factor=factor,
            paused_seconds=max(0.0, paused_until - now),
            stopped_seconds=max(0.0, stopped_until - now),
            waiting=dict(zip(self.place.environments, map(int, waiting), strict=True)),
        )

    async def looked(self) -> list[float]:
        answer = await self.run("look")
        if not isinstance(answer, list):
            raise StoreError(f"The limit's script answered {answer!r}.")
        return [float(one) for one in answer]

    async def told(self, word: str, *more: str | float) -> None:
        try:
            await self.run(word, *more)
        except (StoreUnreachable, StoreError):
            return

    async def run(self, word: str, *more: str | float) -> object:
        """Raises StoreUnreachable at once while Redis is left alone, StoreError."""
        if time.monotonic() < self.ask_again_at:
            raise StoreUnreachable("Redis gave no answer a moment ago.")
        try:
            answer = await self.scripts.run(SCRIPT, self.place.keys, self.place.arguments(word, *more))
        except (StoreUnreachable, StoreError) as error:
            self.lost(error)
            raise
        if self.is_lost:
            self.is_lost = False
            self.say("")
        return answer

    def lost(self, error: PoolError) -> None:
        self.ask_again_at = time.monotonic() + self.place.limit.ahead_seconds
        if not self.is_lost:
            self.is_lost = True
            self.alone.begin_after(
                self.place.limit.ahead_seconds
            )  # what Redis granted is on its way till then
            self.say(str(error))

    async def close(self) -> None:
        await self.scripts.close()
