from uuid import UUID, uuid4

import psycopg
import pytest

from tests.migrations.protocol import Protocol


def lease(
    protocol: Protocol, lease_id: UUID | None = None, registry: str = "land", seconds: int = 60
) -> str | None:
    account = protocol.value(
        "pool_account_lease",
        lease_id=lease_id or uuid4(),
        registry=registry,
        worker="w1",
        host="h1",
        lease_seconds=seconds,
    )
    return None if account is None else str(account.get("username", account["id"]))


def give_back(protocol: Protocol, lease_id: UUID, result: str) -> str:
    return str(protocol.value("pool_account_return", lease_id=lease_id, result=result))


@pytest.fixture
def staffed(protocol: Protocol) -> Protocol:
    """Three accounts: a and b in use, c switched off."""
    protocol.query(
        "insert into public.worker_accounts (username, password, is_active, last_used) values "
        "('a', 'secret', true, now() - interval '1 day'), ('b', 'secret', true, now()), ('c', "
        "'secret', false, null)"
    )
    return protocol


def test_an_account_has_one_holder_and_the_longest_unused_goes_first(staffed: Protocol) -> None:
    assert [lease(staffed) for _ in range(3)] == ["a", "b", None]


def test_the_same_lease_is_the_same_account_and_extended(staffed: Protocol) -> None:
    lease_id = uuid4()
    assert lease(staffed, lease_id) == "a"
    assert lease(staffed, lease_id, seconds=600) == "a"
    left = staffed.one(
        "select extract(epoch from expires_at - now())::int s, count(*) over () n from "
        "public.pool_account_leases"
    )
    assert left["s"] > 500
    assert left["n"] == 1


def test_an_expired_holder_loses_the_account_for_good(staffed: Protocol) -> None:
    old = uuid4()
    lease(staffed, old)
    lease(staffed)
    staffed.query(
        "update public.pool_account_leases set expires_at = now() - interval '1 s' where lease_id = %s", old
    )
    assert lease(staffed) == "a"
    assert lease(staffed, old) is None


def test_an_account_given_back_is_free_again(staffed: Protocol) -> None:
    lease_id = uuid4()
    lease(staffed, lease_id)
    assert give_back(staffed, lease_id, "ok") == "applied"
    assert give_back(staffed, lease_id, "ok") == "already"
    assert give_back(staffed, uuid4(), "ok") == "already"
    assert lease(staffed, lease_id) is None


def test_three_failed_logins_take_an_account_out_and_a_good_one_clears_them(staffed: Protocol) -> None:
    staffed.query("update public.worker_accounts set is_active = false where username = 'b'")
    for result, failures in (
        ("login_failed", 1),
        ("released", 1),
        ("ok", 0),
        ("login_failed", 1),
        ("login_failed", 2),
        ("login_failed", 3),
    ):
        lease_id = uuid4()
        assert lease(staffed, lease_id) == "a"
        give_back(staffed, lease_id, result)
        found = staffed.one("select failure_count n from public.worker_accounts where username = 'a'")
        assert found["n"] == failures
    assert lease(staffed) is None


def test_the_one_search_account_is_held_by_one(protocol: Protocol) -> None:
    lease_id = uuid4()
    assert lease(protocol, lease_id, "rdprm") == "config"
    assert lease(protocol, registry="rdprm") is None
    assert lease(protocol, lease_id, "rdprm") == "config"
    give_back(protocol, lease_id, "released")
    assert lease(protocol, registry="rdprm") == "config"


def test_registries_do_not_take_each_others_accounts(staffed: Protocol) -> None:
    assert lease(staffed) == "a"
    assert lease(staffed, registry="rdprm") == "config"


def test_a_result_that_is_none_is_refused(staffed: Protocol) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        give_back(staffed, uuid4(), "bad")


def test_beats_are_written_with_an_explicit_null_and_dead_rows_go(protocol: Protocol) -> None:
    job = str(uuid4())
    protocol.query(
        "insert into public.worker_status (worker_id, status, last_heartbeat) values ('dead', "
        "'idle', now() - interval '2 days')"
    )
    for current, status in ((job, "busy"), (None, "idle")):
        beats = [{"worker_id": "w1", "status": status, "current_job_id": current, "jobs_completed": 2}]
        assert protocol.value("pool_worker_beat", beats=beats) == 1
    (row,) = protocol.query("select * from public.worker_status")
    assert (row["worker_id"], row["status"], row["current_job_id"]) == ("w1", "idle", None)
    assert row["jobs_completed"] == 2


@pytest.mark.parametrize("status", ["idle", "busy", "error", "offline"])
def test_a_beat_has_the_four_words_that_the_product_knows(protocol: Protocol, status: str) -> None:
    assert protocol.value("pool_worker_beat", beats=[{"worker_id": "w1", "status": status}]) == 1
    with pytest.raises(psycopg.errors.CheckViolation):
        protocol.value("pool_worker_beat", beats=[{"worker_id": "w1", "status": "stopped"}])
