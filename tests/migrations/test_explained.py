"""What people are told of jobs: the facts of each condition, how long jobs took, what runs too long."""

from typing import Any

from tests.migrations.calls import Row
from tests.migrations.protocol import Protocol
from tests.migrations.till import die


def facts(protocol: Protocol, claim: Row, condition: str) -> dict[str, Any]:
    rows = protocol.rows("pool_why", kind=claim["kind"], row_id=claim["row_id"])
    (found,) = (row["facts"] for row in rows if row["condition"] == condition)
    return dict(found)


def stats(protocol: Protocol, kind: str, status: str) -> Row:
    rows = protocol.rows("pool_stats", days=3)
    found = [row for row in rows if (row["kind"], row["status"]) == (kind, status)]
    assert len(found) <= 1
    return found[0] if found else {}


def test_who_holds_a_row_is_told_with_its_last_renewal(protocol: Protocol) -> None:
    claim = protocol.claimed("land", worker="w7", host="h7")
    protocol.query("update public.pool_leases set claimed_at = claimed_at - interval '1 hour'")
    told = facts(protocol, claim, "nobody holds it")
    assert (told["worker"], told["host"]) == ("w7", "h7")
    assert 3600 <= told["renewed_seconds"] < 3700
    protocol.query(
        "update public.extraction_queue set processing_started_at = processing_started_at - interval '1 hour'"
    )
    assert protocol.renew(claim, seconds=60)[0]["held"] is True
    told = facts(protocol, claim, "nobody holds it")
    assert 0 <= told["renewed_seconds"] < 10
    assert 50 < told["seconds"] <= 60


def test_a_delay_is_told_with_the_error_that_made_it(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_index")
    protocol.settle(claim, "retry", error="an older failure")
    protocol.ripen()
    (claim,) = protocol.claim("ocr_index")
    protocol.settle(claim, "released", error="storage is away", after_seconds=100)
    told = facts(protocol, claim, "its time has come")
    assert told["last_error"] == "storage is away"
    assert 90 < told["seconds"] <= 100
    assert protocol.error(claim) == "an older failure"


def test_a_failure_is_told_with_its_sentence_and_its_attempts(protocol: Protocol) -> None:
    claim = protocol.claimed("req")
    protocol.settle(claim, "give_up", error="no such name")
    assert facts(protocol, claim, "its status waits for this kind") == {
        "state": "error",
        "error": "no such name",
    }
    assert facts(protocol, claim, "attempts are left") == {"tries": 1, "most": 3}


def test_a_purchase_that_holds_the_row_is_told_before_any_other(protocol: Protocol) -> None:
    claim = protocol.claimed("land")
    purchase = protocol.bought(claim, "unknown", "a lot")
    protocol.settle(claim, "give_up")
    assert facts(protocol, claim, "no purchase holds it") == {"purchase": purchase, "state": "unknown"}
    assert facts(protocol, claim, "any host may take it") == {"host": None}


def test_a_download_is_counted_beside_the_reading_of_its_document(protocol: Protocol) -> None:
    for source in ("index", "index", "plan_cadastraux"):
        protocol.settle(protocol.claimed("land", document_source=source), "done")
    (reading,) = protocol.claim("ocr_index")
    rows = {
        (row["kind"], row["status"], row["source"]): row["count"]
        for row in protocol.rows("pool_stats", days=3)
    }
    assert rows == {
        ("land", "done", "index"): 2,
        ("land", "done", "plan_cadastraux"): 1,
        ("ocr_index", "running", "index"): 1,
        ("ocr_index", "waiting", "index"): 1,
    }
    protocol.settle(reading, "give_up")
    assert stats(protocol, "ocr_index", "error")["count"] == 1
    protocol.query("update public.pool_leases set ended_at = ended_at - interval '4 days'")
    assert ("land", "index") not in {
        (row["kind"], row["source"]) for row in protocol.rows("pool_stats", days=3)
    }


def test_durations_are_of_the_last_success(protocol: Protocol) -> None:
    claims = [protocol.claimed("ocr_acte") for _ in range(3)]
    for claim in claims:
        protocol.settle(claim, "done")
    for seconds, claim in zip((10, 20, 60), claims, strict=True):
        protocol.query(
            "update public.pool_leases set claimed_at = ended_at - make_interval(secs => %s) "
            "where token = %s",
            seconds,
            claim["token"],
        )
    found = stats(protocol, "ocr_acte", "done")
    assert (found["min_seconds"], found["mean_seconds"], found["max_seconds"]) == (10, 30, 60)
    assert (found["count"], found["attempts"]) == (3, 0)


def test_a_row_that_failed_says_its_mean_attempts(protocol: Protocol) -> None:
    protocol.configure(max_attempts=2)
    for tries in (1, 2):
        claim = protocol.claimed("req")
        for _ in range(tries - 1):
            die(protocol, claim)
            (claim,) = protocol.claim("req")
        protocol.settle(claim, "give_up")
    assert stats(protocol, "req", "error")["attempts"] == 1.5


def test_what_runs_too_long_is_told_whoever_runs_it(protocol: Protocol) -> None:
    expired = protocol.claimed("land", worker="w1", host="h1")
    slow = protocol.claimed("ocr_index", worker="w2", host="h2")
    protocol.claimed("ocr_acte")
    foreign = protocol.add("req", status="scraping_company_data", updated_at="2026-01-01T00:00:00Z")
    protocol.expire(expired)
    protocol.query(
        "update public.pool_leases set claimed_at = claimed_at - interval '31 minutes' where token = %s",
        slow["token"],
    )
    rows = protocol.rows("pool_overdue", foreign_limit_minutes=30)
    assert [(row["row_id"], row["worker"], row["host"], row["reason"]) for row in rows] == [
        (slow["row_id"], "w2", "h2", "running longer than the limit"),
        (expired["row_id"], "w1", "h1", "its lease expired"),
        (foreign, None, None, "running without a lease"),
    ]
    assert rows[0]["seconds"] > 1860
    assert rows[2]["seconds"] is None
    protocol.settle(slow, "done")
    assert len(protocol.rows("pool_overdue", foreign_limit_minutes=30)) == 2
