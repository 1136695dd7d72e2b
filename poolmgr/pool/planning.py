"""What a machine can hold and what a number of documents needs: arithmetic only."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from poolmgr.config.settings import Settings
from poolmgr.domain.json import JsonObject
from poolmgr.pool.capacity import Fit, Size, budget, fit
from poolmgr.pool.costs import CostKind
from poolmgr.pool.resources import sized

DAY_SECONDS = 86_400
UTILISATION = 0.7
"""Share of a day in which a child may be at work: above it, queues grow faster than they shrink."""

CENTS = 100


@dataclass(frozen=True, kw_only=True)
class Need:
    """For documents that are each downloaded and read, half of them indexes, half actes.

    whole: of the machine, reserve included. cents: what the documents of a day cost, CAD.
    """

    documents: int
    registre: int
    ocr: int
    booked: Size
    whole: Size
    cents: int

    def as_json(self) -> JsonObject:
        return {
            "documents_a_day": self.documents,
            "registre": self.registre,
            "ocr": self.ocr,
            "booked": sized(self.booked),
            "machine": sized(self.whole),
            "cents_a_day": self.cents,
        }


@dataclass(frozen=True, kw_only=True)
class Plan:
    """whole: of the machine; room: what may be booked of it; fit: the children that this holds."""

    whole: Size
    room: Size
    fit: Fit
    need: Need | None = None

    def as_json(self) -> JsonObject:
        return {
            "schema": 1,
            "machine": sized(self.whole),
            "room": sized(self.room),
            "fits": {"registre": self.fit.registre, "ocr": self.fit.ocr, "booked": sized(self.fit.booked)},
            "need": self.need.as_json() if self.need else None,
        }


def plan(
    whole: Size,
    settings: Settings,
    costs: Mapping[CostKind, Size],
    seconds: Mapping[str, float],
    documents_a_day: int | None,
    price_cents: int,
) -> Plan:
    """seconds: what a job takes, by its kind. price_cents: of one document."""
    room = budget(whole, settings.server)
    sizes: dict[str, Size] = dict(costs.items())
    wanted = None if documents_a_day is None else need(documents_a_day, settings, costs, seconds, price_cents)
    return Plan(whole=whole, room=room, fit=fit(room, sizes), need=wanted)


def need(
    documents: int,
    settings: Settings,
    costs: Mapping[CostKind, Size],
    seconds: Mapping[str, float],
    price_cents: int,
) -> Need:
    """At least one child of each group; a registre child has several jobs in hand, one that reads, one."""
    half = documents / 2
    registre = children(documents * seconds["land"] / settings.registre.contexts)
    index, acte = children(half * seconds["ocr_index"]), children(half * seconds["ocr_acte"])
    booked = costs["registre"] * registre + costs["index"] * index + costs["acte"] * acte
    server = settings.server
    whole = Size(
        cpu=booked.cpu / (1 - server.reserve_cpu_percent / 100),
        ram=booked.ram / (1 - server.reserve_ram_percent / 100),
    )
    return Need(
        documents=documents,
        registre=registre,
        ocr=index + acte,
        booked=booked,
        whole=whole,
        cents=documents * price_cents,
    )


def children(seconds_a_day: float) -> int:
    return max(1, math.ceil(seconds_a_day / (DAY_SECONDS * UTILISATION)))
