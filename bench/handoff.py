"""From a settled download to the claim of its reading, as the parent of a real pool hears both."""

from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from bench import pool
from bench.figures import Figure, percentile, single
from bench.pool import event
from bench.server import Server
from poolmgr.domain.json import JsonObject
from poolmgr.local.replica.accounts import ACCOUNTS
from poolmgr.local.replica.control import Replica

DATABASE = "handoff"
LIMIT_MILLISECONDS = 50.0
"""The most that half of the downloads may wait for their reader."""

P50, P95 = "a download is read at once, p50", "a download is read at once, p95"


def measure(server: Server, replica: Replica, documents: int) -> list[Figure]:
    url = server.migrated(DATABASE)
    with psycopg.connect(url, autocommit=True) as owner:
        for account in ACCOUNTS:
            values = (account.username, account.password)
            owner.execute("insert into worker_accounts (username, password) values (%s, %s)", values)
    more: JsonObject = {"foncier.url": replica.url, "money.land_cents_a_day": 1_000_000}
    with (
        pool.running(server.folder / DATABASE, url, 2, more=more) as running,
        psycopg.connect(server.url_as("service_role", DATABASE), autocommit=True) as product,
    ):
        lots = (str(2_200_001 + number) for number in range(documents + 1))
        waits = [handed_over(running, product, lot) for lot in lots]
    found = waits[1:]  # the first is of fresh children
    meaning = (
        f"milliseconds of {documents} indexes from settled to claimed by OCR; the limit of p50 is under it"
    )
    return [
        single(P50, percentile(found, 0.5), LIMIT_MILLISECONDS, "ms", meaning),
        single(P95, percentile(found, 0.95), LIMIT_MILLISECONDS, "ms", meaning),
    ]


def holds(figures: list[Figure]) -> bool:
    return all(figure.ratio <= 1 for figure in figures if figure.name == P50)


def handed_over(running: pool.Pool, product: "psycopg.Connection[tuple[object, ...]]", lot: str) -> float:
    row, since = str(uuid4()), len(running.lines)
    job = {
        "document_source": "index",
        "document_number": lot,
        "circonscription_fonciere": "Montréal",
        "cadastre": "Cadastre du Québec",
    }
    product.execute("select pool_enqueue(%s, 'land', %s)", (row, Jsonb(job)))
    settled = running.wait(event("job.settled", row=row, kind="land", outcome="done"), since)
    claimed = running.wait(event("job.claimed", row=row, kind="ocr_index"), since)
    running.wait(event("job.settled", row=row, kind="ocr_index", outcome="done"), since)
    return (claimed.at - settled.at) * 1000
