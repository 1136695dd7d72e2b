"""The books themselves: what is wrong with them is seen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from poolmgr.domain.orders import identity
from poolmgr.local.replica.asked import Asked
from poolmgr.local.replica.paths import INDEX, SIMILAR
from poolmgr.local.replica.till import Press, Receipts, Sale
from tests.chaos.money import Bought, check_receipts, order_of

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = Asked(source="index", number="2000001", circonscription="Montréal", cadastre="Cadastre du Québec")
PURCHASE = Bought(
    id=1, identity=identity(order_of(ASKED)), row="row", state="delivered", account="one", clicked_at=MOMENT
)


def after(seconds: float) -> str:
    return (MOMENT + timedelta(seconds=seconds)).isoformat()


def sale(account: str = "one", asked: Asked = ASKED, seconds: float = 1) -> Sale:
    return Sale(
        id="sale", at=after(seconds), account=account, asked=asked, title="", price_cents=150, path=INDEX
    )


def press(button: str = "Soumettre", path: str = INDEX, seconds: float = 0.5) -> Press:
    return Press(at=after(seconds), account="one", button=button, path=path, asked=ASKED)


def test_one_press_and_one_sale_of_a_delivered_purchase_pass() -> None:
    check_receipts([PURCHASE], Receipts(sales=[sale()], clicks=[press(), press(path=SIMILAR)]))


@pytest.mark.parametrize("state", ["unknown", "allowed", "clicked"])
def test_a_purchase_whose_end_is_not_known_may_have_been_sold_or_not(state: str) -> None:
    check_receipts([replace(PURCHASE, state=state)], Receipts(sales=[sale()]))
    check_receipts([replace(PURCHASE, state=state)], Receipts())


def test_a_document_bought_again_by_a_persons_word_is_two_purchases_with_a_sale_each() -> None:
    again = replace(PURCHASE, id=2, clicked_at=MOMENT + timedelta(seconds=9))
    first = replace(PURCHASE, state="allowed")
    check_receipts([first, again], Receipts(sales=[sale(), sale(seconds=10)]))


WRONG = {
    "sold twice": ("delivered", Receipts(sales=[sale(), sale()])),
    "delivered and not sold": ("delivered", Receipts()),
    "sold and said not to be": ("not_sold", Receipts(sales=[sale()])),
    "sold and void": ("void", Receipts(sales=[sale()])),
    "sold to another account": ("delivered", Receipts(sales=[sale("two")])),
    "sold before it was clicked": ("delivered", Receipts(sales=[sale(seconds=-1)])),
    "another document sold": ("delivered", Receipts(sales=[sale(asked=replace(ASKED, number="2000002"))])),
    "pressed twice": ("delivered", Receipts(sales=[sale()], clicks=[press(), press()])),
    "a copy ordered": ("delivered", Receipts(sales=[sale()], orders=[press("Commander")])),
}


@pytest.mark.parametrize("what", WRONG)
def test_books_that_do_not_agree_are_seen(what: str) -> None:
    state, receipts = WRONG[what]
    with pytest.raises(AssertionError):
        check_receipts([replace(PURCHASE, state=state)], receipts)
