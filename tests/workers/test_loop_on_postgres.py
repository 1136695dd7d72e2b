"""The loop against real databases: what counts is what stands in their rows."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import cycle

import psycopg

from poolmgr.config.settings import QueueSettings
from poolmgr.domain.errors import StoreUnreachable
from poolmgr.domain.jobs import Claim, EnvironmentName
from poolmgr.domain.json import JsonObject
from poolmgr.domain.outcomes import Done, Outcome
from poolmgr.domain.ports import Documents
from poolmgr.stores.postgres import PostgresDatabase
from poolmgr.stores.queue import DatabaseQueue
from poolmgr.workers.child import DRAINED, Maker
from poolmgr.workers.jobs import Environment
from poolmgr.workers.loop import Loop, LoopClocks
from poolmgr.workers.pipe import Pipe
from tests.blackholes import blackhole
from tests.clusters import Cluster, Database
from tests.waiting import until
from tests.workers.forks import forked
from tests.workers.queues import DocumentsInMemory
from tests.workers.stage import CLOCKS, Slow, read_at_once, show

SETTINGS = QueueSettings(lease_seconds=30, renew_seconds=0.1, self_fence_seconds=5, call_timeout_seconds=2)
PATIENT = replace(CLOCKS, lease=replace(CLOCKS.lease, renew=0.1, answer=2.0))


class LossyDatabase(PostgresDatabase):
    """Every third call of these functions is done, and its reply is lost."""

    losses = cycle([False, False, True])

    async def call(self, function: str, arguments: JsonObject) -> list[JsonObject]:
        rows = await super().call(function, arguments)
        if function in ("pool_claim", "pool_settle", "pool_renew") and next(self.losses):
            raise StoreUnreachable(f"the reply of {function} was lost")
        return rows


@asynccontextmanager
async def opened(
    url: str, name: str = "dev", *, lossy: bool = False, seconds: float = SETTINGS.call_timeout_seconds
) -> AsyncIterator[DatabaseQueue]:
    opening = LossyDatabase if lossy else PostgresDatabase
    database = opening(url, call_timeout_seconds=seconds, connections=4)
    try:
        yield DatabaseQueue(database, EnvironmentName(name), SETTINGS)
    finally:
        await database.close()


def add_documents(product: psycopg.Connection, how_many: int) -> None:
    product.execute(
        "insert into public.extraction_queue (document_source, document_number, status_id, supabase_path) "
        "select 'index', n::text, 3, 'index/' || n || '.pdf' from generate_series(1, %s) n",
        [how_many],
    )


def statuses(product: psycopg.Connection) -> Counter[int]:
    rows = product.execute("select status_id from public.extraction_queue").fetchall()
    return Counter(status for (status,) in rows)


def leases(product: psycopg.Connection) -> list[tuple[str | None, int]]:
    return product.execute(
        "select outcome, count(*) from public.pool_leases group by 1 order by 1"
    ).fetchall()


def tries(product: psycopg.Connection) -> int:
    row = product.execute("select sum(ocr_attempts)::int from public.extraction_queue").fetchone()
    assert row is not None
    return int(row[0])


async def test_over_a_line_that_loses_replies_each_row_is_claimed_and_done_once(
    database: Database,
) -> None:
    product = database.connect()
    add_documents(product, 16)
    async with (
        opened(database.url, lossy=True) as queue,
        show(queue, work=read_at_once, jobs_at_once=4, clocks=PATIENT) as stage,
    ):
        await stage.parent.hears("settled", 16)
    assert statuses(product) == {5: 16}
    assert leases(product) == [("done", 16)]


async def test_at_the_drain_deadline_rows_wait_again_with_every_attempt_returned(
    any_database: Database,
) -> None:
    product = any_database.connect()
    add_documents(product, 3)
    work = Slow()
    async with (
        opened(any_database.url) as queue,
        show(queue, work=work, jobs_at_once=2, clocks=PATIENT) as stage,
    ):
        await work.has_begun(2)
        stage.loop.hear({"word": "drain", "deadline_seconds": 0.05})
        assert await stage.ends() == DRAINED
    assert statuses(product) == {3: 3}
    assert leases(product) == [("released", 2)]
    assert tries(product) == 0


async def test_a_row_that_a_person_cancelled_is_not_written_by_its_worker(any_database: Database) -> None:
    product = any_database.connect()
    add_documents(product, 1)
    work = Slow()
    async with opened(any_database.url) as queue, show(queue, work=work, clocks=PATIENT) as stage:
        await work.has_begun()
        product.execute("update public.extraction_queue set status_id = 4, ocr_error = 'no longer wanted'")
        (lost,) = await stage.parent.hears_of("job.lost")
    assert lost["reason"] == "cancelled"
    assert product.execute(
        "select status_id, ocr_error, file_content from public.extraction_queue"
    ).fetchall() == [(4, "no longer wanted", None)]


async def test_text_the_database_refuses_is_given_up_once(any_database: Database) -> None:
    async def work(claim: Claim, documents: Documents) -> Outcome:
        return Done(result={"file_content": "a\0b"})

    product = any_database.connect()
    add_documents(product, 1)
    async with opened(any_database.url) as queue, show(queue, work=work, clocks=PATIENT) as stage:
        await stage.parent.hears("settled")
    assert statuses(product) == {4: 1}


async def test_one_of_two_databases_frozen_stops_neither_the_other_nor_a_stop(
    private_cluster: Cluster, any_database: Database
) -> None:
    frozen, alive = private_cluster.create_database(), any_database.connect()
    add_documents(alive, 10)
    quick = replace(PATIENT, lease=replace(PATIENT.lease, answer=0.3))
    private_cluster.freeze()
    async with (
        opened(frozen.url, "prod") as prod,
        opened(any_database.url, "dev") as dev,
        show(prod, dev, work=read_at_once, clocks=quick) as stage,
    ):
        await stage.parent.hears("settled", 10)
        stage.loop.hear({"word": "stop"})
        assert await stage.ends(3 * CLOCKS.stop) == DRAINED
        private_cluster.thaw()
    assert statuses(alive) == {5: 10}


async def test_the_jobs_of_two_databases_are_done_while_a_third_is_still_silent(
    any_database: Database, other_database: Database
) -> None:
    products = [any_database.connect(), other_database.connect()]
    for product in products:
        add_documents(product, 10)
    silent = replace(PATIENT, lease=replace(PATIENT.lease, answer=60.0))
    with blackhole() as url:
        async with (
            opened(url, "prod", seconds=60) as prod,
            opened(other_database.url, "staging") as staging,
            opened(any_database.url) as dev,
            show(prod, staging, dev, work=read_at_once, jobs_at_once=2, clocks=silent) as stage,
        ):
            await stage.parent.hears("settled", 20)
            assert not stage.parent.events("claim.unanswered"), "it is not given up yet"
            stage.loop.hear({"word": "drain", "deadline_seconds": 60})
            assert await stage.ends() == DRAINED
            assert not stage.parent.events("claim.unanswered"), "nobody waited for it"
    assert [statuses(product) for product in products] == [{5: 10}, {5: 10}]


async def test_a_database_that_freezes_with_a_job_in_hand_gets_its_outcome_when_it_is_back(
    private_cluster: Cluster,
) -> None:
    own = private_cluster.create_database()
    product = own.connect()
    add_documents(product, 1)
    work = Slow()
    quick = replace(PATIENT, lease=replace(PATIENT.lease, answer=0.3, self_fence=20))
    async with opened(own.url) as queue, show(queue, work=work, clocks=quick) as stage:
        await work.has_begun()
        private_cluster.freeze()
        work.go_on.set()
        await stage.parent.hears_of("settle.unanswered")
        private_cluster.thaw()
        (settled,) = await stage.parent.hears("settled")
    assert settled["outcome"] == "done"
    assert statuses(product) == {5: 1}
    assert leases(product) == [("done", 1)]


def test_a_child_stopped_past_its_fence_leaves_the_row_to_the_rescue(any_database: Database) -> None:
    product = any_database.connect()
    add_documents(product, 1)
    fence = replace(PATIENT, lease=replace(PATIENT.lease, renew=60, self_fence=0.6))
    with forked(reading_slowly(any_database.url, fence)) as child:
        child.waits_for("claimed")
        child.kill(signal.SIGSTOP)
        deadline = time.monotonic() + 0.8
        until(lambda: time.monotonic() > deadline)
        child.kill(signal.SIGCONT)
        child.waits_for("settled")
        assert child.parent.heard("settled")[0]["outcome"] == "lost"
    assert statuses(product) == {6: 1}
    assert leases(product) == [(None, 1)]


def reading_slowly(url: str, clocks: LoopClocks) -> Maker:
    async def work(claim: Claim, documents: Documents) -> Outcome:
        await asyncio.Event().wait()  # until it is stopped
        return Done(result={"file_content": "read"})

    def make(pipe: Pipe) -> Loop:
        database = PostgresDatabase(url, call_timeout_seconds=2, connections=2)
        queue = DatabaseQueue(database, EnvironmentName("dev"), SETTINGS)
        return Loop(
            [Environment(queue=queue, documents=DocumentsInMemory())],
            worker="worker-1",
            host="here",
            claims=["ocr_index"],
            jobs_at_once=1,
            work=work,
            clocks=clocks,
            pipe=pipe,
        )

    return make
