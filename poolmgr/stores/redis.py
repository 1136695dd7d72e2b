"""What Redis shows of the pools that share it. It is shown, never read back: nothing depends on it.

Keys that older tools read: hashes `server:workers`, `worker_pool:assignments`, `gemini:workers` (worker id
-> JSON, times in milliseconds), `server:cpu:allocated` (vCPU), `server:ram:allocated` (GB) and the JSON
`worker_pool:allocation`; `gemini:rpm:current`, `gemini:tpm:current` and `gemini:last_reset`: requests and
input tokens of the last minute, and when that began (milliseconds); the JSON `gemini:limits` says more.
Each call forgets workers that were not shown for a while, whichever host they were on, and every key
goes by itself when nobody shows anything any more.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING

import orjson
from pydantic import SecretStr

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.domain.json import JsonObject, number, strings, text
from poolmgr.domain.ports import Show
from poolmgr.domain.quota import Standing

if TYPE_CHECKING:
    from redis.asyncio import Redis

FORGOTTEN_MILLISECONDS = 30_000
KEPT_SECONDS = 60
USE_SCRIPT = """
for i = 2, #ARGV, 2 do redis.call('SET', ARGV[i], ARGV[i + 1], 'EX', ARGV[1]) end
redis.call('SET', 'gemini:last_reset', (redis.call('TIME')[1] - 60) * 1000, 'EX', ARGV[1])
"""
MOST_AT_ONCE = 4
SCRIPT = resources.files(__package__).joinpath("show.lua").read_text(encoding="utf-8")


class RedisScripts:
    """Runs Lua scripts in a Redis or Valkey, a few at a time. Nothing is opened before the first call."""

    def __init__(self, url: SecretStr, *, timeout_seconds: float) -> None:
        self.url = url
        self.timeout_seconds = timeout_seconds
        self.client: Redis | None = None
        self.turns = asyncio.Semaphore(MOST_AT_ONCE)

    async def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | float]) -> object:
        """What it returns, texts as bytes. Raises StoreUnreachable, StoreError, without the address."""
        from redis.exceptions import RedisError, ResponseError

        try:
            async with asyncio.timeout(self.timeout_seconds), self.turns:
                return await self.evaluated(script, keys, arguments)
        except TimeoutError:
            raise StoreUnreachable(f"Redis gave no answer within {self.timeout_seconds:g} s.") from None
        except ResponseError as error:
            raise StoreError(f"Redis refused: {error}", advice="Redis 6 or newer, or Valkey.") from None
        except (RedisError, OSError, ValueError) as error:
            # Not chained: the library's errors may quote the address, password included.
            raise StoreUnreachable(f"Redis gave no answer: {type(error).__name__}.") from None

    async def evaluated(self, script: str, keys: Sequence[str], arguments: Sequence[str | float]) -> object:
        """By its digest; the whole text only when the server does not have it yet, or no more."""
        from redis.exceptions import NoScriptError

        digest = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        try:
            return await self.opened().evalsha(digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return await self.opened().eval(script, len(keys), *keys, *arguments)

    def opened(self) -> "Redis":
        if self.client is None:
            from redis.asyncio import Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff

            self.client = Redis.from_url(
                self.url.get_secret_value(),
                socket_timeout=self.timeout_seconds,
                socket_connect_timeout=self.timeout_seconds,
                retry=Retry(NoBackoff(), 0),
            )
        return self.client

    async def close(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            await client.aclose()


class RedisShow(Show):
    """`Show` in a Redis or Valkey."""

    def __init__(self, url: SecretStr, *, timeout_seconds: float) -> None:
        self.scripts = RedisScripts(url, timeout_seconds=timeout_seconds)

    async def show(self, workers: list[JsonObject], reason: str = "") -> None:
        """Rows as the parent tells them, with what each is counted with: cpu (vCPU), ram_gb.

        reason: why those that read are split so. Raises StoreUnreachable, StoreError, without the address."""
        told = orjson.dumps({**told_of(workers), "reason": reason}).decode()
        await self.scripts.run(SCRIPT, (), (told, FORGOTTEN_MILLISECONDS, KEPT_SECONDS))

    async def show_use(self, standings: Sequence[Standing]) -> None:
        """All models together, in the keys older tools read, and in what says more. Raises as `show`."""
        values = {
            "gemini:rpm:current": str(sum(one.requests for one in standings)),
            "gemini:tpm:current": str(sum(one.tokens for one in standings)),
            "gemini:limits": orjson.dumps([one.as_json() for one in standings]).decode(),
        }
        flat = [text for pair in values.items() for text in pair]
        await self.scripts.run(USE_SCRIPT, (), (KEPT_SECONDS, *flat))

    async def close(self) -> None:
        await self.scripts.close()


def told_of(workers: list[JsonObject]) -> JsonObject:
    """The three hashes' members; a worker that is offline is taken out of each."""
    readers = [worker for worker in workers if mode_of(worker) != "registre"]
    return {
        "workers": [booking(worker) for worker in workers],
        "assignments": [assignment(worker) for worker in readers],
        "readers": [reader(worker) for worker in readers],
    }


def mode_of(worker: JsonObject) -> str:
    """registre, index or acte. One that reads both is an index: older tools know no third mode."""
    first = next(iter(strings(worker, "claims")), "")
    return first.removeprefix("ocr_") if first.startswith("ocr_") else "registre"


def named(worker: JsonObject) -> JsonObject:
    """`gone` only of a worker that is: no value at all is the one that Lua takes for no."""
    gone: JsonObject = {"gone": True} if text(worker, "status") == "offline" else {}
    return {"workerId": text(worker, "worker_id")} | gone


def booking(worker: JsonObject) -> JsonObject:
    mode = mode_of(worker)
    kind = mode if mode == "registre" else f"{mode}-ocr"
    return named(worker) | {
        "type": kind,
        "cpu": number(worker, "cpu"),
        "ram": number(worker, "ram_gb"),
        "startedAt": worker.get("started_ms"),
    }


def assignment(worker: JsonObject) -> JsonObject:
    return named(worker) | {"assignedMode": mode_of(worker)}


def reader(worker: JsonObject) -> JsonObject:
    return named(worker) | {
        "type": mode_of(worker),
        "startedAt": worker.get("started_ms"),
        "environment": worker.get("environment"),
    }
