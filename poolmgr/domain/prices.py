"""What the registries ask for, as data with the day from which it holds: the one place to write a new tariff.

The land register's fees are indexed every 1 April (Act respecting registry offices, chapter B-9, Schedule
I, s. 17). No tariff was at hand when this was written: each line names who saw the price. A price in the
settings wins over these lines, and what a site itself says before the click wins over both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from poolmgr.domain.purchases import Registry

Product: TypeAlias = Literal["index", "acte", "plan_cadastraux", "search"]

INDEXED_ON = (4, 1)
"""Month and day of the land register's yearly change."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """cents: CAD, of one document or search, from the day `since` on. origin: who saw it, and when."""

    registry: Registry
    product: Product
    cents: int
    since: date
    origin: str


APRIL_2026 = date(2026, 4, 1)

TARIFF: tuple[Price, ...] = (
    Price(
        registry="land",
        product="index",
        cents=150,
        since=APRIL_2026,
        origin="1.50 $ a lot, seen by another program's author on 2026-05-21",
    ),
    Price(
        registry="land",
        product="plan_cadastraux",
        cents=150,
        since=APRIL_2026,
        origin="1.50 $ a plan, a commercial service's page of 2026",
    ),
    Price(
        registry="land",
        product="acte",
        cents=150,
        since=APRIL_2026,
        origin="inferred from 1.50 $ « par doc. », 2026: nobody names actes apart",
    ),
    Price(
        registry="rdprm",
        product="search",
        cents=1200,
        since=date(2025, 10, 1),
        origin="12.00 $ in the site's question of October 2025; 11 $ was told of on 2026-08-31",
    ),
)


def price(registry: Registry, product: Product, today: date, tariff: Sequence[Price] = TARIFF) -> Price:
    """What holds on a day of Quebec's calendar; before the first known day the first known price."""
    known = sorted(
        (one for one in tariff if (one.registry, one.product) == (registry, product)),
        key=lambda one: one.since,
    )
    return next((one for one in reversed(known) if one.since <= today), known[0])


def highest(registry: Registry, today: date, tariff: Sequence[Price] = TARIFF) -> int:
    """Cents that any one purchase of the registry may cost on that day."""
    products = dict.fromkeys(one.product for one in tariff if one.registry == registry)
    return max(price(registry, product, today, tariff).cents for product in products)


def is_outdated(registry: Registry, today: date, tariff: Sequence[Price] = TARIFF) -> bool:
    """Whether a 1 April has passed since its newest line; the RDPRM says its price itself."""
    if registry != "land":
        return False
    newest = max(one.since for one in tariff if one.registry == registry)
    this_year = date(today.year, *INDEXED_ON)
    last = this_year if this_year <= today else date(today.year - 1, *INDEXED_ON)
    return newest < last
