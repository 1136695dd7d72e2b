"""Which columns of the product each outcome writes, and that it writes no other."""

from datetime import datetime

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.migrations.calls import KINDS, Row, Value
from tests.migrations.protocol import Protocol
from tests.migrations.till import die

NOW = object()
"""A time between the two looks at the row."""

BEFORE: dict[str, Row] = {
    "land": {"error_message": "an older try", "attemtps": 1},
    "ocr_index": {
        "error_message": "of the download",
        "worker_id": "who downloaded",
        "ocr_attempts": 1,
        "ocr_error": "an older try",
        "file_content": "an older text",
        "boosted_file_content": "boosted",
        "searchable_file_content": "older",
    },
    "req": {"error_message": "an older try", "req_results_count": 9},
    "rdprm": {"error_message": "an older try"},
}
BEFORE["ocr_acte"] = BEFORE["ocr_index"]
TEXT = {"file_content": "Texte", "boosted_file_content": "Mieux", "searchable_file_content": "texte"}
RESULTS: dict[str, Row] = {
    "land": {"supabase_path": "index/a.pdf"},
    "ocr_index": TEXT,
    "ocr_acte": TEXT,
    "req": {"results_count": 7, "companies": [{}, {}]},
    "rdprm": {"storage_path": "s/a.pdf", "found": True},
}
LAND_WAITS: Row = {"status_id": 1, "worker_id": None, "processing_started_at": None}
OCR_WAITS: Row = {"status_id": 3, "ocr_worker_id": None, "ocr_started_at": None}
READ: Row = {"status_id": 5, **TEXT, "ocr_completed_at": NOW, "ocr_error": None}
FAILED: Row = {"error_message": "a sentence"}
READING_FAILED: Row = {"ocr_error": "a sentence", "ocr_last_error_at": NOW}
FOUND: Row = {"status": "completed", "storage_path": "s/a.pdf", "error_message": None, "completed_at": NOW}
REQ_DONE: Row = {
    "status": "pending_name_selection",
    "req_completed": True,
    "req_results_count": 7,
    "error_message": None,
    "updated_at": NOW,
}
REQ_WAITS: Row = {"status": "pending_company_selection", "updated_at": NOW}
# From the running row to the row after: everything that is not named stays as it was.
WRITES: dict[tuple[str, str], Row] = {
    ("land", "done"): {"status_id": 3, "supabase_path": "index/a.pdf", "error_message": None},
    ("land", "retry"): LAND_WAITS | FAILED | {"attemtps": 2},
    ("land", "give_up"): LAND_WAITS | FAILED | {"attemtps": 2, "status_id": 4},
    ("land", "released"): LAND_WAITS,
    ("land", "outage"): LAND_WAITS | FAILED,
    ("land", "crash"): LAND_WAITS | {"attemtps": 2, "error_message": "killed"},
    ("ocr", "done"): READ,
    ("ocr", "retry"): OCR_WAITS | READING_FAILED | {"ocr_attempts": 2},
    ("ocr", "give_up"): READING_FAILED | {"status_id": 4, "ocr_attempts": 2},
    ("ocr", "released"): OCR_WAITS,
    ("ocr", "outage"): OCR_WAITS | READING_FAILED,
    ("ocr", "crash"): OCR_WAITS | READING_FAILED | {"ocr_attempts": 2, "ocr_error": "killed"},
    ("req", "done"): REQ_DONE,
    ("req", "retry"): REQ_WAITS | FAILED,
    ("req", "give_up"): REQ_WAITS | FAILED | {"status": "failed"},
    ("req", "released"): REQ_WAITS,
    ("req", "outage"): REQ_WAITS | FAILED,
    ("req", "crash"): REQ_WAITS | {"error_message": "killed"},
    ("rdprm", "done"): FOUND,
    ("rdprm", "retry"): FAILED | {"status": "pending"},
    ("rdprm", "give_up"): FAILED | {"status": "failed"},
    ("rdprm", "released"): {"status": "pending"},
    ("rdprm", "outage"): FAILED | {"status": "pending"},
    ("rdprm", "crash"): {"status": "pending", "error_message": "killed"},
}
WORDS = ["done", "retry", "give_up", "released", "outage", "crash"]


def claimed(protocol: Protocol, kind: str, **columns: Value) -> tuple[Row, Row]:
    """A claim, and its row while it runs."""
    claim = protocol.claimed(kind, **BEFORE[kind] | columns)
    return claim, protocol.row(kind, claim["row_id"])


def check(protocol: Protocol, kind: str, claim: Row, running: Row, writes: Row) -> None:
    after = protocol.row(kind, claim["row_id"])
    now = protocol.one("select clock_timestamp() as now")["now"]
    for column, wanted in (running | writes).items():
        if wanted is NOW:
            written = after[column]
            assert isinstance(written, datetime), column
            assert protocol.lease(claim)["claimed_at"] < written < now, column
        else:
            assert after[column] == wanted, column


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", WORDS)
def test_an_outcome_writes_its_columns_and_no_other(protocol: Protocol, kind: str, word: str) -> None:
    claim, running = claimed(protocol, kind)
    if word == "crash":
        die(protocol, claim)
    else:
        more = {"result": RESULTS[kind]} if word == "done" else {}
        assert protocol.settle(claim, word, **more) == "applied"
    check(protocol, kind, claim, running, WRITES[kind.partition("_")[0], word])


@pytest.mark.parametrize("kind", KINDS)
def test_a_claim_writes_its_columns_and_no_other(protocol: Protocol, kind: str) -> None:
    before = protocol.row(kind, protocol.add(kind, **BEFORE[kind]))
    (claim,) = protocol.claim(kind)
    moment = protocol.lease(claim)["claimed_at"]
    writes: Row = {
        "land": {"status_id": 2, "worker_id": "w1", "processing_started_at": moment},
        "req": {"status": "scraping_company_data", "updated_at": moment},
        "rdprm": {"status": "in_progress"},
    }.get(kind, {"status_id": 6, "ocr_worker_id": "w1", "ocr_started_at": moment})
    assert protocol.row(kind, claim["row_id"]) == before | writes


def test_a_plan_is_done_with_its_download(protocol: Protocol) -> None:
    claim, running = claimed(protocol, "land", document_source="plan_cadastraux")
    protocol.settle(claim, "done")
    check(protocol, "land", claim, running, WRITES["land", "done"] | {"status_id": 5})


def test_a_reading_without_better_texts_takes_the_old_ones_away(protocol: Protocol) -> None:
    claim, running = claimed(protocol, "ocr_index")
    protocol.settle(claim, "done", result={"file_content": ""})
    nothing = {"file_content": "", "boosted_file_content": None, "searchable_file_content": None}
    check(protocol, "ocr_index", claim, running, READ | nothing)


def test_a_search_that_found_nothing_clears_its_error_and_says_when(protocol: Protocol) -> None:
    claim, running = claimed(protocol, "rdprm")
    protocol.settle(claim, "done", result={"found": False})
    check(protocol, "rdprm", claim, running, FOUND | {"status": "not_found", "storage_path": None})


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("s/a.pdf", "s/a.pdf"),
        ("rdprm-documents/s/a.pdf", "s/a.pdf"),
        ("s/rdprm-documents/a.pdf", "s/rdprm-documents/a.pdf"),
    ],
)
def test_a_searchs_path_has_no_bucket(protocol: Protocol, given: str, written: str) -> None:
    claim, running = claimed(protocol, "rdprm")
    protocol.settle(claim, "done", result={"storage_path": given})
    check(protocol, "rdprm", claim, running, FOUND | {"storage_path": written})


def test_a_search_that_names_no_file_is_not_completed(protocol: Protocol) -> None:
    claim, running = claimed(protocol, "rdprm")
    for result in ({}, {"found": True}, {"storage_path": ""}, {"storage_path": "rdprm-documents/"}):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="names its storage_path"):
            protocol.settle(claim, "done", result=result)
    check(protocol, "rdprm", claim, running, {})


CLEANED = [
    {"Nom": "Gagnon & Fils inc.", "b": [1, 1.50, 1e2, None, True], "a": {"é": '\u00a0«\\"»\n'}},
    ["a list"],
    "a string",
    None,
    {},
]


def test_companies_are_one_set_in_their_order_as_given(protocol: Protocol) -> None:
    claim = protocol.claimed("req", initial_search_query="Tremblay")
    companies = [{"cleaned_data": data, "neq": f"117{place}"} for place, data in enumerate(CLEANED)]
    companies += [{"company_name": "Bouchard inc."}, {"company_name": "", "neq": None}]
    protocol.query(
        "insert into public.req_companies (search_session_id, company_name, is_selected) "
        "values (%s, 'half a try before', true)",
        claim["row_id"],
    )
    other = protocol.add("req")
    protocol.query(
        "insert into public.req_companies (search_session_id, company_name) values (%s, 'another search')",
        other,
    )
    assert protocol.settle(claim, "done", result={"companies": companies}) == "applied"
    found = protocol.query(
        "select * from public.req_companies where search_session_id = %s order by result_order",
        claim["row_id"],
    )
    assert [row["result_order"] for row in found] == list(range(1, len(companies) + 1))
    assert [row["company_name"] for row in found] == ["Tremblay"] * 5 + ["Bouchard inc.", "Tremblay"]
    assert [row["neq"] for row in found] == ["1170", "1171", "1172", "1173", "1174", None, None]
    for row in found:
        rest = ("raw_data", "screenshot_path", "is_selected", "names_created")
        assert [row[column] for column in rest] == [None, None, False, False]
    same = protocol.query(
        "select c.cleaned_data::text = ((%s::jsonb) -> (c.result_order - 1) ->> 'x') as same, "
        "c.cleaned_data is null as absent from public.req_companies c where search_session_id = %s "
        "order by result_order",
        Jsonb([{"x": text} for text in texts(protocol, CLEANED)]),
        claim["row_id"],
    )
    assert [row["same"] for row in same[:5]] == [True] * 5
    assert [row["absent"] for row in same] == [False] * 5 + [True, True]
    assert protocol.row("req", claim["row_id"])["req_results_count"] == len(companies)
    assert len(protocol.query("select id from public.req_companies where search_session_id = %s", other)) == 1


def texts(protocol: Protocol, values: list[Value]) -> list[str]:
    """As the database writes each value."""
    return [str(protocol.one("select %s::jsonb::text as t", Jsonb(value))["t"]) for value in values]


@pytest.mark.parametrize("word", ["retry", "give_up", "released", "outage"])
def test_a_try_that_fails_leaves_the_companies_alone(protocol: Protocol, word: str) -> None:
    claim = protocol.claimed("req")
    protocol.query(
        "insert into public.req_companies (search_session_id, company_name) values (%s, 'before')",
        claim["row_id"],
    )
    protocol.settle(claim, word, result={"companies": [{}, {}]})
    assert len(protocol.query("select id from public.req_companies")) == 1


def test_the_last_try_of_a_reading_keeps_who_read(protocol: Protocol) -> None:
    claim, running = claimed(protocol, "ocr_acte", ocr_attempts=2)
    protocol.settle(claim, "retry")
    check(protocol, "ocr_acte", claim, running, READING_FAILED | {"status_id": 4, "ocr_attempts": 3})


def test_the_last_try_of_a_download_gives_its_worker_up(protocol: Protocol) -> None:
    claim, running = claimed(protocol, "land", attemtps=2)
    protocol.settle(claim, "retry")
    check(protocol, "land", claim, running, LAND_WAITS | FAILED | {"status_id": 4, "attemtps": 3})
