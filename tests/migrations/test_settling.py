from uuid import uuid4

import psycopg
import pytest

from poolmgr.domain.states import DONE as DONE_STATUSES
from tests.migrations.calls import DONE, KINDS
from tests.migrations.protocol import Protocol

WORDS = ["done", "retry", "give_up", "released", "outage"]


@pytest.mark.parametrize("kind", KINDS)
def test_done_writes_the_result_and_ends_the_lease(protocol: Protocol, kind: str) -> None:
    claim = protocol.claimed(kind)
    assert protocol.settle(claim, "done") == "applied"
    assert protocol.status(claim) in DONE_STATUSES[kind]
    assert protocol.lease(claim)["outcome"] == "done"
    assert protocol.attempts(claim) == 0
    assert protocol.claim(kind) == []


def test_a_plan_needs_no_reading(protocol: Protocol) -> None:
    claim = protocol.claimed("land", document_source="plan_cadastraux")
    protocol.settle(claim, "done")
    assert protocol.status(claim) == 5


def test_a_download_keeps_its_worker_and_clears_its_error(protocol: Protocol) -> None:
    claim = protocol.claimed("land", error_message="an older try")
    protocol.settle(claim, "done")
    row = protocol.row("land", claim["row_id"])
    assert (row["status_id"], row["supabase_path"], row["error_message"]) == (3, "index/a.pdf", None)
    assert row["worker_id"] == "w1"


def test_pages_are_kept_beside_the_text_and_replaced_as_one_set(protocol: Protocol) -> None:
    row_id = protocol.add("ocr_index")
    for pages in (3, 2):
        (claim,) = protocol.claim("ocr_index")
        result = {
            "file_content": "texte",
            "pages": [{"engine": "layer", "tokens": 5, "cents": 0.25, "text": f"{n}"} for n in range(pages)],
        }
        assert protocol.settle(claim, "done", result=result) == "applied"
        protocol.set("ocr_index", row_id, status_id=3)
    found = protocol.query("select * from public.pool_ocr_results where row_id = %s order by page", row_id)
    assert [(page["page"], page["engine"], page["tokens"]) for page in found] == [
        (1, "layer", 5),
        (2, "layer", 5),
    ]


def test_companies_are_replaced_as_one_set(protocol: Protocol) -> None:
    claim = protocol.claimed("req", initial_search_query="Tremblay")
    protocol.query(
        "insert into public.req_companies (search_session_id, company_name) values (%s, 'half a try before')",
        claim["row_id"],
    )
    companies = [{"cleaned_data": {"neq": "1"}}, {"company_name": "Bouchard", "cleaned_data": {"neq": "2"}}]
    protocol.settle(claim, "done", result={"results_count": 7, "companies": companies})
    found = protocol.query(
        "select company_name, result_order, is_selected from public.req_companies order by result_order"
    )
    assert [tuple(row.values()) for row in found] == [("Tremblay", 1, False), ("Bouchard", 2, False)]
    session = protocol.row("req", claim["row_id"])
    assert (session["req_completed"], session["req_results_count"]) == (True, 7)


def test_a_search_without_result_is_not_found_or_says_so_where_that_word_is_unknown(
    own_protocol: Protocol,
) -> None:
    protocol = own_protocol
    claim = protocol.claimed("rdprm")
    assert protocol.settle(claim, "done", result={"found": False}) == "applied"
    assert protocol.status(claim) == "not_found"
    protocol.query(
        "update public.rdprm_searches set status = 'failed';"
        "alter table public.rdprm_searches add check (status in ('pending', 'in_progress', "
        "'completed', 'failed'))"
    )
    strict = protocol.claimed("rdprm")
    assert protocol.settle(strict, "done", result={"found": False}) == "applied"
    assert protocol.status(strict) == "failed"
    assert str(protocol.error(strict)).startswith("not_found: ")


@pytest.mark.parametrize("kind", ["land", "rdprm"])
@pytest.mark.parametrize("word", WORDS)
def test_the_same_word_twice_is_already_and_another_is_lost(protocol: Protocol, kind: str, word: str) -> None:
    claim = protocol.claimed(kind)
    assert protocol.settle(claim, word) == "applied"
    before = protocol.row(kind, claim["row_id"]), protocol.job(claim)
    assert protocol.settle(claim, word) == "already"
    assert protocol.settle(claim, word, error="another sentence", result={"supabase_path": "b"}) == "lost"
    for other in WORDS:
        if other != word:
            assert protocol.settle(claim, other) == "lost"
    assert (protocol.row(kind, claim["row_id"]), protocol.job(claim)) == before


def test_a_token_that_never_was_is_lost(protocol: Protocol) -> None:
    assert protocol.settle({"token": uuid4(), "kind": "land"}, "done") == "lost"


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_lost_its_lease_writes_nothing(protocol: Protocol, kind: str) -> None:
    late = protocol.claimed(kind)
    protocol.expire(late)
    protocol.rescue()
    protocol.ripen()
    (owner,) = protocol.claim(kind, worker="w2")
    before = protocol.row(kind, late["row_id"])
    for word in WORDS:
        assert protocol.settle(late, word) == "lost"
    assert protocol.row(kind, late["row_id"]) == before
    assert protocol.settle(owner, "done") == "applied"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", WORDS)
def test_a_row_that_left_its_claim_is_not_touched(protocol: Protocol, kind: str, word: str) -> None:
    claim = protocol.claimed(kind)
    away = {"status": "failed"} if kind in ("req", "rdprm") else {"status_id": 4}
    protocol.set(kind, claim["row_id"], **away)
    before = protocol.row(kind, claim["row_id"])
    assert protocol.settle(claim, word) == "lost"
    assert protocol.row(kind, claim["row_id"]) == before
    assert protocol.lease(claim)["outcome"] == "cancelled"


def test_an_expired_lease_that_nobody_took_back_still_settles(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_index")
    protocol.expire(claim)
    assert protocol.settle(claim, "done") == "applied"


@pytest.mark.parametrize("kind", KINDS)
def test_a_retry_counts_one_attempt_and_waits_longer_each_time(protocol: Protocol, kind: str) -> None:
    row_id = protocol.add(kind)
    for attempt, seconds in ((1, 5), (2, 10)):
        (claim,) = protocol.claim(kind)
        assert claim["attempt"] == attempt
        protocol.settle(claim, "retry")
        assert protocol.attempts(claim) == attempt
        delay = protocol.one(
            "select extract(epoch from not_before - updated_at)::float8 s from public.pool_jobs "
            "where row_id = %s",
            row_id,
        )["s"]
        assert seconds - 0.1 <= delay <= seconds * 1.2 + 0.1
        protocol.ripen()
    (claim,) = protocol.claim(kind)
    protocol.settle(claim, "retry", error="the third time")
    assert protocol.failed(claim)
    assert protocol.error(claim) == "the third time"
    assert protocol.attempts(claim) == 3
    assert protocol.claim(kind) == []


@pytest.mark.parametrize("kind", KINDS)
def test_giving_up_is_an_error_at_once(protocol: Protocol, kind: str) -> None:
    claim = protocol.claimed(kind)
    protocol.settle(claim, "give_up", error="no such lot")
    assert protocol.failed(claim)
    assert protocol.error(claim) == "no such lot"
    assert protocol.attempts(claim) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", ["released", "outage"])
def test_what_is_nobodys_fault_counts_no_attempt(protocol: Protocol, kind: str, word: str) -> None:
    claim = protocol.claimed(kind)
    protocol.settle(claim, word)
    assert protocol.waits(claim)
    assert protocol.attempts(claim) == 0


def test_outages_without_end_end_with_a_sentence(protocol: Protocol) -> None:
    protocol.configure(max_outages=2)
    row_id = protocol.add("ocr_index")
    for _ in range(3):
        (claim,) = protocol.claim("ocr_index")
        protocol.settle(claim, "outage", error="the service is away")
        protocol.ripen()
    assert protocol.row("ocr_index", row_id)["status_id"] == 4
    assert protocol.error(claim) == "outside trouble 3 times in a row, the last: the service is away"
    assert protocol.attempts(claim) == 0


@pytest.mark.parametrize("word", ["retry", "give_up"])
def test_an_error_always_has_a_sentence(protocol: Protocol, word: str) -> None:
    claim = protocol.claimed("land", attemtps=2)
    protocol.settle(claim, word, error=None)
    assert protocol.failed(claim)
    assert protocol.error(claim) == f"{word} by w1 without a reason"


@pytest.mark.parametrize("kind", KINDS)
def test_a_released_row_keeps_the_sentence_of_its_last_failure(protocol: Protocol, kind: str) -> None:
    column = "ocr_error" if kind.startswith("ocr") else "error_message"
    claim = protocol.claimed(kind, **{column: "an older failure"})
    protocol.settle(claim, "released", error="the pool drains", after_seconds=30)
    assert protocol.error(claim) == "an older failure"
    assert protocol.unmet(kind, claim["row_id"]) == ["its time has come"]


def test_ocr_never_writes_the_downloads_error(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_index")
    protocol.settle(claim, "give_up")
    row = protocol.row("ocr_index", claim["row_id"])
    assert (row["error_message"], row["ocr_error"]) == (None, "a sentence")
    assert row["ocr_last_error_at"] is not None


def test_the_trail_keeps_the_last_twenty(protocol: Protocol) -> None:
    protocol.add("ocr_index")
    for number in range(23):
        (claim,) = protocol.claim("ocr_index", worker=f"w{number}")
        protocol.settle(claim, "released")
    trail = protocol.job(claim)["trail"]
    assert [entry["worker"] for entry in trail] == [f"w{number}" for number in range(3, 23)]


@pytest.mark.parametrize("outcome", [{}, {"outcome": None}, {"outcome": "finished"}])
def test_a_word_that_is_no_outcome_is_refused(protocol: Protocol, outcome: dict[str, object]) -> None:
    claim = protocol.claimed("land")
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="is not an outcome"):
        protocol.value("pool_settle", token=claim["token"], outcome=outcome)
    assert protocol.renew(claim)[0]["held"]


@pytest.mark.parametrize("kind", ["land", "ocr_index"])
def test_done_without_its_result_is_refused_and_changes_nothing(protocol: Protocol, kind: str) -> None:
    claim = protocol.claimed(kind)
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        protocol.settle(claim, "done", result={})
    assert protocol.renew(claim)[0]["held"]
    assert protocol.settle(claim, "give_up", error="refused") == "applied"


def test_a_settle_waits_for_its_row_and_then_tells_the_truth(protocol: Protocol) -> None:
    """A cancel that commits first wins; the settle that waited for it is lost."""
    claim = protocol.claimed("land")
    protocol.service.execute("set lock_timeout = '200ms'")
    with protocol.beside() as other:
        other.execute("update public.extraction_queue set status_id = 4 where id = %s", [claim["row_id"]])
        with pytest.raises(psycopg.errors.LockNotAvailable):
            protocol.settle(claim, "done")
        other.commit()
    assert protocol.settle(claim, "done") == "lost"
    assert protocol.failed(claim)


def test_every_kind_has_a_result_that_tests_may_use() -> None:
    assert set(DONE) == set(KINDS)
