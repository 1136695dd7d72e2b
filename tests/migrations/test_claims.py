from threading import Thread
from uuid import uuid4

import psycopg
import pytest

from tests.migrations.calls import KINDS, call
from tests.migrations.protocol import Protocol


@pytest.mark.parametrize("kind", KINDS)
def test_a_claim_takes_a_waiting_row_and_writes_who_runs_it(protocol: Protocol, kind: str) -> None:
    row_id = protocol.add(kind)
    (claim,) = protocol.claim(kind, worker="w1", host="h1")
    assert (claim["kind"], claim["row_id"], claim["attempt"]) == (kind, row_id, 1)
    assert protocol.runs(claim)
    assert protocol.attempts(claim) == 0
    assert protocol.claim(kind, worker="w2") == []
    lease = protocol.lease(claim)
    assert (lease["worker"], lease["host"], lease["ended_at"]) == ("w1", "h1", None)
    assert 89 < (lease["expires_at"] - lease["claimed_at"]).total_seconds() <= 90


def test_a_job_has_named_columns_and_never_the_text(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_index", file_content="a long text", boosted_file_content="longer")
    assert "long" not in str(claim["job"])
    assert claim["job"]["supabase_path"] == "index/a.pdf"
    assert set(protocol.claimed("land")["job"]) == {
        "document_source",
        "document_number",
        "document_number_normalized",
        "circonscription_fonciere",
        "cadastre",
        "designation_secondaire",
        "acte_type",
        "supabase_path",
        "created_at",
    }


def test_the_oldest_rows_come_first_and_kinds_in_the_order_asked(protocol: Protocol) -> None:
    young, old = (
        protocol.add("land", created_at=f"2026-01-0{day}T00:00:00Z", document_number=str(day))
        for day in (2, 1)
    )
    search = protocol.add("req", created_at="2025-01-01T00:00:00Z")
    claims = protocol.claim("land", "req", how_many=3)
    assert [claim["row_id"] for claim in claims] == [old, young, search]


def test_a_repeated_claim_answers_with_its_own_live_leases_and_takes_none_new(protocol: Protocol) -> None:
    for number in range(4):
        protocol.add("ocr_index", document_number=str(number))
    claim_id = uuid4()
    first = protocol.claim(claim_id=claim_id, how_many=3)
    assert protocol.claim(claim_id=claim_id, how_many=3) == first
    protocol.settle(first[0], "done")
    protocol.expire(first[1])
    assert protocol.claim(claim_id=claim_id, how_many=3) == [first[2]]
    protocol.settle(first[2], "done")
    assert protocol.claim(claim_id=claim_id, how_many=3) == []
    assert len(protocol.claim(how_many=3)) == 1


def test_a_repeat_while_the_first_call_is_in_flight_sees_what_that_one_did(protocol: Protocol) -> None:
    for number in range(6):
        protocol.add("land", document_number=str(number))
    claim_id = uuid4()
    arguments = {
        "claim_id": claim_id,
        "kinds": ["land"],
        "worker": "w",
        "host": "h",
        "how_many": 3,
        "lease_seconds": 90,
    }
    repeated: list[object] = []
    repeat = Thread(
        target=lambda: repeated.extend(row["token"] for row in protocol.rows("pool_claim", **arguments))
    )
    with protocol.beside() as other:
        first = call(other, "pool_claim", arguments)
        repeat.start()
        repeat.join(0.2)
        assert repeat.is_alive()
        other.commit()
    repeat.join(10)
    assert sorted(map(str, repeated)) == sorted(str(row["token"]) for row in first)
    assert protocol.one("select count(*) n from public.pool_leases")["n"] == 3


def test_rows_in_another_claims_hands_are_passed_over_and_the_limit_still_holds(protocol: Protocol) -> None:
    for number in range(5):
        protocol.add("land", document_number=str(number))
    with protocol.beside() as other:
        arguments = {"kinds": ["land"], "worker": "w", "host": "h", "lease_seconds": 90}
        first = call(other, "pool_claim", arguments | {"claim_id": uuid4(), "how_many": 2})
        second = protocol.claim("land", how_many=2)
        assert len(first) == len(second) == 2
        other.commit()
    assert {row["row_id"] for row in first}.isdisjoint(row["row_id"] for row in second)


def test_a_row_without_attempts_left_is_not_taken(protocol: Protocol) -> None:
    protocol.add("land", attemtps=3)
    protocol.add("land", attemtps=3, max_attempts=None)
    protocol.add("ocr_index", ocr_attempts=3)
    assert protocol.claim() == []
    kept = protocol.add("land", attemtps=3, max_attempts=4)
    (claim,) = protocol.claim()
    assert (claim["row_id"], claim["attempt"]) == (kept, 4)


def test_a_row_is_not_taken_before_its_time(protocol: Protocol) -> None:
    claim = protocol.claimed("req")
    protocol.settle(claim, "retry", after_seconds=60)
    assert protocol.waits(claim)
    assert protocol.claim("req") == []
    assert protocol.unmet("req", claim["row_id"]) == ["its time has come"]
    protocol.ripen()
    assert protocol.claim("req")[0]["attempt"] == 2


def test_a_kind_that_is_switched_off_is_not_taken(protocol: Protocol) -> None:
    protocol.add("ocr_index")
    protocol.add("land")
    protocol.configure(switches={"ocr": False})
    assert [claim["kind"] for claim in protocol.claim(how_many=9)] == ["land"]
    assert [row["ready"] for row in protocol.rows("pool_depths", host="h")] == [0] * 5
    protocol.configure(switches={"ocr": True})
    assert [claim["kind"] for claim in protocol.claim(how_many=9)] == ["ocr_index"]


def test_ocr_takes_only_its_own_source_and_only_with_a_file(protocol: Protocol) -> None:
    protocol.add("ocr_index", document_source="plan_cadastraux")
    protocol.add("ocr_index", supabase_path=None)
    acte = protocol.add("ocr_acte")
    assert protocol.claim("ocr_index", how_many=9) == []
    assert [claim["row_id"] for claim in protocol.claim("ocr_index", "ocr_acte", how_many=9)] == [acte]


def test_a_worker_id_left_by_the_download_does_not_hide_a_row_from_ocr(protocol: Protocol) -> None:
    protocol.add("ocr_index", worker_id="the downloader", file_content="an old text")
    assert len(protocol.claim("ocr_index")) == 1


def test_a_session_whose_companies_were_found_is_not_searched_again(protocol: Protocol) -> None:
    row_id = protocol.add("req", req_completed=True)
    assert protocol.claim("req") == []
    assert protocol.unmet("req", row_id) == ["its status waits for this kind"]


@pytest.mark.parametrize("how_many", [0, -1])
def test_a_claim_of_none_takes_none(protocol: Protocol, how_many: int) -> None:
    protocol.add("land")
    assert protocol.claim(how_many=how_many) == []


def test_an_unknown_kind_is_refused_by_name(protocol: Protocol) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="lnad is not a kind of job"):
        protocol.claim("lnad")


def test_no_claim_comes_back_empty_while_a_claimable_row_is_free(protocol: Protocol) -> None:
    """The row that another transaction delayed meanwhile is not the only one."""
    first, second = (
        protocol.add("land", created_at=f"2026-01-0{day}T00:00:00Z", document_number=str(day))
        for day in (1, 2)
    )
    protocol.query(
        "insert into public.pool_jobs (kind, row_id, not_before) values ('land', %s, now() + "
        "interval '1 hour')",
        first,
    )
    assert [claim["row_id"] for claim in protocol.claim("land")] == [second]
