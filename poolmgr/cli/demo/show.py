"""One demo: stack up, orders in, pool on, and a table of what became of each and what it cost."""

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from poolmgr.cli import environments
from poolmgr.cli.demo import books, jobs, pool, view
from poolmgr.cli.demo.searches import SEARCHES, read_counts
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import JsonObject, record, text
from poolmgr.local import stack
from poolmgr.local.replica.control import Replica
from poolmgr.local.samples.catalogue import catalogue
from poolmgr.stores.purchases import DatabasePurchases
from poolmgr.stores.queue import DatabaseQueue

ENDED = frozenset({"done", "error", "held"})
LOOK_SECONDS = 0.25


class NotDrained(PoolError):
    """The queue was not drained in time."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the operator asked for. how_many: documents; searches: of all other registries together.
    limit_seconds: the demo fails when the queue is not drained by then."""

    how_many: int
    searches: int
    seed: int
    keep: bool
    limit_seconds: float


class Demo:
    """One demo in a folder of its own; `console` is for people, never stdout's JSON."""

    def __init__(self, settings: Settings, order: Order, console: Console) -> None:
        self.settings = settings
        self.order = order
        self.console = console
        self.folder = settings.pool.data_path() / "demo"

    def run(self) -> JsonObject:
        """What `--json` prints. Raises PoolError."""
        self.clear()
        known = stack.Samples(seed=self.order.seed, jobs=self.order.how_many)
        endpoints = stack.up(self.folder, self.settings.local, samples=known, say=self.say)
        try:
            began = time.monotonic()
            results, ledger = asyncio.run(self.work(endpoints))
            seconds = time.monotonic() - began
        finally:
            if not self.order.keep:
                stack.down(self.folder)
        self.show(results, ledger, seconds)
        urls: JsonObject = {}
        if self.order.keep:
            urls = {
                "database_url": endpoints.database_url,
                "redis_url": endpoints.redis_url,
                "registry_url": endpoints.registry_url,
            }
            self.say(f"the stack stays up: {endpoints.database_url}")
            self.say(f"to stop it: registre-pool --set pool.data_folder={self.folder} local down")
        return jobs.report(results, ledger, seconds, self.folder, urls)

    def clear(self) -> None:
        """Nothing of an earlier demo is left, not even a stack that was kept."""
        if self.folder.exists():
            stack.down(self.folder)
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)

    async def work(self, endpoints: stack.Endpoints) -> tuple[list[jobs.Result], books.Books]:
        access = environments.local(endpoints.database_url, endpoints.documents_folder)
        samples = catalogue(self.order.seed, self.order.how_many)
        wanted = SEARCHES[: self.order.searches]
        async with environments.queue_of(access, self.settings) as queue:
            orders = f"{len(samples)} documents (seed {self.order.seed}) and {len(wanted)} searches"
            self.say(f"{orders}, into the queue")
            placed = await jobs.enqueue(queue, samples, wanted)
            self.say("starting the pool: registre-pool run")
            with pool.running(self.folder, self.settings) as running, view.Progress(self.console) as progress:
                rows = await self.drained(queue, placed, running, progress)
        ledger = await self.look_at_books(access, placed, endpoints.registry_url)
        texts = dict(jobs.read_texts(access.database_url, placed))
        jobs.write_texts(self.folder, placed, texts)
        counts = read_counts(access.database_url, [job.row_id for job in placed])
        results = [
            jobs.result(
                job, rows.get(job.row_id, {}), texts.get(job.row_id, ""), counts.get(job.row_id, 0), ledger
            )
            for job in placed
        ]
        return results, ledger

    async def look_at_books(
        self, access: environments.Access, placed: Sequence[jobs.DemoJob], registry_url: str
    ) -> books.Books:
        """The pool is gone: nothing is sold any more."""
        async with environments.purchases_of(access, self.settings) as ledger:
            purchases = await every_purchase(ledger)
        orders = {job.row_id: jobs.asked(job) for job in placed}
        till = await asyncio.to_thread(lambda: Replica(registry_url).till())
        return books.compare(purchases, orders, till)

    async def drained(
        self,
        queue: DatabaseQueue,
        placed: Sequence[jobs.DemoJob],
        running: pool.DemoPool,
        progress: view.Progress,
    ) -> dict[str, JsonObject]:
        """The rows, once every job has ended."""
        began = time.monotonic()
        while True:
            rows = await jobs.states(queue, placed)
            status = await asyncio.to_thread(running.status)
            seconds = time.monotonic() - began
            progress.show(rows, status, seconds)
            if len(rows) == len(placed) and all(text(row, "state") in ENDED for row in rows.values()):
                return rows
            if seconds > self.order.limit_seconds:
                raise NotDrained(
                    f"The queue was not drained within {self.order.limit_seconds:g} s.",
                    advice=f"The pool's log, {running.log}, ends with:\n{running.tail()}",
                )
            await asyncio.sleep(LOOK_SECONDS)

    def show(self, results: Sequence[jobs.Result], ledger: books.Books, seconds: float) -> None:
        view.print_whole(view.table(results), self.console)
        for line in view.errors(results):
            self.say(f"  {line}")
        self.say(view.conclusion(jobs.totals(results, seconds), seconds))
        self.say(view.money(ledger))
        self.say(f"documents: {self.folder / 'local' / 'documents'}")
        self.say(f"texts: {self.folder / 'texts'}, their truth: {self.folder / 'truths'}")

    def say(self, line: str) -> None:
        self.console.print(line, highlight=False, soft_wrap=True, markup=False)


def all_as_expected(report: JsonObject) -> bool:
    rows = report["jobs"]
    agree = record(report, "books").get("agree") is True
    return (
        agree and isinstance(rows, list) and all(isinstance(row, dict) and row["as_expected"] for row in rows)
    )


async def every_purchase(ledger: DatabasePurchases) -> list[JsonObject]:
    """Page by page, the newest first."""
    found: list[JsonObject] = []
    narrow: JsonObject = {}
    while page := await ledger.purchases_list(narrow, books.MOST_PURCHASES):
        found += page
        narrow = {"before": page[-1].get("id")}
    return found
