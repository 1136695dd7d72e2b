"""Where the rivals' work lies: one database each, and in it a past."""

import asyncio

import procrastinate
import psycopg

from bench.server import Server

ROWS_A_SECOND = 2500
"""Filled in for each second of a race: more than any rival does on two cores."""

HISTORY = 5_000
"""Rows done before the first round."""


class Track:
    """Where a rival's work lies: filled anew before each race, the finished jobs kept as history."""

    def __init__(self, server: Server, name: str, url: str, clean: str, fill: str) -> None:
        self.name = name
        self.url = url
        self.clean = clean
        self.fill = fill
        self.superuser_url = server.superuser_url(name)

    def prepare(self, rows: int) -> None:
        """Vacuumed, analysed and checkpointed: no race pays for the one before it."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            for statement in self.clean.split(";"):
                connection.execute(statement.encode())
            connection.execute(self.fill.encode(), (rows,))
            connection.execute("vacuum analyze")
            connection.execute("checkpoint")

    def tidy(self) -> None:
        """As autovacuum leaves a queue that does in a day what a race does in a second."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute("vacuum analyze")


FILL = """
insert into public.extraction_queue (document_source, document_number, status_id, supabase_path, created_at)
select 'index', '1 234 567', 3, 'index/' || i || '.pdf', now() + i * interval '1 ms'
from generate_series(1, %s) i"""
PAST = """
insert into public.extraction_queue
  (document_source, document_number, status_id, supabase_path, file_content, created_at)
select 'index', '1 234 567', 5, 'index/' || i || '.pdf', 'texte ' || i, now() - i * interval '1 s'
from generate_series(1, %s) i"""
PAST_LEASES = """
insert into public.pool_leases
  (claim_id, kind, row_id, worker, host, claimed_at, expires_at, ended_at, outcome)
select gen_random_uuid(), 'ocr_index', q.id, 'bench', 'bench',
  q.created_at, q.created_at, q.created_at, 'done'
from public.extraction_queue q where q.status_id = 5"""
PAST_JOBS = """
insert into public.pool_jobs (kind, row_id, trail)
select 'ocr_index', q.id, jsonb_build_array(jsonb_build_object('outcome', 'done', 'worker', 'bench'))
from public.extraction_queue q where q.status_id = 5"""
WAITING = "delete from public.extraction_queue where status_id <> 5"
FILL_PROCRASTINATE = """
insert into procrastinate_jobs (queue_name, task_name, args)
select 'default', 'read', '{}' from generate_series(1, %s)"""


def tracks(server: Server) -> dict[str, Track]:
    """One database a rival; those of the product's tables with the same past."""
    theirs = server.empty("race_procrastinate")
    asyncio.run(apply_schema(theirs))
    own = own_track(server)
    return {
        "ours": own,
        "functions": own,
        "predecessor": predecessors_track(server),
        "procrastinate": Track(
            server,
            "race_procrastinate",
            theirs,
            "delete from procrastinate_jobs where status in ('todo', 'doing')",
            FILL_PROCRASTINATE,
        ),
    }


def own_track(server: Server) -> Track:
    url = server.migrated("race_ours")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(PAST.encode(), (HISTORY,))
        connection.execute(PAST_LEASES.encode())
        connection.execute(PAST_JOBS.encode())
    leases = "delete from public.pool_leases where ended_at is null"
    return Track(server, "race_ours", url, f"{leases}; {WAITING}", FILL)


def predecessors_track(server: Server) -> Track:
    url = server.before_us("race_predecessor")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(PAST.encode(), (HISTORY,))
    return Track(server, "race_predecessor", url, WAITING, FILL)


async def apply_schema(url: str) -> None:
    async with procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url)).open_async() as app:
        await app.schema_manager.apply_schema_async()
