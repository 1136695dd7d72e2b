"""The scout against a real database, with its LISTEN."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from functools import partial

import psycopg

from poolmgr.config.settings import EnvironmentSettings, QueueSettings, Settings
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import Json, JsonObject, number, records, text
from poolmgr.stores.postgres import PostgresDatabase
from poolmgr.stores.queue import DatabaseQueue
from poolmgr.workers.child import DRAINED
from poolmgr.workers.environments import ScoutClocks, Watched, configuration, scout_clocks
from poolmgr.workers.scout import Scout
from tests.clusters import Cluster, Database
from tests.waiting import async_until
from tests.workers.stage import Parent, happened, line
from tests.workers.test_loop_on_postgres import add_documents, statuses

SETTINGS = Settings(queue=QueueSettings(max_attempts=4, call_timeout_seconds=2))
TODAY = date(2026, 11, 26)
CLOCKS = scout_clocks(SETTINGS)


@asynccontextmanager
async def scouting(url: str, clocks: ScoutClocks = CLOCKS) -> AsyncIterator[tuple[Scout, Parent]]:
    database = PostgresDatabase(url, call_timeout_seconds=2, connections=4)
    queue = DatabaseQueue(database, EnvironmentName("dev"), SETTINGS.queue)
    settled = partial(configuration, SETTINGS, EnvironmentSettings(ocr=True), TODAY)
    async with line() as (parent, pipe):
        watched = Watched(queue=queue, configuration=settled, listen=database.listen)
        scout = Scout([watched], host="here", clocks=clocks, pipe=pipe)
        ending = asyncio.create_task(scout.run())
        try:
            yield scout, parent
            scout.hear({"word": "drain", "deadline_seconds": 2})
            async with asyncio.timeout(5):
                assert await ending == DRAINED
        finally:
            await database.close()


def ready(parent: Parent, kind: str = "ocr_index") -> list[float]:
    """What the parent was told of a kind, look by look."""
    looks = [records(message, "depths") for message in parent.heard("depths")]
    return [number(depth, "ready") for look in looks for depth in look if text(depth, "kind") == kind]


def claim(product: psycopg.Connection, worker: str, how_many: int) -> None:
    product.execute(
        "select * from public.pool_claim(gen_random_uuid(), '{ocr_index}', %s, 'here', %s, 60)",
        [worker, how_many],
    )


async def test_the_functions_are_told_what_the_operator_wrote(any_database: Database) -> None:
    async with scouting(any_database.url) as (_, parent):
        (configured,) = await parent.hears_of("environment.configured")
    assert configured["environment"] == "dev"
    stored: dict[str, Json] = dict(
        any_database.connect().execute("select key, value from public.pool_settings").fetchall()
    )
    assert stored == configuration(SETTINGS, EnvironmentSettings(ocr=True), TODAY)


async def test_an_insert_is_seen_at_once_through_listen(any_database: Database) -> None:
    product = any_database.connect()
    async with scouting(any_database.url, replace(CLOCKS, depth=60, depth_idle=60)) as (_, parent):
        await parent.hears("depths")
        await async_until(lambda: happened(listens(product)), what="LISTEN")
        began = time.monotonic()
        add_documents(product, 2)
        await async_until(lambda: happened(ready(parent)[-1] == 2))
        assert time.monotonic() - began < 1


def listens(product: psycopg.Connection) -> bool:
    """Both LISTENs of the scout's own connection are in place when its proof has been sent."""
    found = product.execute(
        "select 1 from pg_stat_activity where query ilike 'notify%' and state = 'idle' "
        "and datname = current_database()"
    )
    return found.fetchone() is not None


async def test_a_dead_workers_claims_wait_again_and_a_crash_counts_a_try(any_database: Database) -> None:
    product = any_database.connect()
    add_documents(product, 2)
    claim(product, "worker-9", 2)
    async with scouting(any_database.url, replace(CLOCKS, release_repeat=0.05)) as (scout, parent):
        scout.hear({"word": "release", "worker": "worker-9", "reason": "killed", "crashed": True})
        (released,) = await parent.hears("released")
    assert released["count"] == 2
    assert statuses(product) == {3: 2}
    assert product.execute("select distinct ocr_attempts from public.extraction_queue").fetchall() == [(1,)]


async def test_a_lease_that_ran_out_is_rescued_and_said(any_database: Database) -> None:
    product = any_database.connect()
    add_documents(product, 1)
    claim(product, "worker-9", 1)
    product.execute("update public.pool_leases set expires_at = now()")
    async with scouting(any_database.url, replace(CLOCKS, rescue=0.02)) as (_, parent):
        (rescued,) = await parent.hears_of("job.rescued")
    assert (rescued["owner"], rescued["reason"]) == ("worker-9", "expired")
    assert statuses(product) == {3: 1}


async def test_worker_status_is_upserted_and_ends_offline_without_a_job(any_database: Database) -> None:
    job = "00000000-0000-0000-0000-000000000001"
    beat: JsonObject = {"worker_id": "worker-1", "status": "busy", "current_job_id": job, "jobs_completed": 3}
    gone = beat | {"status": "offline", "current_job_id": None, "jobs_failed": 1}
    product = any_database.connect()
    rows = "select status, current_job_id::text, jobs_completed, jobs_failed from public.worker_status"
    async with scouting(any_database.url) as (scout, _):
        scout.hear({"word": "workers", "workers": [beat]})
        await async_until(lambda: happened(product.execute(rows).fetchall() == [("busy", job, 3, 0)]))
        scout.hear({"word": "workers", "workers": [gone]})
    assert product.execute(rows).fetchall() == [("offline", None, 3, 1)]


async def test_a_database_that_restarts_is_an_outage_that_ends_by_itself(private_cluster: Cluster) -> None:
    own = private_cluster.create_database()
    async with scouting(own.url, replace(CLOCKS, depth=0.05)) as (_, parent):
        await parent.hears("depths")
        private_cluster.kill()
        await parent.hears("outage")
        private_cluster.start()
        outages = await parent.hears("outage", 2)
        assert outages[-1]["error"] == ""
        told = len(parent.heard("depths"))
        await parent.hears("depths", told + 1)
