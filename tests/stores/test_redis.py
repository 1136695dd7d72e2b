"""What people read in Redis about the pools that share it."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from poolmgr.domain.errors import StoreUnreachable
from poolmgr.domain.json import JsonObject
from poolmgr.domain.json import number as number_of
from poolmgr.domain.quota import Limit, Standing
from poolmgr.local import accounts, sockets, valkey
from poolmgr.stores.redis import FORGOTTEN_MILLISECONDS, RedisShow
from tests.clusters import VALKEY

SECONDS = 20.0
STARTED = 1_764_126_000_000
"""Long ago."""
HASHES = ("server:workers", "worker_pool:assignments", "gemini:workers")


@pytest.fixture
def server(open_folder: Path) -> Iterator[valkey.Server]:
    account = accounts.choose(open_folder / "valkey")
    place = sockets.prepare(open_folder / "sockets", account)
    made = valkey.Server(folder=open_folder / "valkey", sockets=place, account=account)
    valkey.start(made, VALKEY, timeout_seconds=SECONDS)
    yield made
    valkey.stop(made.folder, timeout_seconds=SECONDS)


@pytest.fixture
def client(server: valkey.Server) -> Iterator[redis.Redis]:
    opened = redis.Redis.from_url(server.url, decode_responses=True)
    yield opened
    opened.close()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[RedisShow]:
    show = RedisShow(SecretStr(url), timeout_seconds=2)
    try:
        yield show
    finally:
        await show.close()


COSTS = {"land": (3.0, 1.0), "ocr_index": (1.5, 0.75), "ocr_acte": (1.0, 0.5)}


def worker(name: str, claims: str, status: str = "busy") -> JsonObject:
    cpu, ram = COSTS[claims]
    return {
        "cpu": cpu,
        "ram_gb": ram,
        "worker_id": name,
        "status": status,
        "claims": [claims],
        "started_ms": STARTED,
        "environment": "prod",
    }


def read(client: redis.Redis, key: str) -> dict[str, JsonObject]:
    members = client.hgetall(key)
    assert isinstance(members, dict)
    return {str(name): json.loads(text) for name, text in members.items()}


def number(client: redis.Redis, key: str) -> float:
    return float(str(client.get(key)))


async def test_workers_are_shown_as_older_tools_read_them(server: valkey.Server, client: redis.Redis) -> None:
    async with opened(server.url) as show:
        rows = [worker("r1", "land"), worker("i1", "ocr_index"), worker("a1", "ocr_acte")]
        await show.show(rows, "more indexes wait")
    servers, readers = read(client, "server:workers"), read(client, "gemini:workers")
    assert {name: (one["type"], one["cpu"], one["ram"]) for name, one in servers.items()} == {
        "r1": ("registre", 3, 1),
        "i1": ("index-ocr", 1.5, 0.75),
        "a1": ("acte-ocr", 1, 0.5),
    }
    assert servers["r1"]["startedAt"] == STARTED
    assert (readers["i1"]["type"], readers["i1"]["environment"]) == ("index", "prod")
    assert set(readers) == {"i1", "a1"}
    assert number(client, "server:cpu:allocated") == 5.5
    assert number(client, "server:ram:allocated") == 2.25
    assert json.loads(str(client.get("worker_pool:allocation"))) == {
        "indexWorkers": 1,
        "acteWorkers": 1,
        "totalWorkers": 2,
        "reason": "more indexes wait",
    }
    assert read(client, "worker_pool:assignments")["a1"]["assignedMode"] == "acte"
    assert -1 not in [client.ttl(key) for key in client.scan_iter()]


async def test_one_that_reads_both_is_shown_as_an_index(server: valkey.Server, client: redis.Redis) -> None:
    async with opened(server.url) as show:
        await show.show([worker("o1", "ocr_index") | {"claims": ["ocr_index", "ocr_acte"]}])
    assert json.loads(str(client.get("worker_pool:allocation")))["indexWorkers"] == 1
    assert read(client, "worker_pool:assignments")["o1"]["assignedMode"] == "index"


async def test_a_worker_that_left_or_died_is_taken_out_and_those_of_other_hosts_stay(
    server: valkey.Server, client: redis.Redis
) -> None:
    async with opened(server.url) as here, opened(server.url) as there:
        await here.show([worker("h1", "ocr_index"), worker("h2", "ocr_index"), worker("h3", "land")])
        await there.show([worker("t1", "ocr_acte")])
        await here.show([worker("h1", "ocr_index", "offline"), worker("h2", "ocr_index", "offline")])
    assert set(read(client, "server:workers")) == {"h3", "t1"}
    assert set(read(client, "worker_pool:assignments")) == {"t1"}
    assert number(client, "server:cpu:allocated") == 4


async def test_a_host_that_fell_silent_is_forgotten_and_nonsense_too(
    server: valkey.Server, client: redis.Redis
) -> None:
    async with opened(server.url) as show:
        await show.show([worker("old", "ocr_index")])
        moment = number_of(read(client, "gemini:workers")["old"], "lastHeartbeat")
        stale = {"workerId": "old", "lastHeartbeat": moment - FORGOTTEN_MILLISECONDS - 1}
        for key in HASHES:
            client.hset(key, "old", json.dumps(stale))
            client.hset(key, "nonsense", "no json")
        await show.show([worker("new", "ocr_index")])
    for key in HASHES:
        assert set(read(client, key)) == {"new"}, key


async def test_a_worker_that_takes_no_jobs_is_still_there(server: valkey.Server, client: redis.Redis) -> None:
    async with opened(server.url) as show:
        await show.show([worker("w", "land", "error")])
    assert set(read(client, "server:workers")) == {"w"}


async def test_redis_away_is_unreachable_and_shows_no_password() -> None:
    async with opened("redis://:s3cret@127.0.0.1:9/0") as show:
        with pytest.raises(StoreUnreachable) as raised:
            await show.show([worker("w", "land")])
    assert "s3cret" not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_without_workers_nothing_is_left(server: valkey.Server, client: redis.Redis) -> None:
    async with opened(server.url) as show:
        await show.show([])
    assert client.exists("server:workers", "gemini:workers") == 0


async def test_the_use_of_the_limits_is_shown_as_older_tools_read_it_and_with_more(
    server: valkey.Server, client: redis.Redis
) -> None:
    limit = Limit(requests=1600, tokens=6_400_000)
    first = Standing(
        model="flash",
        limit=limit,
        requests=1200,
        tokens=2_500_000,
        factor=0.8,
        paused_seconds=1.5,
        stopped_seconds=0,
        waiting={"prod": 3},
    )
    async with opened(server.url) as show:
        await show.show_use([first, replace(first, model="pro", requests=100, tokens=500_000)])
    assert (number(client, "gemini:rpm:current"), number(client, "gemini:tpm:current")) == (1300, 3_000_000)
    told = json.loads(str(client.get("gemini:limits")))
    assert [(one["model"], one["requests_limit"], one["waiting"]) for one in told] == [
        ("flash", 1280, {"prod": 3}),
        ("pro", 1280, {"prod": 3}),
    ]
    assert number(client, "gemini:last_reset") > STARTED
    assert -1 not in [client.ttl(key) for key in client.scan_iter()]
