"""The demo's jobs: samples put into the queue as the product would, and what became of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

from poolmgr.cli.demo import searches
from poolmgr.cli.demo.books import Books, order_of
from poolmgr.cli.demo.searches import Search
from poolmgr.domain.json import Json, JsonObject, items, number, records, text, whole
from poolmgr.local.samples.catalogue import Sample
from poolmgr.local.samples.recall import recall
from poolmgr.stores.queue import DatabaseQueue

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class DemoJob:
    """A sample's order, or a search, in the queue."""

    row_id: str
    sample: Sample | Search


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one job. cents: spent on it; recall: None for a document that is not to be read;
    saves: how often its file was fetched again; found: companies in their register."""

    job: DemoJob
    outcome: str
    attempts: int
    cents: int
    saves: int
    seconds: float
    pages: int
    characters: int
    recall: float | None
    found: int
    error: str

    @property
    def as_expected(self) -> bool:
        sample = self.job.sample
        good_enough = self.recall is None or self.recall >= sample.least_recall
        all_found = not isinstance(sample, Search) or self.found == sample.finds
        return self.outcome == sample.expected and good_enough and all_found

    def as_json(self) -> JsonObject:
        return {
            "source": self.job.sample.document_source,
            "document": self.job.sample.name,
            "form": self.job.sample.form,
            "expected": self.job.sample.expected,
            "outcome": self.outcome,
            "as_expected": self.as_expected,
            "attempts": self.attempts,
            "cents": self.cents,
            "saved_again": self.saves,
            "seconds": round(self.seconds, 3),
            "pages": self.pages,
            "characters": self.characters,
            "recall": None if self.recall is None else round(self.recall, 4),
            "companies": self.found,
            "error": self.error or None,
        }


async def enqueue(queue: DatabaseQueue, samples: Sequence[Sample], wanted: Sequence[Search]) -> list[DemoJob]:
    """Puts each order into the queue as the product would: a row that waits for its download, or search.

    Searches first: those of the RDPRM wait for one another.
    """
    placed = await searches.enqueue(queue, wanted)
    jobs = [DemoJob(row_id=row_id, sample=search) for row_id, search in placed.items()]
    for sample in samples:
        job = DemoJob(row_id=str(uuid4()), sample=sample)
        await queue.enqueue(job.row_id, "land", order(sample))
        jobs.append(job)
    return jobs


def order(sample: Sample) -> JsonObject:
    return {
        "document_source": sample.document_source,
        "document_number": sample.document_number,
        "circonscription_fonciere": sample.circonscription,
        "cadastre": sample.cadastre,
        "designation_secondaire": sample.designation,
        "acte_type": sample.acte_type,
    }


def asked(job: DemoJob) -> str:
    """What was bought for it, in the ledger's and the till's own words."""
    sample = job.sample
    return order_of(
        sample.document_source, sample.name if isinstance(sample, Search) else sample.document_number
    )


async def states(queue: DatabaseQueue, jobs: Sequence[DemoJob]) -> dict[str, JsonObject]:
    """The queue's own account of the demo's jobs, by row id; read page by page."""
    wanted = {job.row_id for job in jobs}
    found: dict[str, JsonObject] = {}
    narrow: JsonObject = {}
    while rows := await queue.jobs_list(narrow, BATCH):
        found |= {text(row, "row_id"): row for row in rows if text(row, "row_id") in wanted}
        last = rows[-1]
        narrow = {"before": {"created_at": last.get("created_at"), "row_id": last.get("row_id")}}
        if len(rows) < BATCH:
            break
    return found


def read_texts(database_url: str, jobs: Sequence[DemoJob]) -> Iterator[tuple[str, str]]:
    """Row ids and texts, read from the product's table as the product reads them."""
    query = "select id::text, file_content from public.extraction_queue where id = any(%s::uuid[])"
    with psycopg.connect(database_url) as connection, connection.cursor(name="texts") as cursor:
        cursor.execute(query, ([job.row_id for job in jobs],))
        for row_id, content in cursor:
            yield str(row_id), str(content or "")


def result(job: DemoJob, row: JsonObject, content: str, found: int, books: Books) -> Result:
    state = text(row, "state")
    tried = whole(row, "attempts") + (1 if state == "done" else 0)
    return Result(
        job=job,
        outcome=state,
        attempts=tried,
        cents=books.cents_by_row.get(job.row_id, 0),
        saves=books.saves_by_row.get(job.row_id, 0),
        seconds=sum(number(entry, "seconds") for entry in trail_of(row)),
        pages=sum(1 for line in content.splitlines() if line.startswith("--- Page ")),
        characters=len(content),
        recall=recall(content, job.sample.told) if job.sample.is_read else None,
        found=found,
        error=text(row, "error").splitlines()[0] if text(row, "error") else "",
    )


def trail_of(row: JsonObject) -> list[JsonObject]:
    """What the readers said of a job, over all tries."""
    entries = [item for entry in records(row, "trail") for item in items(entry, "trail")]
    return [entry for entry in entries if isinstance(entry, dict)]


def write_texts(folder: Path, jobs: Sequence[DemoJob], texts: dict[str, str]) -> None:
    """`texts/<document>.txt` beside `truths/<document>.txt`, for people who want to compare."""
    for name in ("texts", "truths"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for job in jobs:
        if content := texts.get(job.row_id):
            (folder / "texts" / f"{job.sample.name}.txt").write_text(content, encoding="utf-8")
            (folder / "truths" / f"{job.sample.name}.txt").write_text(job.sample.told, encoding="utf-8")


def totals(results: Sequence[Result], seconds: float) -> JsonObject:
    good = [one for one in results if one.recall is not None]
    values: JsonObject = {
        "jobs": len(results),
        "done": sum(1 for one in results if one.outcome == "done"),
        "errors": sum(1 for one in results if one.outcome == "error"),
        "held": sum(1 for one in results if one.outcome == "held"),
        "cents": sum(one.cents for one in results),
        "as_expected": sum(1 for one in results if one.as_expected),
        "pages": sum(one.pages for one in results),
        "characters": sum(one.characters for one in results),
        "companies": sum(one.found for one in results),
        "pages_a_minute": round(60 * sum(one.pages for one in results) / max(seconds, 0.001), 1),
        "least_recall": round(min((one.recall or 0.0 for one in good), default=0.0), 4),
    }
    return values


def kinds_at_work(status: JsonObject) -> dict[str, int]:
    """Living children by kind, from the pool's own status."""
    counted: dict[str, int] = {}
    for child in records(status, "children"):
        if whole(child, "pid"):
            counted[text(child, "kind")] = counted.get(text(child, "kind"), 0) + 1
    return counted


def report(
    results: Sequence[Result], books: Books, seconds: float, folder: Path, urls: JsonObject
) -> JsonObject:
    """What `demo --json` prints."""
    rows: list[Json] = [one.as_json() for one in results]
    return {
        "schema": 1,
        "jobs": rows,
        "totals": totals(results, seconds),
        "books": books.as_json(),
        "seconds": round(seconds, 3),
        "folder": str(folder),
        **urls,
    }
