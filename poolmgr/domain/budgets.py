"""A registry's budget of one day in one environment, and how it is said."""

from dataclasses import asdict, dataclass

from poolmgr.domain.json import JsonObject, text, whole

LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Cents of today. price_cents: of one document or search; enough: what is left pays for one more."""

    registry: str
    limit_cents: int
    reserved_cents: int
    spent_cents: int
    price_cents: int
    enough: bool

    def as_json(self) -> JsonObject:
        return asdict(self)


def budget(values: JsonObject) -> Budget:
    """From a line of `pool_budgets_list`, a message or a status; what is no number is 0."""
    return Budget(
        registry=text(values, "registry")[:LONGEST_NAME],
        limit_cents=whole(values, "limit_cents"),
        reserved_cents=whole(values, "reserved_cents"),
        spent_cents=whole(values, "spent_cents"),
        price_cents=whole(values, "price_cents"),
        enough=values.get("enough") is True,
    )


def sentence(found: Budget) -> str:
    """`24.00 of 24.00 CAD`, and what that means."""
    if found.limit_cents <= 0:
        return f"nothing is bought: money.{found.registry}_cents_a_day is 0"
    cents = f"{cad(found.spent_cents)} of {cad(found.limit_cents)} CAD"
    reserved = f", {cad(found.reserved_cents)} reserved" if found.reserved_cents else ""
    if found.enough:
        return f"{cents} spent today{reserved}"
    left = found.limit_cents - found.spent_cents - found.reserved_cents
    price = f", one more costs {cad(found.price_cents)}" if left > 0 else ""
    return f"the day's budget is spent: {cents}{reserved}{price}"


def cad(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
