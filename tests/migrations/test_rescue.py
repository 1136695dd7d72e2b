import pytest

from tests.migrations.calls import KINDS, Row
from tests.migrations.protocol import Protocol


def running_alone(protocol: Protocol, kind: str, minutes: int) -> dict[str, object]:
    """A row that runs without any lease of ours since so many minutes."""
    since = protocol.one("select clock_timestamp() - make_interval(mins => %s) t", minutes)["t"]
    columns: dict[str, dict[str, object]] = {
        "land": {"status_id": 2, "worker_id": "predecessor", "processing_started_at": since},
        "ocr_index": {"status_id": 6, "ocr_worker_id": "predecessor", "ocr_started_at": since},
        "ocr_acte": {"status_id": 6, "ocr_worker_id": "predecessor", "ocr_started_at": since},
        "req": {"status": "scraping_company_data", "updated_at": since},
        "rdprm": {"status": "in_progress", "created_at": since},
    }
    return {"kind": kind, "row_id": protocol.add(kind, **columns[kind])}


@pytest.mark.parametrize("kind", KINDS)
def test_an_expired_lease_goes_back_and_counts_an_attempt(protocol: Protocol, kind: str) -> None:
    claim = protocol.claimed(kind)
    assert protocol.rescue() == []
    protocol.expire(claim)
    (rescued,) = protocol.rescue()
    assert (rescued["row_id"], rescued["worker"], rescued["reason"]) == (claim["row_id"], "w1", "expired")
    assert protocol.waits(claim)
    assert protocol.attempts(claim) == 1
    assert protocol.lease(claim)["outcome"] == "rescued"
    assert protocol.rescue() == []


@pytest.mark.parametrize("kind", KINDS)
def test_at_the_maximum_a_rescued_row_becomes_an_error_with_a_sentence(protocol: Protocol, kind: str) -> None:
    protocol.configure(max_attempts=1)
    most: Row = {"land": {"max_attempts": None}, "req": {}, "rdprm": {}}.get(kind, {"ocr_max_attempts": None})
    claim = protocol.claimed(kind, **most)
    protocol.expire(claim)
    protocol.rescue()
    assert protocol.failed(claim)
    assert protocol.error(claim) == "its worker w1 was not heard of in time"


@pytest.mark.parametrize(
    ("columns", "reason"), [({"status_id": 4}, "cancelled"), ({"status_id": 1}, "taken")]
)
def test_a_lease_whose_row_left_is_ended_before_it_expires(
    protocol: Protocol, columns: dict[str, int], reason: str
) -> None:
    protocol.configure(predecessor_beside=False)
    claim = protocol.claimed("land")
    protocol.set("land", claim["row_id"], **columns)
    before = protocol.row("land", claim["row_id"])
    assert [row["reason"] for row in protocol.rescue()] == [reason]
    assert protocol.row("land", claim["row_id"]) == before


@pytest.mark.parametrize("kind", ["land", "req", "ocr_index", "ocr_acte"])
def test_a_row_that_runs_without_a_lease_for_too_long_goes_back(protocol: Protocol, kind: str) -> None:
    young, old = (running_alone(protocol, kind, minutes) for minutes in (29, 31))
    (rescued,) = protocol.rescue(30)
    assert (rescued["row_id"], rescued["reason"]) == (old["row_id"], "foreign")
    assert protocol.waits(old)
    assert protocol.attempts(old) == 1
    assert protocol.runs(young)


def test_a_search_that_runs_without_a_lease_is_only_reported(protocol: Protocol) -> None:
    old = running_alone(protocol, "rdprm", 31)
    for _ in range(2):
        (reported,) = protocol.rescue(30)
        assert reported["row_id"] == old["row_id"]
        assert "look at it" in reported["reason"]
    assert protocol.runs(old)


def test_searches_that_run_without_a_lease_keep_nothing_else_from_its_rescue(protocol: Protocol) -> None:
    for _ in range(501):
        running_alone(protocol, "rdprm", 31)
    land = running_alone(protocol, "land", 31)
    protocol.rescue(30)
    assert protocol.waits(land)


def test_plans_that_were_downloaded_are_done(protocol: Protocol) -> None:
    plan = protocol.add("ocr_index", document_source="plan_cadastraux")
    protocol.rescue()
    row = protocol.row("land", plan)
    assert row["status_id"] == 5
    assert row["ocr_completed_at"] is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_waiting_row_without_attempts_left_is_closed(protocol: Protocol, kind: str) -> None:
    """Somebody put a row back that had none left; waiting for ever is no state."""
    claim = protocol.claimed(kind)
    for _ in range(3):
        protocol.expire(claim)
        protocol.rescue()
        (claim,) = protocol.claim(kind) or [claim]
    assert protocol.failed(claim)
    away = {"status": "pending_company_selection" if kind == "req" else "pending"}
    protocol.set(
        kind,
        claim["row_id"],
        **away if kind in ("req", "rdprm") else {"status_id": 1 if kind == "land" else 3},
    )
    assert protocol.claim(kind) == []
    assert [row["reason"] for row in protocol.rescue()] == ["no attempt left"]
    assert protocol.failed(claim)
    assert protocol.error(claim) == "Max attempts exceeded"


def test_ended_leases_stay_a_week(protocol: Protocol) -> None:
    kept, old = (protocol.claimed("ocr_index", document_number=str(number)) for number in range(2))
    for claim, days in ((kept, 6), (old, 8)):
        protocol.settle(claim, "done")
        protocol.query(
            "update public.pool_leases set ended_at = now() - make_interval(days => %s) where token = %s",
            days,
            claim["token"],
        )
    protocol.rescue()
    assert [row["token"] for row in protocol.query("select token from public.pool_leases")] == [kept["token"]]


def test_a_rescue_waits_for_nobody(protocol: Protocol) -> None:
    busy, free = (protocol.claimed("land", document_number=str(number)) for number in range(2))
    protocol.expire(busy)
    protocol.expire(free)
    protocol.service.execute("set lock_timeout = '300ms'")
    with protocol.beside() as other:
        other.execute("select from public.extraction_queue where id = %s for update", [busy["row_id"]])
        assert [row["row_id"] for row in protocol.rescue()] == [free["row_id"]]
    with protocol.beside() as other:
        other.execute("select from public.pool_leases where token = %s for update", [busy["token"]])
        assert protocol.rescue() == []
    assert [row["row_id"] for row in protocol.rescue()] == [busy["row_id"]]


def release(protocol: Protocol, *claims: dict[str, object]) -> int:
    return int(
        protocol.value("pool_release", tokens=[claim["token"] for claim in claims], reason="the pool drains")
    )


def release_worker(protocol: Protocol, worker: str, *, crashed: bool) -> int:
    return int(protocol.value("pool_release_worker", worker=worker, reason="killed", crashed=crashed))


@pytest.mark.parametrize("kind", KINDS)
def test_a_release_counts_no_attempt(protocol: Protocol, kind: str) -> None:
    claim = protocol.claimed(kind)
    assert release(protocol, claim) == 1
    assert release(protocol, claim) == 0
    assert protocol.waits(claim)
    assert protocol.attempts(claim) == 0
    assert protocol.settle(claim, "done") == "lost"


def test_a_release_leaves_a_row_that_is_no_longer_ours(protocol: Protocol) -> None:
    gone, ours = (protocol.claimed("land", document_number=str(number)) for number in range(2))
    protocol.set("land", gone["row_id"], status_id=4)
    assert release(protocol, gone, ours) == 1
    assert protocol.failed(gone)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("crashed", [True, False])
def test_a_dead_workers_leases_go_back_told_or_untold(protocol: Protocol, kind: str, crashed: bool) -> None:
    claim = protocol.claimed(kind, worker="dead")
    other = protocol.claimed(kind, worker="alive")
    assert release_worker(protocol, "dead", crashed=crashed) == 1
    assert release_worker(protocol, "dead", crashed=crashed) == 0
    assert protocol.waits(claim)
    assert protocol.attempts(claim) == int(crashed)
    assert protocol.runs(other)


def test_a_crash_at_the_maximum_is_an_error(protocol: Protocol) -> None:
    claim = protocol.claimed("land", attemtps=2)
    release_worker(protocol, "w1", crashed=True)
    assert protocol.failed(claim)
    assert protocol.error(claim) == "killed"


def test_a_dead_workers_accounts_go_back_too(protocol: Protocol) -> None:
    account = protocol.one("select gen_random_uuid() id")["id"]
    asked = {"lease_id": account, "registry": "rdprm", "worker": "dead", "host": "h", "lease_seconds": 60}
    assert protocol.value("pool_account_lease", **asked) == {"id": "config"}
    assert release_worker(protocol, "dead", crashed=True) == 0
    assert protocol.one("select result from public.pool_account_leases")["result"] == "released"


def test_the_release_of_a_worker_waits_for_nobody(protocol: Protocol) -> None:
    protocol.claimed("land")
    protocol.service.execute("set lock_timeout = '300ms'")
    with protocol.beside() as other:
        other.execute("select from public.extraction_queue for update")
        assert release_worker(protocol, "w1", crashed=False) == 0
    assert release_worker(protocol, "w1", crashed=False) == 1
