import psycopg
import pytest

from poolmgr.domain.states import PURCHASE_MOVES, marks
from tests.migrations.protocol import Protocol
from tests.migrations.till import PAID, end


def test_without_a_budget_nothing_is_bought(protocol: Protocol) -> None:
    claim = protocol.claimed("land")
    protocol.configure(budgets={})
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


def test_a_search_without_result_is_sold_and_a_retry_of_it_is_refused(own_protocol: Protocol) -> None:
    protocol = own_protocol
    protocol.query(
        "alter table public.rdprm_searches add check (status in ('pending', 'in_progress', "
        "'completed', 'failed'))"
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
