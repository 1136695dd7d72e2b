"""What Redis shows of the pools that share it. It is shown, never read back: nothing depends on it.

Keys that older tools read: the hashes `server:workers`, `worker_pool:assignments`, `gemini:workers` (worker id ->
JSON, times in milliseconds), `server:cpu:allocated` (vCPU), `server:ram:allocated` (GB) and the JSON
`worker_pool:allocation`. Each call forgets workers that were not shown for a while, whichever host they were on,
and every key goes by itself when nobody shows anything any more.
"""

import asyncio
from typing import TYPE_CHECKING

import orjson
from pydantic import SecretStr

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.domain.json import JsonObject, strings, text
from poolmgr.domain.ports import Show

if TYPE_CHECKING:
    from redis.asyncio import Redis

FORGOTTEN_MILLISECONDS = 30_000
KEPT_SECONDS = 60
# vCPU and GB a child is counted with until it is measured.
COSTS = {"registre": (3.0, 1.0), "index": (1.5, 0.75), "acte": (1.0, 0.5)}
# One call, on Redis' own clock; the sums are of live members, so that a dead host leaks nothing.
SCRIPT = """
local now = redis.call('TIME')
local moment = now[1] * 1000 + math.floor(now[2] / 1000)
local function put(key, workers)
  local known = redis.call('HGETALL', key)
  for place = 1, #known, 2 do
    local fits, worker = pcall(cjson.decode, known[place + 1])
    local seen = fits and type(worker) == 'table' and tonumber(worker.lastHeartbeat or worker.lastUpdated) or 0
    if moment - seen > tonumber(ARGV[2]) then redis.call('HDEL', key, known[place]) end
  end
  for _, worker in ipairs(workers) do
    if worker.gone then
      redis.call('HDEL', key, worker.workerId)
    else
      worker.lastHeartbeat = moment
      worker.lastUpdated = moment
      redis.call('HSET', key, worker.workerId, cjson.encode(worker))
    end
  end
  redis.call('EXPIRE', key, ARGV[3])
end
local told = cjson.decode(ARGV[1])
put('server:workers', told.workers)
put('worker_pool:assignments', told.assignments)
put('gemini:workers', told.readers)
local cpu, ram = 0, 0
for _, text in ipairs(redis.call('HVALS', 'server:workers')) do
  local worker = cjson.decode(text)
  cpu = cpu + (tonumber(worker.cpu) or 0)
  ram = ram + (tonumber(worker.ram) or 0)
end
local modes = { index = 0, acte = 0 }
for _, text in ipairs(redis.call('HVALS', 'worker_pool:assignments')) do
  local mode = cjson.decode(text).assignedMode
  if modes[mode] then modes[mode] = modes[mode] + 1 end
end
redis.call('SET', 'server:cpu:allocated', tostring(cpu), 'EX', ARGV[3])
redis.call('SET', 'server:ram:allocated', tostring(ram), 'EX', ARGV[3])
redis.call('SET', 'worker_pool:allocation', cjson.encode({ indexWorkers = modes.index, acteWorkers = modes.acte,
  totalWorkers = modes.index + modes.acte }), 'EX', ARGV[3])
return #told.workers
"""


class RedisShow(Show):
    """`Show` in a Redis or Valkey. Nothing is opened before the first call."""

    def __init__(self, url: SecretStr, *, timeout_seconds: float) -> None:
        self.url = url
        self.timeout_seconds = timeout_seconds
        self.client: Redis | None = None

    async def show(self, workers: list[JsonObject]) -> None:
        """Rows as the parent tells them. Raises StoreUnreachable, StoreError, without the address."""
        from redis.exceptions import RedisError, ResponseError

        told = orjson.dumps(told_of(workers)).decode()
        try:
            async with asyncio.timeout(self.timeout_seconds):
                await self.opened().eval(SCRIPT, 0, told, FORGOTTEN_MILLISECONDS, KEPT_SECONDS)
        except TimeoutError:
            raise StoreUnreachable(f"Redis gave no answer within {self.timeout_seconds:g} s.") from None
        except ResponseError as error:
            raise StoreError(f"Redis refused: {error}", advice="Redis 6 or newer, or Valkey.") from None
        except (RedisError, OSError, ValueError) as error:
            # Not chained: the library's errors may quote the address, password included.
            raise StoreUnreachable(f"Redis gave no answer: {type(error).__name__}.") from None

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


def told_of(workers: list[JsonObject]) -> JsonObject:
    """The three hashes' members; a worker that is offline is taken out of each."""
    readers = [worker for worker in workers if mode_of(worker) != "registre"]
    return {
        "workers": [booking(worker) for worker in workers],
        "assignments": [assignment(worker) for worker in readers],
        "readers": [reader(worker) for worker in readers],
    }


def mode_of(worker: JsonObject) -> str:
    """registre, index or acte."""
    first = next(iter(strings(worker, "claims")), "")
    return first.removeprefix("ocr_") if first.startswith("ocr_") else "registre"


def named(worker: JsonObject) -> JsonObject:
    return {"workerId": text(worker, "worker_id"), "gone": text(worker, "status") == "offline" or None}


def booking(worker: JsonObject) -> JsonObject:
    mode = mode_of(worker)
    cpu, ram = COSTS.get(mode, COSTS["registre"])
    kind = mode if mode == "registre" else f"{mode}-ocr"
    return named(worker) | {"type": kind, "cpu": cpu, "ram": ram, "startedAt": worker.get("started_ms")}


def assignment(worker: JsonObject) -> JsonObject:
    return named(worker) | {"assignedMode": mode_of(worker)}


def reader(worker: JsonObject) -> JsonObject:
    return named(worker) | {
        "type": mode_of(worker),
        "startedAt": worker.get("started_ms"),
        "environment": worker.get("environment"),
    }
