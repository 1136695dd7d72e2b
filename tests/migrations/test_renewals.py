from uuid import uuid4

import pytest

from tests.migrations.calls import KINDS
from tests.migrations.protocol import Protocol


@pytest.mark.parametrize("kind", KINDS)
def test_a_live_lease_is_extended_by_the_databases_clock(protocol: Protocol, kind: str) -> None:
    claim = protocol.claimed(kind)
    (answer,) = protocol.renew(claim, seconds=600)
    assert (answer["token"], answer["held"], answer["reason"]) == (claim["token"], True, None)
    left = protocol.one(
        "select extract(epoch from expires_at - clock_timestamp()) s from public.pool_leases where "
        "token = %s",
        claim["token"],
    )["s"]
    assert 590 < left <= 600


def test_each_token_is_answered_in_its_place(protocol: Protocol) -> None:
    live, over, settled = (protocol.claimed("ocr_index", document_number=str(number)) for number in range(3))
    protocol.expire(over)
    protocol.settle(settled, "done")
    nobodys = {"token": uuid4()}
    answers = protocol.renew(settled, nobodys, over, live)
    assert [(answer["held"], answer["reason"]) for answer in answers] == [
        (False, "ended"),
        (False, "ended"),
        (False, "expired"),
        (True, None),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_that_a_person_cancelled_is_said_to_be_cancelled(protocol: Protocol, kind: str) -> None:
    claim = protocol.claimed(kind)
    if kind in ("req", "rdprm"):
        protocol.set(kind, claim["row_id"], status="failed")
    else:
        protocol.set(kind, claim["row_id"], status_id=4)
    assert protocol.renew(claim)[0]["reason"] == "cancelled"
    assert protocol.lease(claim)["outcome"] == "cancelled"
    assert protocol.renew(claim)[0]["reason"] == "cancelled"


@pytest.mark.parametrize(
    "change",
    [{"worker_id": "another"}, {"processing_started_at": "2026-01-01T00:00:00Z"}],
    ids=["owner", "time"],
)
def test_a_row_that_another_took_is_said_to_be_taken(protocol: Protocol, change: dict[str, str]) -> None:
    claim = protocol.claimed("land")
    protocol.set("land", claim["row_id"], **change)
    assert protocol.renew(claim)[0]["reason"] == "taken"
    assert protocol.settle(claim, "done") == "lost"
    assert protocol.runs(claim)


def test_an_ocr_row_that_another_took_is_said_to_be_taken(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_acte")
    protocol.set("ocr_acte", claim["row_id"], ocr_worker_id="another")
    assert protocol.renew(claim)[0]["reason"] == "taken"


def test_a_row_that_is_gone_is_said_to_be_cancelled(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_index")
    protocol.query("delete from public.extraction_queue where id = %s", claim["row_id"])
    assert protocol.renew(claim)[0]["reason"] == "cancelled"


def test_a_renewal_that_finds_its_row_gone_settles_the_money_too(protocol: Protocol) -> None:
    protocol.afford()
    unclicked = protocol.claimed("land", document_number="1")
    clicked = protocol.claimed("land", document_number="2")
    void = protocol.bought(unclicked, "intent", "a")
    unknown = protocol.bought(clicked, "clicked", "b")
    for claim in (unclicked, clicked):
        protocol.set("land", claim["row_id"], status_id=4)
    protocol.renew(clicked, unclicked)
    assert protocol.purchase(void)["state"] == "void"
    assert protocol.purchase(unknown)["state"] == "unknown"
    assert protocol.budget() == (0, 150)


def test_a_renewal_waits_for_no_row(protocol: Protocol) -> None:
    """A person who looks at a row for long does not cost its worker the lease."""
    claim = protocol.claimed("land")
    protocol.service.execute("set lock_timeout = '500ms'")
    with protocol.beside() as other:
        other.execute(
            "select from public.extraction_queue where id = %s for no key update", [claim["row_id"]]
        )
        assert protocol.renew(claim)[0]["held"]
