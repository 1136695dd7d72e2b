"""The classes of failure: final at once, nobody's fault, and the document that kills its worker."""

import pytest

from tests.migrations.calls import KINDS, Row
from tests.migrations.protocol import Protocol

KILLED = "killed by signal 9 while it read page 4"
MOST = 3


def take(protocol: Protocol, kind: str) -> Row:
    protocol.ripen()
    (claim,) = protocol.claim(kind)
    return claim


def is_over(protocol: Protocol, claim: Row) -> bool:
    """An error that nothing but a person starts again."""
    for _ in range(2):
        protocol.ripen()
        protocol.rescue()
        if protocol.claim(claim["kind"]):
            return False
    return protocol.failed(claim)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_there_is_final_at_once(protocol: Protocol, kind: str) -> None:
    claim = protocol.claimed(kind)
    said = protocol.settle(claim, "give_up", error="Aucun document", after_seconds=0, trail=["asked twice"])
    assert said == "applied"
    assert is_over(protocol, claim)
    assert (protocol.error(claim), protocol.attempts(claim)) == ("Aucun document", 1)
    (entry,) = protocol.job(claim)["trail"]
    assert (entry["error"], entry["fate"], entry["trail"]) == ("Aucun document", "error", ["asked twice"])


@pytest.mark.parametrize("kind", KINDS)
def test_an_outage_burns_no_attempt_and_does_not_go_on_for_ever(protocol: Protocol, kind: str) -> None:
    protocol.configure(max_outages=4)
    protocol.add(kind)
    for number in range(1, 6):
        claim = take(protocol, kind)
        assert claim["attempt"] == 1
        assert protocol.settle(claim, "outage", error=f"away {number}") == "applied"
        assert protocol.attempts(claim) == 0
        assert protocol.waits(claim) is (number < 5)
    assert is_over(protocol, claim)
    assert protocol.error(claim) == "outside trouble 5 times in a row, the last: away 5"
    assert [entry["error"] for entry in protocol.job(claim)["trail"]] == [f"away {n}" for n in range(1, 6)]


@pytest.mark.parametrize("kind", KINDS)
def test_outages_that_a_failure_interrupts_are_counted_anew_and_still_end(
    protocol: Protocol, kind: str
) -> None:
    protocol.configure(max_outages=1)
    protocol.add(kind)
    for _ in range(MOST - 1):
        assert protocol.settle(take(protocol, kind), "outage") == "applied"
        assert protocol.settle(take(protocol, kind), "retry") == "applied"
    claim = take(protocol, kind)
    protocol.settle(claim, "retry", error="the last")
    assert is_over(protocol, claim)
    assert protocol.attempts(claim) == MOST


def dies(protocol: Protocol, claim: Row, seen: bool) -> None:
    """Its parent sees it, or nobody does."""
    if seen:
        worker = {"worker": protocol.lease(claim)["worker"]}
        assert protocol.value("pool_release_worker", reason=KILLED, crashed=True, **worker) == 1
    else:
        protocol.expire(claim)
        assert [row["reason"] for row in protocol.rescue()] == ["expired"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seen", [(True, True, True), (False, False, False), (True, False, True)], ids=str)
def test_a_document_that_kills_its_workers_ends_as_an_error_with_its_evidence(
    protocol: Protocol, kind: str, seen: tuple[bool, ...]
) -> None:
    protocol.add(kind)
    for number, witnessed in enumerate(seen, 1):
        (claim,) = protocol.claim(kind, worker=f"w{number}")
        assert claim["attempt"] == number
        dies(protocol, claim, witnessed)
        assert protocol.attempts(claim) == number
        assert protocol.waits(claim) is (number < MOST)
    evidence = [
        KILLED if witnessed else f"its worker w{number} was not heard of in time"
        for number, witnessed in enumerate(seen, 1)
    ]
    assert is_over(protocol, claim)
    job = protocol.job(claim)
    assert protocol.error(claim) == job["last_error"] == evidence[-1]
    assert [entry["error"] for entry in job["trail"]] == evidence
    assert [entry["worker"] for entry in job["trail"]] == ["w1", "w2", "w3"]
    assert [entry["outcome"] for entry in job["trail"]] == [
        "crashed" if witnessed else "rescued" for witnessed in seen
    ]
    assert [entry["fate"] for entry in job["trail"]] == ["waiting", "waiting", "error"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_is_stopped_costs_its_jobs_nothing(protocol: Protocol, kind: str) -> None:
    protocol.add(kind)
    for _ in range(MOST + 2):
        claim = take(protocol, kind)
        assert protocol.value("pool_release_worker", worker="w1", reason="drain", crashed=False) == 1
        assert (protocol.waits(claim), protocol.attempts(claim)) == (True, 0)
