"""What may happen to a purchase."""

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.migrations.model import Lease, Purchase
from tests.migrations.watched import NUMBERS, WatchedQueue

MARKS = st.sampled_from(
    ["clicked", "clicked", "secured", "secured", "unknown", "void", "not_sold", "delivered"]
)


class BargainingQueue(WatchedQueue):
    @precondition(lambda self: any(one.kind in ("land", "rdprm") for one in self.model.leases))
    @rule(
        number=NUMBERS,
        identity=st.sampled_from(["a", "b"]),
        answered=st.booleans(),
        price=st.sampled_from([150, 400]),
    )
    def intent(self, number: int, identity: str, answered: bool, price: int) -> None:
        paid = [one for one in self.model.leases if one.kind in ("land", "rdprm")]
        paid = [one for one in paid if one.open and number < 9] or paid
        lease = paid[-1 - number % len(paid)]
        self.ask(lease, identity, price)
        if not answered:
            self.ask(lease, identity, price)

    def ask(self, lease: Lease, identity: str, price: int) -> Purchase | None:
        """The purchase that may be clicked now."""
        registry = "rdprm" if lease.kind == "rdprm" else "land"
        expected, known = self.model.intent(lease, registry, identity, price)
        answer = self.protocol.intent({"token": lease.token, "kind": lease.kind}, identity, price)
        assert answer["answer"] == expected
        self.hits[f"intent {expected}"] += 1
        if known:
            assert answer["id"] == known.id
        elif expected == "go":
            known = Purchase(answer["id"], registry, identity, price, lease, lease.host)
            self.model.purchases.append(known)
        return known if expected == "go" else None

    @precondition(lambda self: self.model.purchases)
    @rule(
        number=NUMBERS,
        state=MARKS,
        buyer=st.sampled_from([True, True, True, False]),
        other=NUMBERS,
        answered=st.booleans(),
    )
    def mark(self, number: int, state: str, buyer: bool, other: int, answered: bool) -> None:
        purchase = self.purchase(number)
        lease = purchase.lease if buyer else self.lease(other)
        self.advance(purchase, lease, state)
        if not answered:
            self.advance(purchase, lease, state)

    def advance(self, purchase: Purchase, lease: Lease, state: str) -> None:
        was, expected = purchase.state, self.model.mark(purchase, lease, state)
        note(f"{purchase.id} from {was} to {state}: {expected}")
        self.hits[f"mark {was} {state} {expected}"] += 1
        arguments = {"id": purchase.id, "token": lease.token, "state": state, "facts": {"sha256": "ab"}}
        assert self.word("pool_purchase_mark", **arguments) == expected

    @precondition(lambda self: any(one.state in ("secured", "unknown") for one in self.model.purchases))
    @rule(number=NUMBERS)
    def a_late_word_on_a_file(self, number: int) -> None:
        """A dead buyer still secures what it clicked; whoever delivers may find the file gone."""
        late = [one for one in self.model.purchases if one.state in ("secured", "unknown")]
        purchase = late[number % len(late)]
        deliverer = self.model.open_lease(purchase.lease.row)
        if purchase.state == "unknown":
            self.advance(purchase, purchase.lease, "secured")
        elif deliverer:
            self.advance(purchase, deliverer, "unknown")
