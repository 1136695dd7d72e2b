"""Ways of taking a job and finishing it, each as its authors do it. All write the same small text."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeAlias
from uuid import uuid4

import orjson
import procrastinate
import psycopg
from postgrest.types import ReturnMethod
from procrastinate.jobs import Status
from psycopg.rows import TupleRow
from supabase import AsyncClient

from bench import rest
from poolmgr.config.settings import QueueSettings
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import JsonObject, whole
from poolmgr.domain.outcomes import Done, as_json
from poolmgr.stores.postgres import PostgresDatabase
from poolmgr.stores.postgrest import PostgrestDatabase
from poolmgr.stores.project import close
from poolmgr.stores.queue import DatabaseQueue

TEXT = "Devant Maître Hélène Côté, notaire à Québec, comparaît le vendeur du lot 1 234 567. " * 4
OUTCOME = Done(result={"file_content": TEXT, "pages": []})
LEASE_SECONDS = 90
CANDIDATES = 10
COLUMNS = ("id", "ocr_attempts", "ocr_max_attempts", "supabase_path", "document_number")
SETTINGS = QueueSettings()

Jobs: TypeAlias = AsyncGenerator[bool, None]
"""True for a job taken and finished, False for a try that found work and got none; ends with the work.

The first step comes before any job: connected, and nothing taken. Its value says nothing.
"""
Rival: TypeAlias = Callable[[str, str, int], Jobs]
"""Of an address (a database's, or PostgREST's over rest), a worker's name and a batch."""


def ours(url: str, worker: str, batch: int) -> Jobs:
    """The product's own store, as an OCR child uses it: time-outs, retries and all."""
    database = PostgresDatabase(url, call_timeout_seconds=SETTINGS.call_timeout_seconds, connections=1)
    return by_our_store(database, worker, batch)


def ours_over_rest(url: str, worker: str, batch: int) -> Jobs:
    """The same over PostgREST, at this address."""
    database = PostgrestDatabase(
        rest.project(url), call_timeout_seconds=SETTINGS.call_timeout_seconds, connections=1
    )
    return by_our_store(database, worker, batch)


async def by_our_store(database: PostgresDatabase | PostgrestDatabase, worker: str, batch: int) -> Jobs:
    queue = DatabaseQueue(database, EnvironmentName("bench"), SETTINGS)
    try:
        await queue.depths("bench")
        yield False
        while claims := await queue.claim(str(uuid4()), ["ocr_index"], worker, "bench", batch):
            for answer in await asyncio.gather(*(queue.settle(claim, OUTCOME) for claim in claims)):
                yield answer == "applied"
    finally:
        await database.close()


async def functions(url: str, worker: str, batch: int) -> Jobs:
    """Our SQL functions without our client: no time-out, no retry, one statement after the other."""
    outcome = orjson.dumps(as_json(OUTCOME)).decode()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set role service_role")
        yield False
        claim = "select token::text from public.pool_claim(%s, '{ocr_index}', %s, 'bench', %s, %s)"
        while rows := connection.execute(claim, (uuid4(), worker, batch, LEASE_SECONDS)).fetchall():
            for (token,) in rows:
                answer = connection.execute("select public.pool_settle(%s, %s)", (token, outcome)).fetchone()
                yield answer == ("applied",)


async def predecessor(url: str, worker: str, batch: int) -> Jobs:
    """The oldest of ten with a try left; an update that hopes it still waits; a write by id alone."""
    assert batch == 1
    with psycopg.connect(url, autocommit=True) as connection:
        yield False
        while candidates := looked_at(connection):
            chosen = next((one for one in candidates if (one[1] or 0) < (one[2] or 3)), None)
            if chosen is None:
                return
            row_id, tries = chosen[:2]
            claimed = connection.execute(
                "update public.extraction_queue set status_id = 6, ocr_worker_id = %s, ocr_started_at = now()"
                " where id = %s and status_id = 3 returning id",
                (worker, row_id),
            ).fetchone()
            if claimed is not None:
                connection.execute(
                    "update public.extraction_queue set status_id = 5, file_content = %s,"
                    " ocr_completed_at = now(), ocr_attempts = %s where id = %s",
                    (TEXT, (tries or 0) + 1, row_id),
                )
            yield claimed is not None


def looked_at(connection: "psycopg.Connection[TupleRow]") -> list[TupleRow]:
    return connection.execute(
        "select id, ocr_attempts, ocr_max_attempts, supabase_path, document_number"
        " from public.extraction_queue where status_id = 3 and document_source = 'index'"
        " and supabase_path is not null order by created_at limit %s",
        (CANDIDATES,),
    ).fetchall()


async def predecessor_over_rest(url: str, worker: str, batch: int) -> Jobs:
    """The same over PostgREST, as it spoke to it; it asks for no more of a row than it needs."""
    assert batch == 1
    client = rest.project(url).client(connections=1)
    try:
        await looked_at_over_rest(client, 1)
        yield False
        while candidates := await looked_at_over_rest(client, CANDIDATES):
            chosen = next((one for one in candidates if has_a_try_left(one)), None)
            if chosen is None:
                return
            queue, now = client.table("extraction_queue"), datetime.now(UTC).isoformat()
            claim: JsonObject = {"status_id": 6, "ocr_worker_id": worker, "ocr_started_at": now}
            claimed = (
                await queue.update(claim).eq("id", chosen["id"]).eq("status_id", 3).select("id").execute()
            )
            if claimed.data:
                done: JsonObject = {
                    "status_id": 5,
                    "file_content": TEXT,
                    "ocr_completed_at": now,
                    "ocr_attempts": whole(chosen, "ocr_attempts") + 1,
                }
                written = queue.update(done, returning=ReturnMethod.minimal)
                await written.eq("id", chosen["id"]).execute()
            yield bool(claimed.data)
    finally:
        await close(client)


async def looked_at_over_rest(client: AsyncClient, how_many: int) -> list[JsonObject]:
    query = (
        client.table("extraction_queue").select(*COLUMNS).eq("status_id", 3).eq("document_source", "index")
    )
    found = await query.not_.is_("supabase_path", "null").order("created_at").limit(how_many).execute()
    return [row for row in found.data if isinstance(row, dict)]


def has_a_try_left(row: JsonObject) -> bool:
    return whole(row, "ocr_attempts") < (whole(row, "ocr_max_attempts") or 3)


async def by_procrastinate(url: str, worker: str, batch: int) -> Jobs:
    """The job manager behind procrastinate's worker, over its own pool; it has no text to write."""
    assert batch == 1
    connector = procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=1, name=worker)
    async with procrastinate.App(connector=connector).open_async() as app:
        manager = app.job_manager
        worker_id = await manager.register_worker()
        yield False
        while job := await manager.fetch_job(queues=None, worker_id=worker_id):
            await manager.finish_job(job, status=Status.SUCCEEDED, delete_job=False)
            yield True


RIVALS: Mapping[str, Rival] = MappingProxyType(
    {
        "ours": ours,
        "functions": functions,
        "predecessor": predecessor,
        "procrastinate": by_procrastinate,
        "ours over rest": ours_over_rest,
        "predecessor over rest": predecessor_over_rest,
    }
)
