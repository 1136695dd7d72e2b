"""What any adapter must do where money is, and that no answer is guessed at."""

from uuid import uuid4

import psycopg
import pytest

from poolmgr.domain.errors import Refused, StoreError
from poolmgr.domain.jobs import Claim, EnvironmentName, Token
from poolmgr.domain.json import Json, JsonObject, text
from poolmgr.domain.outcomes import Done, Released
from poolmgr.domain.purchases import Intent, PurchaseId, Secured
from poolmgr.domain.states import PurchaseState
from poolmgr.stores.purchases import DatabasePurchases
from tests.stores.conftest import Till, TillOpening
from tests.stores.rows import add_land, expire
from tests.stores.scripted import Scripted, answering
from tests.stores.test_queue import claim_one

DEV = EnvironmentName("dev")
STEPS: dict[str, list[PurchaseState]] = {
    "intent": [],
    "clicked": ["clicked"],
    "secured": ["clicked", "secured"],
    "unknown": ["clicked", "unknown"],
}


async def claim_land(till: Till, product: psycopg.Connection, source: str = "index") -> Claim:
    add_land(product, source=source)
    return await claim_one(till.queue, "land")


async def intend(till: Till, claim: Claim, identity: str = "a lot") -> Intent:
    return await till.purchases.intent(claim.token, "land", identity, 150)


async def buy(till: Till, claim: Claim, state: str, identity: str = "a lot") -> PurchaseId:
    """A purchase taken to `state` by this claim."""
    purchase = (await intend(till, claim, identity)).id
    for step in STEPS[state]:
        facts: JsonObject = {"sha256": "ab", "size": 2} if step == "secured" else {}
        assert await till.purchases.mark(purchase, claim.token, step, facts) == "applied"
    return purchase


async def test_an_intent_answers_go_and_then_with_its_own_purchase(
    till: TillOpening, product: psycopg.Connection
) -> None:
    async with till() as opened:
        claim = await claim_land(opened, product)
        first = await intend(opened, claim)
        assert (first.answer, first.id > 0, opened.purchases.environment) == ("go", True, "dev")
        assert await intend(opened, claim) == first
        await opened.purchases.mark(first.id, claim.token, "clicked", {})
        clicked = await intend(opened, claim)
    assert (clicked.answer, clicked.id) == ("clicked", first.id)


async def test_another_row_waits_and_is_told_for_whom(till: TillOpening, product: psycopg.Connection) -> None:
    async with till() as opened:
        buyer, other = await claim_land(opened, product), await claim_land(opened, product)
        purchase = await buy(opened, buyer, "secured")
        assert (await intend(opened, buyer)).host == "h1"
        answer = await intend(opened, other)
    assert answer == Intent(answer="wait", id=purchase, holder="w1", host="h1")


async def test_what_may_be_paid_is_held_until_a_person_allows_it(
    till: TillOpening, product: psycopg.Connection
) -> None:
    async with till() as opened:
        claim = await claim_land(opened, product)
        purchase = await buy(opened, claim, "unknown")
        await opened.queue.settle(claim, Released(error="stop", after_seconds=0))
        other = await claim_land(opened, product)
        assert await intend(opened, other) == Intent(answer="held", id=purchase)
        assert await opened.purchases.allow(purchase, "marie") == "applied"
        assert await opened.purchases.allow(purchase, "marie") == "already"
        assert (await opened.purchases.allow(purchase + 1, "marie")).startswith("refused: ")
        assert (await intend(opened, other)).answer == "go"


async def test_what_was_bought_and_delivered_is_used_again(
    till: TillOpening, product: psycopg.Connection
) -> None:
    async with till() as opened:
        claim = await claim_land(opened, product, "acte")
        purchase = await buy(opened, claim, "secured")
        await opened.queue.settle(claim, Done(result={"supabase_path": "actes/a.pdf"}))
        answer = await intend(opened, await claim_land(opened, product, "acte"))
    assert (answer.answer, answer.id, answer.path) == ("reuse", purchase, "actes/a.pdf")
    assert "T" in answer.at


async def test_a_budget_that_is_passed_says_its_cents(till: TillOpening, product: psycopg.Connection) -> None:
    async with till() as opened:
        await opened.queue.configure({"budgets": {"land": 300}})
        claim = await claim_land(opened, product)
        await buy(opened, claim, "clicked")
        answer = await opened.purchases.intent(
            (await claim_land(opened, product)).token, "land", "another", 200
        )
    assert answer == Intent(answer="over_budget", limit_cents=300, spent_cents=150)


async def test_a_lease_that_is_lost_buys_nothing(till: TillOpening, product: psycopg.Connection) -> None:
    async with till() as opened:
        claim = await claim_land(opened, product)
        purchase = await buy(opened, claim, "intent")
        expire(product)
        assert await intend(opened, claim) == Intent(answer="lost")
        said = await opened.purchases.mark(purchase, claim.token, "clicked", {})
        assert said == "refused: the lease is lost"
        with pytest.raises(Refused):
            await opened.purchases.intent(Token("no token", DEV), "land", "a lot", 150)


async def test_a_mark_made_twice_tells_the_truth(till: TillOpening, product: psycopg.Connection) -> None:
    async with till() as opened:
        claim = await claim_land(opened, product)
        purchase = await buy(opened, claim, "clicked")
        facts: JsonObject = {"sha256": "ab", "size": 2, "reference": "R-1"}
        answers = [await opened.purchases.mark(purchase, claim.token, "secured", facts) for _ in range(2)]
        (row,) = await opened.purchases.purchases_list({"id": purchase}, 1)
    assert answers == ["applied", "already"]
    assert (row["state"], row["sha256"], row["size"], row["reference"]) == ("secured", "ab", 2, "R-1")


async def test_states_are_told_of_those_that_exist(till: TillOpening, product: psycopg.Connection) -> None:
    async with till() as opened:
        first = await buy(opened, await claim_land(opened, product), "clicked", "a")
        second = await buy(opened, await claim_land(opened, product), "unknown", "b")
        many = [first, *range(second + 1, second + 2500), second]
        assert await opened.purchases.states(many) == {first: "clicked", second: "unknown"}
        assert await opened.purchases.states([]) == {}


async def test_paid_files_are_told_with_their_host(till: TillOpening, product: psycopg.Connection) -> None:
    async with till() as opened:
        claim = await claim_land(opened, product)
        purchase = await buy(opened, claim, "secured")
        (waiting,) = await opened.purchases.secured("h2")
        assert waiting == Secured(
            id=purchase,
            row_id=claim.row_id,
            kind="land",
            host="h1",
            secured_at=waiting.secured_at,
            host_seen_seconds=None,
        )
        (waiting,) = await opened.purchases.secured("h1")
    assert waiting.host_seen_seconds is not None
    assert 0 <= waiting.host_seen_seconds < 60


async def test_purchases_are_listed_newest_first_page_by_page(
    till: TillOpening, product: psycopg.Connection
) -> None:
    async with till() as opened:
        made = [
            await buy(opened, await claim_land(opened, product), "clicked", str(number))
            for number in range(5)
        ]
        page = await opened.purchases.purchases_list({"registry": "land"}, 3)
        rest = await opened.purchases.purchases_list({"before": page[-1]["id"]}, 3)
        with pytest.raises(Refused, match="colour does not narrow purchases"):
            await opened.purchases.purchases_list({"colour": "red"}, 1)
    assert [row["id"] for row in page + rest] == made[::-1]
    assert "T" in text(page[0], "clicked_at")


async def test_budgets_are_told_by_day(till: TillOpening, product: psycopg.Connection) -> None:
    async with till() as opened:
        unspent = await opened.purchases.budgets(1)
        assert [(one["registry"], one["spent_cents"]) for one in unspent] == [("land", 0), ("rdprm", 0)]
        await buy(opened, await claim_land(opened, product), "clicked")
        line, _ = await opened.purchases.budgets(1)
    cents = {"limit_cents": 1_000_000, "reserved_cents": 0, "spent_cents": 150, "price_cents": 1}
    assert line == {"registry": "land", "day": line["day"], "enough": True} | cents


@pytest.mark.parametrize(
    "said",
    [
        {"answer": "perhaps", "id": 1},
        {"id": 1},
        {"answer": 5},
        {"answer": "go"},
        {"answer": "go", "id": "1"},
        {"answer": "go", "id": 0},
        {"answer": "held", "id": None},
        {"answer": "reuse", "id": 1},
        "go",
        None,
    ],
    ids=str,
)
async def test_an_answer_to_an_intent_that_is_not_known_is_a_store_error(said: Json) -> None:
    purchases = DatabasePurchases(answering("pool_purchase_intent", said), DEV)
    with pytest.raises(StoreError, match="pool_purchase_intent answered"):
        await purchases.intent(Token(str(uuid4()), DEV), "land", "a lot", 150)


@pytest.mark.parametrize("said", ["", "done", "apply", 1, None])
async def test_an_order_that_answers_an_unknown_word_is_a_store_error(said: Json) -> None:
    with pytest.raises(StoreError, match="pool_purchase_mark answered"):
        await DatabasePurchases(answering("pool_purchase_mark", said), DEV).mark(
            1, Token("t", DEV), "clicked", {}
        )
    with pytest.raises(StoreError, match="pool_purchase_allow answered"):
        await DatabasePurchases(answering("pool_purchase_allow", said), DEV).allow(1, "marie")


@pytest.mark.parametrize(
    "row", [{"id": 1, "state": "sold"}, {"id": 1}, {"id": "1", "state": "void"}], ids=str
)
async def test_a_state_that_is_not_known_is_a_store_error(row: JsonObject) -> None:
    with pytest.raises(StoreError, match="pool_purchases_list answered"):
        await DatabasePurchases(Scripted(rows=[row]), DEV).states([1])


async def test_states_ask_for_no_more_than_an_answer_can_hold() -> None:
    database = Scripted(rows=[])
    await DatabasePurchases(database, DEV).states(range(2001))
    assert [narrow["how_many"] for _, narrow in database.asked] == [1000, 1000, 1000]
