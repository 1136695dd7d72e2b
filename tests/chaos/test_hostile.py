import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from psycopg import sql

from poolmgr.domain.json import whole
from tests.chaos import papers
from tests.chaos.audit import Audit
from tests.clusters import Database
from tests.pools import Pool, put, states
from tests.waiting import until

Record = Callable[[str, object], None]
MOST_MEGABYTES = 250
NOT_NULL = ("id", "document_source", "document_number", "status_id", "supabase_path")
EMPTY_PDF = b"""%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [] /Count 0>> endobj
trailer <</Root 1 0 R /Size 3>>
%%EOF
"""
STORAGE = "https://x.supabase.co/storage/v1/object/public"
NOWHERE = {
    "../secret.pdf": "is no place of a document",
    "index/../../../etc/passwd": "is no place of a document",
    "/etc/passwd": "is not in",
    f"{STORAGE}/index/%2e%2e/%2e%2e/etc/passwd": "is no place of a document",
    f"{STORAGE}/index/a%00b.pdf": "is no place of a document",
    "index/a\x01b.pdf": "is no place of a document",
    "index/" + "a" * 300 + ".pdf": "a part is longer than",
    "": "is no place of a document",
    "index/a folder": "is not in",
    "index/'; drop table public.extraction_queue; --": "is not in",
}
BROKEN = {b"": "zero bytes", b"Bonjour, ceci est un texte.": "is not a PDF", EMPTY_PDF: "no page"}
NAMES = ("l'été \"d'hiver\" à Montréal.pdf", "日本 %41 ?x=1#y.pdf", "a..b.pdf")


def add(audit: Audit, path: str) -> str:
    """A row that waits for its reading, with null wherever the table takes it."""
    row = str(uuid4())
    columns = audit.query(
        "select column_name::text from information_schema.columns "
        "where table_schema = 'public' and table_name = 'extraction_queue'"
    )
    values: dict[str, object] = {name: None for (name,) in columns}
    values |= dict(zip(NOT_NULL, (row, "index", "1 234 567", 3, path), strict=True))
    names, places = map(sql.Identifier, values), [sql.Placeholder()] * len(values)
    comma = sql.SQL(", ")
    insert = sql.SQL("insert into public.extraction_queue ({}) values ({})")
    audit.query(insert.format(comma.join(names), comma.join(places)), *values.values())
    return row


def history(audit: Audit, row: str) -> tuple[str, list[dict[str, Any]]]:
    """What people see: the row's sentence, and its trail."""
    ((error, trail),) = audit.query(
        "select coalesce(q.ocr_error, ''), j.trail from public.extraction_queue q "
        "join public.pool_jobs j on j.row_id = q.id where q.id = %s",
        row,
    )
    return error, trail


def test_rows_and_documents_that_nobody_can_read_end_with_a_sentence_and_the_pool_goes_on(
    any_database: Database, tmp_path: Path, audit: Audit
) -> None:
    folder = tmp_path / "documents" / "index"
    (folder / "a folder").mkdir(parents=True)
    (tmp_path / "secret.pdf").write_bytes(papers.printed(1, 40))
    expected = {add(audit, path): why for path, why in NOWHERE.items()}
    broken = put(tmp_path, any_database, [("ocr_index", data) for data in BROKEN])
    expected |= dict(zip(broken, BROKEN.values(), strict=True))
    for name in NAMES:
        (folder / name).write_bytes(papers.printed(1, 40))
    good = [add(audit, f"index/{name}") for name in NAMES]
    with Pool(tmp_path, any_database, ocr__children=1) as pool:
        pool.wait_until_ready()
        child = pool.child("ocr-1")
        until(lambda: audit.is_settled([*expected, *good]), 40, "the end of the jobs")
        assert pool.child("ocr-1")["pid"] == child["pid"]
        assert pool.stop() == 0
    for row, why in expected.items():
        error, trail = history(audit, row)
        assert why in error
        assert trail
    assert states(any_database, list(expected)) == ["error"] * len(expected)
    audit.check_done_once(good)


def test_documents_beyond_all_measure_are_read_in_bounded_memory_and_what_is_cut_is_said(
    any_database: Database, tmp_path: Path, audit: Audit, record_property: Record
) -> None:
    long = papers.repeated(papers.printed(20, 60), 100)
    wordy = papers.printed(60, 1000)
    rows = put(tmp_path, any_database, [("ocr_index", long), ("ocr_index", wordy)])
    with Pool(tmp_path, any_database, ocr__children=1) as pool:
        until(lambda: audit.is_settled(rows), 40, "the end of the jobs")
        megabytes = most_megabytes(whole(pool.child("ocr-1"), "pid"))
        assert pool.stop() == 0
    record_property("most_megabytes", megabytes)
    audit.check_done_once(rows)
    assert megabytes < MOST_MEGABYTES
    assert pages_kept(audit, rows) == [2000, 60]
    _, (entry,) = history(audit, rows[1])
    assert entry["trail"][0]["cut"]["pages_kept"] < 60
    ((text,),) = audit.query("select file_content from public.extraction_queue where id = %s", rows[1])
    assert "[Texte coupé ici" in text


def most_megabytes(pid: int) -> int:
    """The most memory the process ever had (VmHWM), the parent's shared pages included."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) // 1024


def pages_kept(audit: Audit, rows: list[str]) -> list[int]:
    """Whole pages, beside the row."""
    found = dict(audit.query("select row_id::text, count(*) from public.pool_ocr_results group by row_id"))
    return [found[row] for row in rows]


def test_a_row_that_names_no_document_is_left_alone_and_says_why(
    any_database: Database, tmp_path: Path, audit: Audit
) -> None:
    row = add(audit, "index/x.pdf")
    audit.query("update public.extraction_queue set supabase_path = null where id = %s", row)
    good = put(tmp_path, any_database, [("ocr_index", papers.printed(1, 40))])
    with Pool(tmp_path, any_database) as pool:
        until(lambda: audit.is_settled(good), 20, "the end of the other job")
        assert pool.stop() == 0
    assert states(any_database, [row]) == ["waiting"]
    unmet = audit.query(
        "select condition, value from public.pool_why('ocr_index', %s::uuid) where not met", row
    )
    assert unmet
