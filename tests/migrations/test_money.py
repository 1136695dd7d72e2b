import psycopg
import pytest

from poolmgr.domain.states import PURCHASE_MOVES, marks
from tests.migrations.calls import Row
from tests.migrations.protocol import Protocol

PAID = ["land", "rdprm"]


@pytest.fixture
def rich(protocol: Protocol) -> Protocol:
    protocol.afford()
    return protocol


def allow(protocol: Protocol, purchase: int) -> str:
    return str(protocol.value("pool_purchase_allow", id=purchase, person="marie"))


def die(protocol: Protocol, claim: Row) -> None:
    protocol.value("pool_release_worker", worker="w1", reason="killed", crashed=True)


def test_without_a_budget_nothing_is_bought(protocol: Protocol) -> None:
    claim = protocol.claimed("land")
    assert protocol.intent(claim)["answer"] == "over_budget"
    assert protocol.intent(claim, cents=0)["answer"] == "over_budget"
    assert protocol.query("select * from public.pool_purchases") == []


def test_a_budget_is_reserved_and_never_passed(protocol: Protocol) -> None:
    protocol.configure(budgets={"land": 400})
    claims = [protocol.claimed("land", document_number=str(number)) for number in range(3)]
    answers = [protocol.intent(claim, str(number))["answer"] for number, claim in enumerate(claims)]
    assert answers == ["go", "go", "over_budget"]
    assert protocol.budget() == (300, 0)
    protocol.mark(claims[0], protocol.intent(claims[0], "0")["id"], "clicked")
    assert protocol.budget() == (150, 150)


@pytest.mark.parametrize("kind", PAID)
def test_an_intent_repeated_by_its_token_answers_with_its_own_row(rich: Protocol, kind: str) -> None:
    claim = rich.claimed(kind)
    first = rich.intent(claim)
    assert first["answer"] == "go"
    assert rich.intent(claim) == first
    assert rich.mark(claim, first["id"], "clicked") == "applied"
    assert rich.intent(claim) | {"host": None} == {"answer": "clicked", "id": first["id"], "host": None}


def test_an_intent_without_a_live_lease_is_lost(rich: Protocol) -> None:
    claim = rich.claimed("land")
    rich.expire(claim)
    assert rich.intent(claim) == {"answer": "lost"}
    away = rich.claimed("land", document_number="2")
    rich.set("land", away["row_id"], status_id=4)
    assert rich.intent(away) == {"answer": "lost"}
    assert rich.lease(away)["outcome"] == "cancelled"


@pytest.mark.parametrize("state", ["intent", "clicked", "secured"])
def test_another_row_waits_for_what_is_being_bought(rich: Protocol, state: str) -> None:
    buyer, other = (rich.claimed("land", worker=f"w{number}") for number in (1, 2))
    purchase = rich.bought(buyer, state)
    answer = rich.intent(other)
    assert (answer["answer"], answer["id"], answer["holder"]) == ("wait", purchase, "w1")


def test_another_row_is_held_by_what_may_have_been_bought(rich: Protocol) -> None:
    buyer, other = rich.claimed("land"), rich.claimed("land")
    purchase = rich.bought(buyer, "unknown")
    assert rich.intent(other) == {"answer": "held", "id": purchase}


def test_a_click_needs_a_live_lease(rich: Protocol) -> None:
    claim = rich.claimed("land")
    purchase = rich.bought(claim, "intent")
    rich.expire(claim)
    assert rich.mark(claim, purchase, "clicked") == "refused: the lease is lost"


def test_a_row_clicks_one_thing_at_a_time(rich: Protocol) -> None:
    claim = rich.claimed("land")
    purchase = rich.bought(claim, "clicked", "an acte")
    assert rich.intent(claim, "a radiation")["answer"] == "clicked"
    rich.mark(claim, purchase, "not_sold", page="aucun document")
    assert rich.intent(claim, "a radiation")["answer"] == "go"


@pytest.mark.parametrize("kind", PAID)
@pytest.mark.parametrize("state", ["void", "not_sold"])
def test_what_was_not_sold_frees_identity_and_budget(rich: Protocol, kind: str, state: str) -> None:
    claim = rich.claimed(kind)
    purchase = rich.bought(claim, "clicked")
    assert rich.mark(claim, purchase, state, page="aucun document") == "applied"
    assert rich.mark(claim, purchase, state) == "already"
    assert rich.budget("rdprm" if kind == "rdprm" else "land") == (0, 0)
    assert rich.purchase(purchase)["facts"]["page"] == "aucun document"
    assert rich.intent(claim)["answer"] == "go"


def test_no_other_transition_is_taken(rich: Protocol) -> None:
    states = sorted({move.was for move in PURCHASE_MOVES} | {move.becomes for move in PURCHASE_MOVES})
    for number, was in enumerate(states):
        for becomes in states:
            claim = rich.claimed("land", document_number=f"{number} {becomes}")
            purchase = rich.bought(claim, "intent", f"{was} {becomes}")
            rich.query("update public.pool_purchases set state = %s where id = %s", was, purchase)
            rich.query("update public.pool_budgets set spent_cents = 150, reserved_cents = 150")
            answer = rich.mark(claim, purchase, becomes)
            if was == becomes:
                assert answer == "already"
            elif (was, becomes) in marks():
                assert answer == "applied"
            else:
                assert answer.startswith("refused"), (was, becomes)


def test_only_the_token_that_bought_moves_a_purchase(rich: Protocol) -> None:
    buyer, other = rich.claimed("land"), rich.claimed("land")
    purchase = rich.bought(buyer, "clicked")
    for state in ("secured", "void", "not_sold", "unknown"):
        assert rich.mark(other, purchase, state) == "refused: not the token that bought"
    assert rich.mark(buyer, 0, "secured") == "refused: there is no such purchase"


@pytest.mark.parametrize("kind", PAID)
@pytest.mark.parametrize("word", ["retry", "give_up", "released", "outage", "crash", "rescue"])
def test_a_lease_that_ends_before_the_click_voids_its_intent(rich: Protocol, kind: str, word: str) -> None:
    claim = rich.claimed(kind)
    purchase = rich.bought(claim, "intent")
    end(rich, claim, word)
    assert rich.purchase(purchase)["state"] == "void"
    assert rich.budget("rdprm" if kind == "rdprm" else "land") == (0, 0)


def end(protocol: Protocol, claim: Row, word: str) -> None:
    if word == "crash":
        die(protocol, claim)
    elif word == "rescue":
        protocol.expire(claim)
        protocol.rescue()
    else:
        assert protocol.settle(claim, word) == "applied"


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
    columns = {"attemtps": 2} if kind == "land" else {}
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
    claim = rich.claimed(kind, **({"attemtps": 2} if kind == "land" else {}))
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


def test_a_search_without_result_is_sold_and_a_retry_of_it_is_refused(own_protocol: Protocol) -> None:
    protocol = own_protocol
    protocol.query(
        "alter table public.rdprm_searches add check (status in ('pending', 'in_progress', 'completed', 'failed'))"
    )
    protocol.afford()
    claim = protocol.claimed("rdprm")
    purchase = protocol.bought(claim, "secured")
    assert protocol.settle(claim, "done", result={"found": False, "storage_path": "s/a.pdf"}) == "applied"
    assert protocol.purchase(purchase)["state"] == "delivered"
    assert protocol.value("pool_retry", kind="rdprm", row_id=claim["row_id"]).startswith(
        "refused: it was bought"
    )


@pytest.mark.parametrize(
    ("source", "days", "answer"),
    [
        ("acte", 3600, "reuse"),
        ("acte", 3700, "go"),
        ("plan_cadastraux", 360, "reuse"),
        ("plan_cadastraux", 370, "go"),
        ("index", 0, "go"),
    ],
)
def test_what_was_bought_is_used_again_for_its_days(
    rich: Protocol, source: str, days: int, answer: str
) -> None:
    buyer = rich.claimed("land", document_source=source)
    purchase = rich.bought(buyer, "secured")
    rich.settle(buyer, "done", result={"supabase_path": "actes/a.pdf"})
    rich.query(
        "update public.pool_purchases set closed_at = closed_at - make_interval(days => %s) where id = %s",
        days,
        purchase,
    )
    said = rich.intent(rich.claimed("land", document_source=source))
    assert said["answer"] == answer
    if answer == "reuse":
        assert (said["id"], said["path"]) == (purchase, "actes/a.pdf")


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


@pytest.mark.parametrize("kind", PAID)
def test_an_intent_that_was_not_needed_is_void_with_done(rich: Protocol, kind: str) -> None:
    claim = rich.claimed(kind)
    purchase = rich.bought(claim, "intent")
    assert rich.settle(claim, "done") == "applied"
    assert rich.purchase(purchase)["state"] == "void"


def test_a_negative_price_is_refused(rich: Protocol) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        rich.intent(rich.claimed("land"), cents=-1)
    assert rich.budget() == (0, 0)


def test_two_intents_at_once_make_one_purchase(rich: Protocol) -> None:
    first, second = rich.claimed("land"), rich.claimed("land")
    rich.service.execute("set lock_timeout = '200ms'")
    with rich.beside() as other:
        asked = "select public.pool_purchase_intent(%s, 'land', 'a lot', 150)"
        assert other.execute(asked, [first["token"]]).fetchone()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            rich.intent(second)
        other.commit()
    assert rich.intent(second)["answer"] == "wait"
