from uuid import UUID, uuid4

import psycopg
import pytest

from tests.migrations.calls import DONE, KINDS, Row
from tests.migrations.protocol import LAND_JOB, Protocol

JOBS: dict[str, Row] = {
    "land": LAND_JOB,
    "ocr_index": {"document_number": "1 234", "supabase_path": "index/a.pdf"},
    "ocr_acte": {"document_number": "1 234", "supabase_path": "actes/a.pdf"},
    "req": {"initial_search_query": "Tremblay"},
}


def enqueue(protocol: Protocol, kind: str, job: Row, row_id: UUID | None = None) -> str:
    return str(protocol.value("pool_enqueue", row_id=row_id or uuid4(), kind=kind, job=job))


def depth(protocol: Protocol, kind: str, host: str = "h1") -> Row:
    return {row["kind"]: row for row in protocol.rows("pool_depths", host=host)}[kind]


@pytest.mark.parametrize("kind", list(JOBS))
def test_a_job_is_enqueued_once(protocol: Protocol, kind: str) -> None:
    row_id = uuid4()
    assert enqueue(protocol, kind, JOBS[kind], row_id) == "applied"
    assert enqueue(protocol, kind, JOBS[kind], row_id) == "already"
    assert [claim["row_id"] for claim in protocol.claim(how_many=9)] == [row_id]


def test_a_search_is_enqueued_through_its_name_so_that_it_is_paid_once(protocol: Protocol) -> None:
    session, name = protocol.add("req", req_completed=True), uuid4()
    job = {"search_name": "Tremblay", "search_session_id": str(session)}
    assert enqueue(protocol, "rdprm", job, name) == "applied"
    assert enqueue(protocol, "rdprm", job, name) == "already"
    (claim,) = protocol.claim("rdprm", how_many=9)
    assert claim["job"]["selected_name_id"] == str(name)


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("land", {"document_source": "livre"}, "document_source"),
        ("land", {"document_number": " "}, "document_number"),
        ("land", {"circonscription_fonciere": None}, "a guessed one buys the wrong document"),
        ("land", {"cadastre": ""}, "cadastre"),
        ("land", {"document_source": "acte"}, "acte_type"),
        ("ocr_index", {"supabase_path": ""}, "supabase_path"),
        ("req", {"initial_search_query": ""}, "initial_search_query"),
        ("rdprm", {"search_name": ""}, "search_name"),
        ("rdprm", {"search_name": "x", "search_session_id": "no uuid"}, "search_session_id"),
        ("lnad", {}, "not a kind"),
    ],
)
def test_a_job_that_cannot_be_is_refused_with_a_reason(
    protocol: Protocol, kind: str, change: Row, said: str
) -> None:
    answer = enqueue(protocol, kind, JOBS.get(kind, {}) | change)
    assert answer.startswith("refused: ")
    assert said in answer


@pytest.mark.parametrize("kind", KINDS)
def test_a_retry_resets_the_attempts(protocol: Protocol, kind: str) -> None:
    claim = protocol.claimed(kind)
    assert protocol.value("pool_retry", kind=kind, row_id=claim["row_id"]) == "refused: it is running"
    protocol.settle(claim, "give_up")
    assert protocol.attempts(claim) == 1
    assert protocol.value("pool_retry", kind=kind, row_id=claim["row_id"]) == "applied"
    assert protocol.value("pool_retry", kind=kind, row_id=claim["row_id"]) == "already"
    assert (protocol.attempts(claim), protocol.error(claim)) == (0, None)
    assert protocol.claim(kind)[0]["attempt"] == 1


def test_a_retry_ends_a_delay_and_returns_attempts_that_are_used_up(protocol: Protocol) -> None:
    claim = protocol.claimed("land")
    protocol.settle(claim, "retry", after_seconds=3600)
    assert protocol.value("pool_retry", kind="land", row_id=claim["row_id"]) == "already"
    assert len(protocol.claim("land")) == 1
    worn = protocol.add("land", attemtps=3)
    assert protocol.value("pool_retry", kind="land", row_id=worn) == "applied"
    assert [row["row_id"] for row in protocol.claim("land")] == [worn]


def test_a_retry_buys_no_document_that_is_in_storage(protocol: Protocol) -> None:
    claim = protocol.claimed("land")
    protocol.settle(claim, "done")
    (reading,) = protocol.claim("ocr_index")
    protocol.settle(reading, "give_up")
    assert "its document is in storage" in protocol.value("pool_retry", kind="land", row_id=claim["row_id"])
    assert protocol.value("pool_retry", kind="ocr_index", row_id=claim["row_id"]) == "applied"
    assert protocol.waits(reading)


def test_a_search_that_failed_outside_the_pool_is_not_retried(protocol: Protocol) -> None:
    row_id = protocol.add("rdprm", status="failed")
    assert "may have been paid" in protocol.value("pool_retry", kind="rdprm", row_id=row_id)


@pytest.mark.parametrize("function", ["pool_retry", "pool_cancel"])
def test_a_row_that_is_not_there_is_refused(protocol: Protocol, function: str) -> None:
    for kind in KINDS:
        assert protocol.value(function, kind=kind, row_id=uuid4()) == "refused: there is no such row"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("running", [True, False])
def test_a_cancel_ends_a_live_lease_first(protocol: Protocol, kind: str, running: bool) -> None:
    row_id = protocol.add(kind)
    claim: Row = {"kind": kind, "row_id": row_id}
    if running:
        (claim,) = protocol.claim(kind)
    assert protocol.value("pool_cancel", kind=kind, row_id=row_id) == "applied"
    assert protocol.value("pool_cancel", kind=kind, row_id=row_id) == "already"
    assert protocol.failed(claim)
    assert protocol.error(claim) == "Job cancelled by user"
    if running:
        assert protocol.renew(claim)[0]["reason"] == "cancelled"
        assert protocol.settle(claim, "done") == "lost"
    assert protocol.failed(claim)


def test_what_is_done_is_not_cancelled(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_index")
    protocol.settle(claim, "done")
    assert protocol.value("pool_cancel", kind="ocr_index", row_id=claim["row_id"]) == "refused: it is done"


@pytest.mark.parametrize("kind", KINDS)
def test_why_says_what_keeps_a_row_from_being_claimed(protocol: Protocol, kind: str) -> None:
    row_id = protocol.add(kind)
    assert protocol.unmet(kind, row_id) == []
    assert protocol.why(kind, uuid4()) == {"the row exists": False}
    switch = "ocr" if kind.startswith("ocr") else kind
    protocol.configure(switches={switch: False})
    assert protocol.unmet(kind, row_id) == ["its kind is switched on here"]
    protocol.configure(switches={})
    protocol.claim(kind)
    assert protocol.unmet(kind, row_id) == ["its status waits for this kind", "nobody holds it"]


def test_depths_count_what_a_claim_of_this_host_would_take(protocol: Protocol) -> None:
    protocol.afford()
    for number in range(4):
        protocol.add("land", document_number=str(number), created_at=f"2026-01-0{number + 1}T00:00:00Z")
    protocol.add("land", attemtps=3)
    delayed, secured, running = protocol.claim("land", how_many=3)
    protocol.settle(delayed, "retry", after_seconds=100)
    protocol.bought(secured, "secured")
    protocol.settle(secured, "released")
    here, there = depth(protocol, "land"), depth(protocol, "land", host="another")
    assert (here["ready"], there["ready"], here["running"]) == (2, 1, 1)
    assert here["oldest_ready_seconds"] > 86400
    assert here["next_not_before"] == protocol.job(delayed)["not_before"]
    assert protocol.runs(running)
    assert [row["kind"] for row in protocol.rows("pool_depths", host="h")] == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_depths_and_a_claim_agree(protocol: Protocol, kind: str) -> None:
    for number in range(5):
        protocol.add(kind, **({"document_number": str(number)} if kind not in ("req", "rdprm") else {}))
    for word in ("retry", "released", "done"):
        (claim,) = protocol.claim(kind)
        protocol.settle(claim, word, after_seconds=60)
    found = depth(protocol, kind)
    assert len(protocol.claim(kind, how_many=99)) == found["ready"] == 2
    assert depth(protocol, kind)["running"] == 2


def test_the_list_of_jobs_goes_on_where_it_stopped(protocol: Protocol) -> None:
    rows = {protocol.add("land", document_number=str(number)) for number in range(25)}
    protocol.query("update public.extraction_queue set created_at = '2026-01-01T00:00:00Z'")
    seen: list[UUID] = []
    cursor: Row = {}
    while page := protocol.rows("pool_jobs_list", filter={"kind": "land"} | cursor, how_many=10):
        seen += [row["row_id"] for row in page]
        last = page[-1]
        cursor = {
            "before": {"created_at": last["created_at"].isoformat(), "row_id": str(last["row_id"])},
        }
    assert len(seen) == len(set(seen)) == 25
    assert set(seen) == rows


def test_the_list_of_jobs_is_narrowed(protocol: Protocol) -> None:
    claims = {kind: protocol.claimed(kind) for kind in KINDS}
    protocol.settle(claims["land"], "give_up", error="no such lot")
    protocol.settle(claims["ocr_index"], "done")

    def listed(**narrow: str) -> set[UUID]:
        return {row["row_id"] for row in protocol.rows("pool_jobs_list", filter=narrow, how_many=99)}

    assert listed(state="error") == {claims["land"]["row_id"]}
    assert claims["ocr_index"]["row_id"] in listed(state="done", kind="ocr_index")
    assert listed(state="running", kind="ocr_acte") == {claims["ocr_acte"]["row_id"]}
    assert listed(row_id=str(claims["req"]["row_id"])) == {claims["req"]["row_id"]}
    assert listed(number="nothing") == set()


def test_failures_are_listed_since_a_time_or_all(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_acte")
    protocol.settle(claim, "give_up", error="unreadable")
    for since, found in (("2026-01-01", 1), ("2100-01-01", 0), (None, 1)):
        rows = protocol.rows("pool_failures", since=since, how_many=10)
        assert len(rows) == found
    assert (rows[0]["kind"], rows[0]["error"]) == ("ocr_acte", "unreadable")


def test_statistics_know_how_long_jobs_took(protocol: Protocol) -> None:
    for number in range(3):
        protocol.settle(protocol.claimed("ocr_index", document_number=str(number)), "done")
    (row,) = (
        row
        for row in protocol.rows("pool_stats", days=3)
        if (row["kind"], row["status"]) == ("ocr_index", "done")
    )
    assert (row["source"], row["count"]) == ("index", 3)
    assert 0 < row["min_seconds"] <= row["mean_seconds"] <= row["max_seconds"] < 60


def test_backfill_lets_documents_without_text_wait_again(protocol: Protocol) -> None:
    empty = [protocol.add("ocr_index", status_id=5, document_number=str(number)) for number in range(3)]
    protocol.add("ocr_index", status_id=5, file_content=DONE["ocr_index"]["file_content"])
    protocol.add("ocr_index", status_id=5, supabase_path=None)
    protocol.add("ocr_acte", status_id=5)
    assert len(protocol.rows("pool_backfill", kind="ocr_index", how_many=2)) == 2
    assert len(protocol.rows("pool_backfill", kind="ocr_index", how_many=9)) == 1
    assert {claim["row_id"] for claim in protocol.claim(how_many=9)} == set(empty)
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        protocol.rows("pool_backfill", kind="land", how_many=1)


def test_settings_that_differ_are_told_and_the_last_wins(protocol: Protocol) -> None:
    assert protocol.configure(max_attempts=2) == {"max_attempts": {"was": None, "now": 2}}
    assert protocol.configure(max_attempts=2) == {}
    assert protocol.configure(max_attempts=4) == {"max_attempts": {"was": 2, "now": 4}}
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="max_attempt is not a setting"):
        protocol.configure(max_attempt=1)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_attempts": "three"},
        {"max_attempts": 0},
        {"max_outages": -1},
        {"budgets": {"land": "much"}},
        {"budgets": 5},
        {"budgets": {"land": 2400.0}},
        {"prices": {"land": 1.5}},
        {"prices": {"land": -150}},
        {"complete_sessions": "yes"},
        {"reuse_days": {"acte": None}},
        {"land_unknown": "sell"},
        {"retry_seconds": []},
        {"retry_seconds": [1, "x"]},
        {"switches": {"land": "off"}},
        {"predecessor_beside": "no"},
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_is_refused_before_it_stops_every_claim(
    penniless: Protocol, settings: Row
) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=next(iter(settings))):
        penniless.configure(**settings)
    assert penniless.query("select * from public.pool_settings") == []
