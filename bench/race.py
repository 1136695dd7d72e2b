"""Rivals over one kind of work, in separate processes, in turns."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

import psycopg

from bench.rivals import RIVALS
from bench.server import Server

MOST_WORKERS = 8
WARM_SECONDS = 0.3
LEAD_SECONDS = 0.05
ANSWER_SECONDS = 60.0
ROWS_A_SECOND = 4000
HISTORY = 20_000


@dataclass(frozen=True, kw_only=True)
class Heat:
    """What every competitor of one round is told."""

    rival: str
    url: str
    batch: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Of one round after its warm-up, all competitors together."""

    done: int
    lost: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.done / self.seconds

    @property
    def tries(self) -> int:
        return self.done + self.lost


def compete(pipe: Connection, number: int) -> None:
    """A competitor's whole life: a heat, a start signal, a tally, until it is told None."""
    while (heat := pipe.recv()) is not None:
        asyncio.run(run(pipe, heat, f"bench-{number}"))


async def run(pipe: Connection, heat: Heat, worker: str) -> None:
    done = lost = 0
    async with aclosing(RIVALS[heat.rival](heat.url, worker, heat.batch)) as jobs:
        await anext(jobs)
        pipe.send("ready")
        start: float = pipe.recv()
        time.sleep(max(0.0, start - time.monotonic()))  # noqa: ASYNC251: nothing else runs here
        counted_from, end = start + WARM_SECONDS, start + WARM_SECONDS + heat.seconds
        async for got_it in jobs:
            now = time.monotonic()
            if now >= end:
                break
            if now >= counted_from:
                done, lost = done + got_it, lost + (not got_it)
    pipe.send(Tally(done=done, lost=lost, seconds=min(time.monotonic(), end) - counted_from))


@contextmanager
def competitors() -> Iterator[list[Connection]]:
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    processes = []
    for number in range(MOST_WORKERS):
        here, there = context.Pipe()
        process = context.Process(target=compete, args=(there, number), daemon=True)
        process.start()
        there.close()
        pipes.append(here)
        processes.append(process)
    try:
        yield pipes
        for pipe in pipes:
            pipe.send(None)
        for process in processes:
            process.join(ANSWER_SECONDS)
    finally:
        for process in processes:
            process.kill()


def round_of(pipes: Sequence[Connection], heat: Heat) -> Tally:
    """Raises RuntimeError when a competitor fails or there was not work enough for the whole round."""
    for pipe in pipes:
        pipe.send(heat)
    for pipe in pipes:
        answer(pipe, heat)
    start = time.monotonic() + LEAD_SECONDS
    for pipe in pipes:
        pipe.send(start)
    tallies = [tally for pipe in pipes if isinstance(tally := answer(pipe, heat), Tally)]
    seconds = max(tally.seconds for tally in tallies)
    if min(tally.seconds for tally in tallies) < heat.seconds / 2:
        raise RuntimeError(f"{heat.rival} ran out of work before the round ended: raise ROWS_A_SECOND")
    done, lost = sum(tally.done for tally in tallies), sum(tally.lost for tally in tallies)
    return Tally(done=done, lost=lost, seconds=seconds)


def answer(pipe: Connection, heat: Heat) -> object:
    if not pipe.poll(ANSWER_SECONDS):
        raise RuntimeError(f"a competitor of {heat.rival} does not answer")
    try:
        return pipe.recv()
    except EOFError as gone:
        raise RuntimeError(f"a competitor of {heat.rival} failed, see above") from gone


class Track:
    """Where a rival's work lies: filled anew before each round, the finished jobs kept as history."""

    def __init__(self, server: Server, name: str, url: str, clean: str, fill: str) -> None:
        self.url = url
        self.clean = clean
        self.fill = fill
        self.superuser_url = server.superuser_url(name)

    def prepare(self, rows: int) -> None:
        """Vacuumed, analysed and checkpointed: no round pays for the one before it."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            for statement in self.clean.split(";"):
                connection.execute(statement.encode())
            connection.execute(self.fill.encode(), (rows,))
            connection.execute("vacuum analyze")
            connection.execute("checkpoint")


FILL = """
insert into public.extraction_queue (document_source, document_number, status_id, supabase_path, created_at)
select 'index', '1 234 567', 3, 'index/' || i || '.pdf', now() + i * interval '1 ms'
from generate_series(1, %s) i"""
PAST = """
insert into public.extraction_queue (document_source, document_number, status_id, supabase_path, file_content, created_at)
select 'index', '1 234 567', 5, 'index/' || i || '.pdf', 'texte ' || i, now() - i * interval '1 s'
from generate_series(1, %s) i"""
PAST_LEASES = """
insert into public.pool_leases (claim_id, kind, row_id, worker, host, claimed_at, expires_at, ended_at, outcome)
select gen_random_uuid(), 'ocr_index', q.id, 'bench', 'bench', q.created_at, q.created_at, q.created_at, 'done'
from public.extraction_queue q where q.status_id = 5"""
FILL_PROCRASTINATE = """
insert into procrastinate_jobs (queue_name, task_name, args)
select 'default', 'read', '{}' from generate_series(1, %s)"""


def tracks(server: Server) -> dict[str, Track]:
    """One database a rival; those of the product's tables with the same past."""
    mine, before = server.migrated("race_ours"), server.before_us("race_predecessor")
    for url in (mine, before):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(PAST.encode(), (HISTORY,))
            if url == mine:
                connection.execute(PAST_LEASES.encode())
    waiting = "delete from public.extraction_queue where status_id <> 5"
    leases = "delete from public.pool_leases where ended_at is null"
    theirs = server.empty("race_procrastinate")
    asyncio.run(apply_schema(theirs))
    own = Track(server, "race_ours", mine, f"{leases}; {waiting}", FILL)
    return {
        "ours": own,
        "functions": own,
        "predecessor": Track(server, "race_predecessor", before, waiting, FILL),
        "procrastinate": Track(
            server,
            "race_procrastinate",
            theirs,
            "delete from procrastinate_jobs where status in ('todo', 'doing')",
            FILL_PROCRASTINATE,
        ),
    }


async def apply_schema(url: str) -> None:
    import procrastinate

    async with procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url)).open_async() as app:
        await app.schema_manager.apply_schema_async()
