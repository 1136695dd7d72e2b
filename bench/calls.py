"""Database calls a second of idle pools of 2, 8 and 32 OCR children, side by side in the same minute."""

import time
from collections.abc import Mapping
from contextlib import ExitStack

import psycopg

from bench import pool
from bench.figures import Figure, single, slope
from bench.server import Server

SIZES = (2, 8, 32)
REST_SECONDS = 2.0
CLAIMS = "%pool_claim%"


def measure(server: Server, seconds: float) -> list[Figure]:
    with ExitStack() as stack:
        urls = {size: server.migrated(f"idle_{size}") for size in SIZES}
        for size, url in urls.items():
            folder = server.folder / f"idle_{size}"
            stack.enter_context(pool.running(folder, url, size))
        watcher = stack.enter_context(psycopg.connect(server.superuser_url("postgres"), autocommit=True))
        watcher.execute("create extension if not exists pg_stat_statements")
        time.sleep(REST_SECONDS)
        watcher.execute("select pg_stat_statements_reset()")
        time.sleep(seconds)
        counts = {size: count(watcher, f"idle_{size}") for size in SIZES}
    return compared({size: (all_ / seconds, own / seconds) for size, (all_, own) in counts.items()}, seconds)


def count(watcher: "psycopg.Connection[tuple[object, ...]]", database: str) -> tuple[int, int]:
    """All statements of its clients, and those by which children asked for work themselves."""
    row = watcher.execute(
        "select coalesce(sum(s.calls), 0)::int, coalesce(sum(s.calls) filter (where s.query like %s), 0)::int"
        " from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = %s",
        (CLAIMS, database),
    ).fetchone()
    assert row is not None
    return int(str(row[0])), int(str(row[1]))


def compared(rates: Mapping[int, tuple[float, float]], seconds: float) -> list[Figure]:
    few = rates[SIZES[0]]
    rest = {size: total - own for size, (total, own) in rates.items()}
    growth = slope([(size, total) for size, (total, _) in rates.items()])
    claims = slope([(size, own) for size, (_, own) in rates.items()])
    figures = [
        single(
            f"idle calls, {size} / {SIZES[0]} children",
            rates[size][0],
            few[0],
            "calls/s",
            f"in the first {seconds:.0f} s of calm; each child more adds {growth:.4f} calls a second,"
            f" {claims:.4f} of them its own question after a silence, which doubles to four minutes",
        )
        for size in SIZES[1:]
    ]
    figures.append(
        single(
            f"idle calls of the scout, {SIZES[-1]} / {SIZES[0]} children",
            rest[SIZES[-1]],
            rest[SIZES[0]],
            "calls/s",
            "all but those questions: 1 = flat, whatever the number of children",
        )
    )
    return figures
