"""One environment's purchases: calls of the queue protocol, and their answers as words of ours.

Where money is, nothing is guessed: an answer of another form is a StoreError.
"""

from collections.abc import Sequence

from poolmgr.domain.errors import StoreError
from poolmgr.domain.jobs import EnvironmentName, Token
from poolmgr.domain.json import Json, JsonObject, number, text, whole
from poolmgr.domain.ports import Database, Ledger, Purchases
from poolmgr.domain.purchases import INTENT_ANSWERS, Intent, IntentAnswer, PurchaseId, Registry, Secured
from poolmgr.domain.states import PURCHASE_STATES, PurchaseState
from poolmgr.stores.answers import one_object, one_order, unknown_word

PAGE = 1000
"""As many rows as one call answers at most."""

WITHOUT_PURCHASE: tuple[IntentAnswer, ...] = ("over_budget", "lost")


class DatabasePurchases(Purchases, Ledger):
    """`Purchases` and `Ledger` over any `Database`. Every call may be repeated with the same arguments."""

    def __init__(self, database: Database, environment: EnvironmentName) -> None:
        self.database = database
        self.name = environment

    @property
    def environment(self) -> EnvironmentName:
        return self.name

    async def intent(self, token: Token, registry: Registry, identity: str, price_cents: int) -> Intent:
        return intent_of(
            await one_object(
                self.database,
                "pool_purchase_intent",
                {
                    "token": token.of(self.name),
                    "registry": registry,
                    "identity": identity,
                    "price_cents": price_cents,
                },
            )
        )

    async def mark(self, purchase: PurchaseId, token: Token, state: PurchaseState, facts: JsonObject) -> str:
        return await one_order(
            self.database,
            "pool_purchase_mark",
            {"id": purchase, "token": token.of(self.name), "state": state, "facts": facts},
        )

    async def states(self, purchases: Sequence[PurchaseId]) -> dict[PurchaseId, PurchaseState]:
        found: dict[PurchaseId, PurchaseState] = {}
        for start in range(0, len(purchases), PAGE):
            ids: list[Json] = list(purchases[start : start + PAGE])
            for row in await self.purchases_list({"ids": ids}, PAGE):
                found[id_of(row, "pool_purchases_list")] = state_of(row)
        return found

    async def secured(self, host: str) -> list[Secured]:
        return [secured_of(row) for row in await self.database.call("pool_secured", {"host": host})]

    async def purchases_list(self, narrow: JsonObject, how_many: int) -> list[JsonObject]:
        return await self.database.call("pool_purchases_list", {"filter": narrow, "how_many": how_many})

    async def budgets(self, days: int) -> list[JsonObject]:
        return await self.database.call("pool_budgets_list", {"days": days})

    async def allow(self, purchase: PurchaseId, person: str) -> str:
        return await one_order(self.database, "pool_purchase_allow", {"id": purchase, "person": person})


def intent_of(said: JsonObject) -> Intent:
    word = text(said, "answer")
    answer = next((known for known in INTENT_ANSWERS if known == word), None)
    if answer is None:
        raise unknown_word("pool_purchase_intent", said.get("answer"))
    path = text(said, "path")
    if answer == "reuse" and not path:
        raise StoreError("pool_purchase_intent answered reuse without a path.")
    return Intent(
        answer=answer,
        id=0 if answer in WITHOUT_PURCHASE else id_of(said, "pool_purchase_intent"),
        path=path,
        at=text(said, "at"),
        holder=text(said, "holder"),
        host=text(said, "host"),
        limit_cents=whole(said, "limit_cents"),
        spent_cents=whole(said, "spent_cents"),
        reserved_cents=whole(said, "reserved_cents"),
    )


def secured_of(row: JsonObject) -> Secured:
    return Secured(
        id=id_of(row, "pool_secured"),
        row_id=text(row, "row_id"),
        kind=text(row, "kind"),
        host=text(row, "host"),
        secured_at=text(row, "secured_at"),
        host_seen_seconds=(
            None if row.get("host_seen_seconds") is None else number(row, "host_seen_seconds")
        ),
    )


def state_of(row: JsonObject) -> PurchaseState:
    word = text(row, "state")
    for state in PURCHASE_STATES:
        if state == word:
            return state
    raise unknown_word("pool_purchases_list", row.get("state"))


def id_of(row: JsonObject, function: str) -> PurchaseId:
    found = whole(row, "id")
    if found <= 0:
        raise StoreError(f"{function} answered {row.get('id')!r} instead of a purchase's id.")
    return found
