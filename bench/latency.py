"""From the product's insert to a child's claim, as the parent hears it: by LISTEN, and by looking alone."""

import random
import time
from functools import partial

import psycopg

from bench import papers, pool
from bench.figures import Figure, percentile, samples
from bench.pool import event
from bench.server import Server

BLOCK = 4
DATABASE = "latency"
HINTS = ("pool_hint_inserted", "pool_hint_updated")


def measure(server: Server, rows: int, chance: random.Random) -> list[Figure]:
    """One pool; the triggers that give hints are off in every second block of rows."""
    url = server.migrated(DATABASE)
    folder = server.folder / DATABASE
    listening: list[float] = []
    looking: list[float] = []
    with (
        pool.running(folder, url, 2) as running,
        pool.Product(folder, server.url_as("service_role", DATABASE)) as product,
        psycopg.connect(url, autocommit=True) as owner,
    ):
        data = papers.printed()
        for block in range(rows // BLOCK):
            for hints, found in ((True, listening), (False, looking)):
                switch(owner, hints=hints)
                # Any moment between two looks is as likely as any other.
                longest = 0.3 if hints else 1.0
                for _ in range(BLOCK if block else BLOCK + 1):
                    time.sleep(chance.uniform(0.1, 0.1 + longest))
                    found.append(claimed_after(running, product, data))
        # The first of each is the first of a fresh child, or of a fresh plan.
        return compared(listening[1:], looking[1:])


def switch(owner: "psycopg.Connection[tuple[object, ...]]", *, hints: bool) -> None:
    word = "enable" if hints else "disable"
    for name in HINTS:
        owner.execute(f"alter table extraction_queue {word} trigger {name}".encode())


def claimed_after(running: pool.Pool, product: pool.Product, data: bytes) -> float:
    row, since = product.store(data), len(running.lines)
    began = time.monotonic()
    product.insert(row)
    claimed = running.wait(event("job.claimed", row=row), since)
    settled = running.wait(event("job.settled", row=row), since)
    if settled.fields.get("outcome") != "done":
        raise RuntimeError(f"the document was not read: {settled.fields}")
    return (claimed.at - began) * 1000


def compared(listening: list[float], looking: list[float]) -> list[Figure]:
    meaning = "a row starts so much sooner where the database can call us than where we look once a second"
    return [
        samples(
            f"insert to start, looking / LISTEN, p{share:.0%}".replace("%", ""),
            looking,
            listening,
            partial(percentile, share=share),
            "ms",
            meaning,
        )
        for share in (0.5, 0.95)
    ]
