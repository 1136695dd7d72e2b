"""Two spellings of one place are one purchase: the identity is asked for again in the site's own names."""

import pytest

from poolmgr.domain.outcomes import Done
from poolmgr.domain.purchases import IntentAnswer
from poolmgr.workers.buying import AskedAlready, Purchase
from tests.workers.purse import LOSE, REFUSE, Button, Purse, PurseOpening

ROWS_WORDS, SITES_WORDS = "st-jean", "Saint-Jean"


async def test_the_sites_own_spelling_is_another_intent_and_the_first_is_void(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase, button = await open_purse.begin(identity=ROWS_WORDS), Button()
        first = purchase.id
        await purchase.pay(SITES_WORDS, button)
        assert len(button.presses) == 1
        assert (open_purse.state(first), open_purse.state(purchase.id)) == ("void", "clicked")
        assert open_purse.ledger(purchase.id)["identity"] == SITES_WORDS
        assert open_purse.budget() == (0, 150)


async def test_the_same_spelling_is_the_same_intent(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.begin(identity=SITES_WORDS)
        first = purchase.id
        await purchase.pay(SITES_WORDS, Button())
        assert purchase.id == first
        assert open_purse.line.said == ["clicked"]


async def test_an_intent_whose_reply_was_lost_is_asked_for_until_it_is_answered(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.begin(identity=ROWS_WORDS)
        open_purse.line.plan = {"void": [REFUSE, LOSE], "intent": [LOSE, REFUSE, LOSE]}
        await purchase.pay(SITES_WORDS, Button())
        assert open_purse.state(purchase.id) == "clicked"
        assert open_purse.budget() == (0, 150)


async def other_is_buying(open_purse: Purse) -> None:
    await open_purse.clicked(identity=SITES_WORDS)


async def other_has_secured(open_purse: Purse) -> None:
    await open_purse.secured(identity=SITES_WORDS)


async def other_may_have_paid(open_purse: Purse) -> None:
    other = await open_purse.clicked(identity=SITES_WORDS)
    await other.close(TimeoutError("too late"))


async def other_has_delivered(open_purse: Purse) -> None:
    await open_purse.queue.configure({"reuse_days": {"index": 1}})
    other = await open_purse.secured(identity=SITES_WORDS)
    await open_purse.queue.settle(other.claim, Done(result={"supabase_path": "index/a.pdf"}))


async def the_money_is_spent(open_purse: Purse) -> None:
    await open_purse.queue.configure({"budgets": {"land": 1}})


@pytest.mark.parametrize(
    ("before", "answer"),
    [
        (other_is_buying, "wait"),
        (other_has_secured, "wait"),
        (other_may_have_paid, "held"),
        (other_has_delivered, "reuse"),
        (the_money_is_spent, "over_budget"),
    ],
)
async def test_what_is_asked_already_under_the_sites_own_names_is_not_bought(
    purse: PurseOpening, before: object, answer: IntentAnswer
) -> None:
    assert callable(before)
    async with purse() as open_purse:
        purchase, button = await open_purse.begin(identity=ROWS_WORDS), Button()
        first = purchase.id
        await before(open_purse)
        with pytest.raises(AskedAlready) as raised:
            await purchase.pay(SITES_WORDS, button)
        await purchase.close(raised.value)
        assert raised.value.intent.answer == answer
        assert button.presses == []
        assert purchase.claim.token not in open_purse.paid
        assert open_purse.state(first) == "void"
        assert bought_by(open_purse, purchase) == 0


def bought_by(open_purse: Purse, purchase: Purchase) -> object:
    query = "select count(*)::int as n from public.pool_purchases where token = %s and clicked_at is not null"
    return open_purse.one(query, purchase.claim.token)["n"]
