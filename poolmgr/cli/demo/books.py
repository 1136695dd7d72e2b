"""The pool's ledger against the till of the replica: what was paid for, and what was sold."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from poolmgr.domain.json import Json, JsonObject, record, records, text, whole
from poolmgr.domain.states import SPENT_PURCHASES
from poolmgr.local.replica.till import Receipts

MOST_PURCHASES = 1000


@dataclass(frozen=True, kw_only=True)
class Books:
    """cents_by_row: what the ledger counts as spent for each row. saves_by_row: how often its file was
    fetched again, because it came broken. differences: orders that one of the two
    knows of more often than the other."""

    ledger_cents: int
    till_cents: int
    cents_by_row: Mapping[str, int]
    saves_by_row: Mapping[str, int]
    differences: tuple[str, ...]

    @property
    def agree(self) -> bool:
        return not self.differences and self.ledger_cents == self.till_cents

    def as_json(self) -> JsonObject:
        return {
            "agree": self.agree,
            "ledger_cents": self.ledger_cents,
            "till_cents": self.till_cents,
            "differences": list[Json](self.differences),
        }


def compare(purchases: Sequence[JsonObject], orders: Mapping[str, str], till: Receipts) -> Books:
    """`orders`: what each row asked for, in the words of `order_of`."""
    spent = [one for one in purchases if text(one, "state") in SPENT_PURCHASES]
    cents: Counter[str] = Counter()
    for one in spent:
        cents[text(one, "row_id")] += whole(one, "price_cents")
    paid = Counter(orders.get(text(one, "row_id"), "an order of nobody") for one in spent)
    sold = Counter(order_of(one.asked.source, one.asked.number) for one in till.sales)
    sold.update(order_of("rdprm", one.name) for one in till.searches)
    return Books(
        ledger_cents=sum(cents.values()),
        till_cents=sum(one.price_cents for one in till.sales) + sum(one.price_cents for one in till.searches),
        cents_by_row=cents,
        saves_by_row={text(one, "row_id"): saves_of(one) for one in purchases},
        differences=tuple(
            sorted(
                f"{order}: paid {paid[order]}, sold {sold[order]}"
                for order in paid | sold
                if paid[order] != sold[order]
            )
        ),
    )


def saves_of(purchase: JsonObject) -> int:
    return sum(1 for entry in records(record(purchase, "facts"), "trail") if "save" in entry)


def order_of(source: str, number: str) -> str:
    return f"{source} {''.join(number.split())}"
