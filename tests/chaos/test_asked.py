"""The real pool, its children asking the loopback Gemini: faults in any order, and children that die."""

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest

from poolmgr.domain.json import JsonObject
from poolmgr.ocr.gemini.client import Client
from poolmgr.ocr.gemini.uploads import sweep
from tests.chaos.audit import DONE, ERROR, Audit
from tests.chaos.faults import try_freezing
from tests.clusters import Database
from tests.gemini.process import LoopbackGemini
from tests.gemini.service import KEY
from tests.ocr.gemini.scene import DPI, ROWS, deed_of, index_of
from tests.pools import Pool, Setting, put
from tests.waiting import until

Record = Callable[[str, object], None]
DOCUMENTS, KILLS, SEED = 300, 12, 7
PASSING = ("503", "500", "502_html", "429_minute", "429_bare", "hang", "hang_midway", "drop_midway")
IN_AN_ANSWER = (
    "max_tokens",
    "truncated",
    "repetition",
    "babble",
    "missing",
    "bad_json",
    "empty",
    "unknown",
    "OTHER",
    "SAFETY",
    "RECITATION",
    "blocked",
    "400_invalid",
)
QUIET = 5
"""Calls without a fault, on the average, between two with one."""

PAUSES: dict[str, Setting] = {"pool__restart_first_seconds": 0.05, "pool__restart_max_seconds": 0.5}


def opened(folder: Path, database: Database, gemini: LoopbackGemini, **settings: Setting) -> Pool:
    asked: dict[str, Setting] = {
        "ocr__dpi": DPI,
        "gemini__base_url": gemini.url,
        "gemini__retry_dpi": DPI,
        "gemini__pause_first_seconds": 0.05,
        "gemini__pause_max_seconds": 0.5,
        "quota__requests_a_minute": 100_000,
        "quota__tokens_a_minute": 1_000_000_000,
    }
    pool = Pool(folder, database, **(asked | settings))
    pool.variables = {"GEMINI_API_KEY": KEY}
    return pool


def content(audit: Audit, row: str) -> tuple[int, str, str]:
    """The row's state, what was read, and why it failed."""
    ((status, read, error),) = audit.query(
        "select status_id, coalesce(file_content, ''), coalesce(ocr_error, '') "
        "from public.extraction_queue where id = %s",
        row,
    )
    return int(status), str(read), str(error)


def test_a_pool_with_a_key_reads_an_index_and_an_acte_with_gemini(
    any_database: Database, tmp_path: Path, audit: Audit, gemini: LoopbackGemini
) -> None:
    with opened(tmp_path, any_database, gemini, ocr__children=1) as pool:
        rows = put(
            tmp_path,
            any_database,
            [("ocr_index", index_of(ROWS[:2])), ("ocr_acte", deed_of(["Devant maître Roy, notaire"]))],
        )
        until(lambda: audit.is_settled(rows), 30, "both documents")
        assert KEY not in pool.log.read_text()
        assert pool.stop() == 0
    audit.check_done_once(rows)
    assert "234567" in content(audit, rows[0])[1]
    assert "notaire" in content(audit, rows[1])[1]
    assert len(gemini.seen) == 2


def named(data: bytes, number: int) -> bytes:
    """Another document with the same pages."""
    document = pymupdf.open("pdf", data)
    document.set_metadata({"title": f"Document {number}"})
    return bytes(document.tobytes())


def documents() -> list[tuple[str, bytes]]:
    """Indexes whose pages are of a few kinds, so that the loopback's eyes read each once; actes with text."""
    indexes = [index_of(ROWS[first : first + 3], ROWS[:2]) for first in range(4)]
    made: list[tuple[str, bytes]] = []
    for number in range(DOCUMENTS):
        if number % 2:
            pages = [[f"Acte {number}, page {page}", "vente devant notaire"] for page in (1, 2, 3)]
            made.append(("ocr_acte", deed_of(*pages, as_picture=False)))
        else:
            made.append(("ocr_index", named(indexes[number // 2 % 4], number)))
    return made


def expected(number: int) -> list[str]:
    """What the text of a document has to hold."""
    if number % 2:
        return [f"Acte {number}, page {page}" for page in (1, 2, 3)]
    first = number // 2 % 4
    return [row[1] for row in (*ROWS[first : first + 3], *ROWS[:2])]


def faults(seed: int, calls: int) -> list[JsonObject]:
    drawn = random.Random(seed)
    told: list[JsonObject] = []
    while len(told) < calls:
        told.append({"fault": "", "times": drawn.randrange(1, 2 * QUIET)})
        told.append({"fault": drawn.choice(PASSING + IN_AN_ANSWER * 2)})
    return told


def kill_at(pool: Pool, audit: Audit, rows: list[str], left: int) -> bool:
    """Kills a child that holds a lease, once so many documents are left."""
    until(lambda: audit.unsettled(rows) <= left, 300, "the next kill")
    victim = try_freezing(pool, audit)
    if victim:
        victim.kill()
    return victim is not None


@pytest.mark.proof
def test_hundreds_of_documents_on_a_failing_service_with_children_that_die_are_whole_or_say_why(
    any_database: Database, tmp_path: Path, audit: Audit, gemini: LoopbackGemini, record_property: Record
) -> None:
    audit.allow_attempts(50)
    made = documents()
    gemini.set_up(*faults(SEED, 400), latency_seconds=0.05)
    settings: dict[str, Setting] = {
        "ocr__children": 3,
        "gemini__silence_seconds": 3,
        "gemini__acte_text_layer": False,
        "gemini__inline_megabytes": 0,
        "queue__max_outages": 1000,
    }
    began = time.monotonic()
    with opened(tmp_path, any_database, gemini, **settings, **PAUSES) as pool:
        rows = put(tmp_path, any_database, made)
        killed = sum(
            kill_at(pool, audit, rows, left) for left in range(DOCUMENTS - 20, 0, -DOCUMENTS // KILLS)
        )
        until(lambda: audit.is_settled(rows), 600, "the last document")
        seconds = time.monotonic() - began
        doubtful = len(pool.events("page.doubtful")) + len(pool.events("page.offline"))
        assert pool.stop() == 0
    standing = [content(audit, row) for row in rows]
    for number, (status, read, error) in enumerate(standing):
        if status == DONE:
            lost = [word for word in expected(number) if word not in read]
            assert not lost or "read offline" in notes(audit, rows[number]), (number, lost, read)
        else:
            assert (status, bool(error)) == (ERROR, True), number
    calls = gemini.seen
    record_property("documents", len(rows))
    record_property("done", sum(status == DONE for status, _, _ in standing))
    record_property("kills_with_a_lease", killed)
    record_property("calls", len(calls))
    record_property("calls_answered", sum(call.get("status") == 200 for call in calls))
    record_property("pages_noted", doubtful)
    record_property("uploads_left_by_the_dead", len(gemini.files))
    record_property("seconds", round(seconds, 1))
    assert killed >= KILLS // 2
    assert audit.open_leases() == 0
    until(lambda: swept(gemini) and not gemini.files, 130, "the files of the dead swept")


def notes(audit: Audit, row: str) -> str:
    """What the job's trail and its pages say beside the text."""
    found = audit.query("select result::text from public.pool_ocr_results where row_id = %s", row)
    return " ".join(str(one) for (one,) in found)


def swept(gemini: LoopbackGemini) -> bool:
    async def once() -> None:
        client = Client(gemini.settings(sweep_seconds=60), {})
        await sweep(client)
        await client.close()

    asyncio.run(once())
    return True
