import pytest

from tests.migrations.calls import Row
from tests.migrations.protocol import Protocol
from tests.migrations.till import PAID, allow, die, end


@pytest.mark.parametrize("kind", PAID)
@pytest.mark.parametrize("word", ["done", "retry", "give_up", "released", "outage", "crash", "rescue"])
def test_a_lease_that_ends_after_the_click_holds_the_row(rich: Protocol, kind: str, word: str) -> None:
    claim = rich.claimed(kind)
    purchase = rich.bought(claim, "clicked")
    end(rich, claim, word)
    assert rich.purchase(purchase)["state"] == "unknown"
    assert rich.failed(claim)
    assert rich.attempts(claim) == 0
    assert f"registre-pool purchases allow {purchase}" in str(rich.error(claim))
    assert rich.budget("rdprm" if kind == "rdprm" else "land") == (0, 150)
    assert rich.value("pool_retry", kind=kind, row_id=claim["row_id"]) == "refused: held"
    assert rich.rows("pool_jobs_list", filter={"state": "held"}, how_many=9)[0]["row_id"] == claim["row_id"]


@pytest.mark.parametrize("kind", PAID)
def test_a_held_row_that_somebody_puts_back_is_never_claimed_and_held_again(
    rich: Protocol, kind: str
) -> None:
    claim = rich.claimed(kind)
    rich.bought(claim, "clicked")
    die(rich, claim)
    away = {"status_id": 1, "error_message": None} if kind == "land" else {"status": "pending"}
    rich.set(kind, claim["row_id"], **away)
    assert rich.claim(kind) == []
    assert "no purchase holds it" in rich.unmet(kind, claim["row_id"])
    assert [row["reason"] for row in rich.rescue()] == ["held"]
    assert str(rich.error(claim)).startswith("held: ")
    assert rich.failed(claim)
    assert rich.rescue() == []


@pytest.mark.parametrize("kind", PAID)
@pytest.mark.parametrize("word", ["retry", "give_up", "released", "outage", "crash", "rescue"])
def test_a_secured_row_waits_for_its_host_alone_and_counts_nothing(
    rich: Protocol, kind: str, word: str
) -> None:
    columns: Row = {"attemtps": 2} if kind == "land" else {}
    claim = rich.claimed(kind, **columns)
    purchase = rich.bought(claim, "secured")
    end(rich, claim, word)
    rich.ripen()
    assert rich.purchase(purchase)["state"] == "secured"
    assert rich.waits(claim)
    assert rich.attempts(claim) == (2 if kind == "land" else 0)
    assert rich.claim(kind, host="another") == []
    (again,) = rich.claim(kind, host="h1")
    assert again["job"]["purchase"] == {"id": purchase, "state": "secured", "host": "h1", "sha256": "ab"}
    assert rich.intent(again)["answer"] == "secured"
    assert rich.settle(again, "done") == "applied"
    assert rich.purchase(purchase)["state"] == "delivered"


def test_a_secured_row_is_claimed_even_without_attempts_left(rich: Protocol) -> None:
    claim = rich.claimed("land")
    rich.bought(claim, "secured")
    end(rich, claim, "released")
    rich.set("land", claim["row_id"], attemtps=3)
    assert rich.rescue() == []
    assert all(rich.why("land", claim["row_id"]).values()) is False
    assert rich.unmet("land", claim["row_id"]) == ["any host may take it"]
    assert len(rich.claim("land")) == 1


def test_a_secured_row_is_tried_again_without_end_but_not_without_a_pause(rich: Protocol) -> None:
    rich.configure(max_outages=2)
    claim = rich.claimed("land")
    rich.bought(claim, "secured")
    for word in ["outage"] * 5 + ["retry", "give_up"]:
        rich.settle(claim, word)
        assert rich.waits(claim)
        assert rich.claim("land") == []
        rich.ripen()
        (claim,) = rich.claim("land")
    assert rich.job(claim)["outages"] == 0


@pytest.mark.parametrize("kind", PAID)
def test_a_dead_token_still_secures_its_click_and_the_row_waits_again(rich: Protocol, kind: str) -> None:
    claim = rich.claimed(kind)
    purchase = rich.bought(claim, "clicked")
    die(rich, claim)
    assert rich.mark(claim, purchase, "secured", sha256="ab", size=2, host="h1") == "applied"
    assert rich.mark(claim, purchase, "secured") == "already"
    assert rich.waits(claim)
    assert rich.error(claim) is None
    assert rich.claim(kind, host="another") == []
    (again,) = rich.claim(kind, host="h1")
    assert rich.settle(again, "done") == "applied"


@pytest.mark.parametrize("by", ["the product", "the pool", "the pool, held"])
def test_a_row_that_a_person_cancelled_stays_cancelled(rich: Protocol, by: str) -> None:
    claim = rich.claimed("land")
    purchase = rich.bought(claim, "clicked")
    if by == "the product":
        rich.set("land", claim["row_id"], status_id=4, error_message="Job cancelled by user")
        rich.renew(claim)
    elif by == "the pool":
        assert rich.value("pool_cancel", kind="land", row_id=claim["row_id"]) == "applied"
    else:
        die(rich, claim)
        assert rich.value("pool_cancel", kind="land", row_id=claim["row_id"]) == "applied"
        assert rich.value("pool_cancel", kind="land", row_id=claim["row_id"]) == "already"
    assert rich.purchase(purchase)["state"] == "unknown"
    assert rich.mark(claim, purchase, "secured") == "applied"
    assert rich.failed(claim)
    assert rich.error(claim) == "Job cancelled by user"


@pytest.mark.parametrize("kind", PAID)
def test_a_person_who_allows_lets_the_row_wait_again_from_zero(rich: Protocol, kind: str) -> None:
    columns: Row = {"attemtps": 2} if kind == "land" else {}
    claim = rich.claimed(kind, **columns)
    purchase = rich.bought(claim, "clicked")
    assert allow(rich, purchase) == "refused: it is clicked, not unknown"
    die(rich, claim)
    assert allow(rich, purchase) == "applied"
    assert allow(rich, purchase) == "already"
    assert allow(rich, 0) == "refused: there is no such purchase"
    assert rich.waits(claim)
    assert rich.attempts(claim) == 0
    assert rich.error(claim) is None
    found = rich.purchase(purchase)
    assert (found["state"], found["allowed_by"]) == ("allowed", "marie")
    assert rich.budget("rdprm" if kind == "rdprm" else "land") == (0, 150)
    (again,) = rich.claim(kind)
    assert rich.intent(again)["answer"] == "go"
    assert rich.mark(claim, purchase, "secured").startswith("refused")


def test_rebuy_once_buys_again_once(rich: Protocol) -> None:
    rich.configure(land_unknown="rebuy_once")
    claim = rich.claimed("land")
    first = rich.bought(claim, "clicked")
    die(rich, claim)
    assert (rich.purchase(first)["state"], rich.purchase(first)["allowed_by"]) == ("allowed", "rebuy_once")
    assert rich.waits(claim)
    assert rich.attempts(claim) == 0
    (again,) = rich.claim("land")
    second = rich.bought(again, "clicked")
    die(rich, again)
    assert rich.purchase(second)["state"] == "unknown"
    assert rich.failed(claim)


def test_a_search_is_never_bought_again_by_itself(rich: Protocol) -> None:
    rich.configure(land_unknown="rebuy_once")
    claim = rich.claimed("rdprm")
    purchase = rich.bought(claim, "clicked")
    die(rich, claim)
    assert rich.purchase(purchase)["state"] == "unknown"


def test_a_spool_file_that_is_gone_holds_the_row(rich: Protocol) -> None:
    buyer = rich.claimed("land")
    purchase = rich.bought(buyer, "secured")
    end(rich, buyer, "released")
    assert rich.mark(buyer, purchase, "unknown").startswith("refused")
    (deliverer,) = rich.claim("land")
    assert rich.mark(deliverer, purchase, "unknown", reason="no file") == "applied"
    assert rich.mark(deliverer, purchase, "unknown") == "already"
    assert rich.settle(deliverer, "give_up") == "applied"
    assert rich.failed(buyer)
    assert str(rich.error(buyer)).startswith("held: ")
