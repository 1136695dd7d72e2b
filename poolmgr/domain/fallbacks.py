"""Under which names an order may be asked for, the best first: its own words alone, never their likeness."""

import re
from typing import Literal, TypeAlias

from poolmgr.domain.matching import same
from poolmgr.domain.names import is_blank
from poolmgr.domain.orders import LandOrder, is_renovated

MOST_ASKED = 3
"""Names under which one order is asked for, as the program before this one did."""

ONE_SERIES = ("Acte", "Acte divers", "Radiation")
"""Types that share one series of numbers: under each of them a number is the same document, or none. An avis
d'adresse has a number of its own series, which is another document's in this one."""

PLACE = r"(?:paroisse|canton|village|ville(?!-marie)|cit[ée])\b"
RANGE = r"(?:(?:[0-9]+|[ivx]+)\s*(?:er|ère|re|e|ème|ième)?\s+)?(?:rang|concession|bloc)s?\b"
PART = re.compile(rf"(?<![\w-])(?=(?P<place>{PLACE})|{RANGE})", re.IGNORECASE)
EDGES = " \t\n,;.:/()"
Kind: TypeAlias = Literal["place", "range", ""]
"""Of a part of a column: a place by its form, a rang or bloc, or what stands before any of them."""


def acte_types(order: LandOrder) -> tuple[str, ...]:
    """The type that the order names, then the others of its series."""
    wanted = order.acte_type
    if not any(same(wanted, one) for one in ONE_SERIES):
        return (wanted,)
    return (wanted, *(one for one in ONE_SERIES if not same(wanted, one)))


def cadastres(order: LandOrder) -> tuple[str, ...]:
    """The column as it is, then each paroisse, canton, village, ville or cité that the order names anywhere.

    A lot of the Cadastre du Québec is in no other: its number has a form of its own.
    """
    if is_renovated(order):
        return (order.cadastre,)
    named = [part for part, kind in _parts(order.cadastre) if kind != "range"]
    named += [part for part, kind in _parts(order.designation) if kind == "place"]
    return _different([order.cadastre, *named])


def designations(order: LandOrder) -> tuple[str, ...]:
    """The column as it is, then what both columns say beside places; empty when they name places alone."""
    beside = [part for part, kind in _parts(order.cadastre) if kind == "range"]
    beside += [part for part, kind in _parts(order.designation) if kind != "place"]
    return _different([order.designation, " ".join(beside)]) if beside else ()


def _parts(text: str) -> list[tuple[str, Kind]]:
    """« Rang 5 Canton Abercrombie Paroisse de Saint-Hippolyte » is a range and two places."""
    starts: list[tuple[int, Kind]] = [(0, "")]
    starts += [(found.start(), "place" if found["place"] else "range") for found in PART.finditer(text)]
    ends = [start for start, _ in starts[1:]] + [len(text)]
    parts = [(text[start:end].strip(EDGES), kind) for (start, kind), end in zip(starts, ends, strict=True)]
    return [(part, kind) for part, kind in parts if not is_blank(part)]


def _different(texts: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for text in texts:
        if not is_blank(text) and not any(same(text, one) for one in kept):
            kept.append(text)
    return tuple(kept)
