"""Which of the five layouts a table has, by the titles of its columns."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Literal

from poolmgr.ocr.index.model import Layout

Content = Literal[
    "date", "number", "nature", "role", "name", "giver", "taker", "remarks", "address_notice", "radiations",
    "register", "volume",
]  # fmt: skip
"""What a column of the table holds."""

TITLES: Mapping[Layout, Mapping[Content, tuple[str, ...]]] = MappingProxyType(
    {
        "old_1": {
            "name": ("noms des parties",),
            "nature": ("titre de l'acte",),
            "date": ("enregistrement date", "date"),
            "number": ("no", "numero"),
            "remarks": ("remarques et avis d'adresse",),
            "radiations": ("radiations",),
        },
        "old_2": {
            "name": ("noms des parties",),
            "nature": ("nature de l'acte",),
            "date": ("enregistrement date", "date"),
            "register": ("reg",),
            "volume": ("vol",),
            "number": ("n°", "no", "numero"),
            "radiations": ("radiation",),
            "remarks": ("remarques",),
        },
        "old_3": {
            "date": ("date of the registration",),
            "giver": ("names of parties donor, vendor", "donor, vendor"),
            "taker": ("donee, purchaser",),
            "nature": ("nature of the deed",),
            "number": ("no", "number"),
            "remarks": ("remarks",),
        },
        "modern_inscription": {
            "date": ("date de presentation d'inscription", "date de presentation"),
            "number": ("numero d'inscription", "numero"),
            "nature": ("nature de l'acte",),
            "role": ("qualite",),
            "name": ("nom des parties",),
            "remarks": ("remarques",),
            "address_notice": ("avis d'adresse",),
            "radiations": ("radiations",),
        },
        "modern_radiation": {
            "number": ("numero d'inscription", "numero"),
            "remarks": ("remarques",),
            "address_notice": ("avis d'adresse",),
            "radiations": ("radiations",),
        },
    }
)
HANDWRITTEN: frozenset[Layout] = frozenset({"old_2", "old_3"})
RULED_LINES: frozenset[Layout] = frozenset({"old_1", "old_2", "old_3"})
"""Forms with a printed line for each line of writing; the others have a rule below each registration."""

LEAST_LIKE, LEAST_SCORE = 0.62, 0.5


@dataclass(frozen=True, kw_only=True)
class Columns:
    """contents: of each column of the grid, None where its title says nothing known."""

    layout: Layout
    contents: tuple[Content | None, ...]

    def of(self, *contents: Content) -> tuple[int, ...]:
        return tuple(number for number, content in enumerate(self.contents) if content in contents)


def recognise(titles: Sequence[str]) -> Columns | None:
    """The layout whose titles these are, one text for each column; None when they are no index's."""
    scored = [(*matched(titles, layout), layout) for layout in TITLES]
    score, contents, layout = max(scored, key=lambda entry: entry[0])
    return Columns(layout=layout, contents=contents) if score >= LEAST_SCORE else None


def matched(titles: Sequence[str], layout: Layout) -> tuple[float, tuple[Content | None, ...]]:
    """How well the titles fit, 0 to 1, and which column holds what: the surest pairs first, each once."""
    expected = TITLES[layout]
    pairs = sorted(
        ((alike(plain(title), content, expected), number, content)
         for number, title in enumerate(titles) for content in expected),
        key=lambda pair: -pair[0],
    )  # fmt: skip
    contents: dict[int, Content] = {}
    total = 0.0
    for like, number, content in pairs:
        if like < LEAST_LIKE:
            break
        if number not in contents and content not in contents.values():
            contents[number] = content
            total += like
    placed = tuple(contents.get(number) for number in range(len(titles)))
    return total / max(len(titles), len(expected)), in_order(placed, tuple(expected))


def in_order(contents: tuple[Content | None, ...], order: tuple[Content, ...]) -> tuple[Content | None, ...]:
    """A form with all of its columns has them in its own order: titles that were not read, or misread, are
    told by their place when at least half of the others stand where they should."""
    right = sum(found == expected for found, expected in zip(contents, order, strict=False))
    return order if len(contents) == len(order) and 2 * right >= len(order) else contents


def alike(title: str, content: Content, expected: Mapping[Content, tuple[str, ...]]) -> float:
    return max(SequenceMatcher(None, title, word, autojunk=False).ratio() for word in expected[content])


def plain(title: str) -> str:
    """Lower case, without accents; quotes straight."""
    folded = unicodedata.normalize("NFD", title.casefold().replace("’", "'").replace("º", "°"))
    kept = "".join(char for char in folded if unicodedata.category(char) != "Mn")
    return re.sub(r"[^\w'°, ]", "", " ".join(kept.split())).strip()
