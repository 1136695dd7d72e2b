"""Bodies, groups and words as the rules know them: `vocabulary.toml`, compiled once."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from poolmgr.ocr.folding import folded

NEAR = 0.75
"""From this likeness on a name is a spoilt one of a body: about one wrong letter in four."""

SHORTEST, LONGEST = 5, 100
"""Letters of a name that may be a spoilt one."""


@dataclass(frozen=True, kw_only=True)
class Body:
    """A body by name. rule: of the rules, the one that puts `name` in the place of an alias."""

    id: str
    name: str
    aliases: frozenset[str]
    pattern: re.Pattern[str]
    groups: tuple[str, ...]
    rule: str
    misread: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """groups, words, roles: what their texts look like, folded. implied: further groups of a group."""

    bodies: tuple[Body, ...]
    groups: Mapping[str, re.Pattern[str]]
    implied: Mapping[str, Sequence[str]]
    words: Mapping[str, re.Pattern[str]]
    roles: Mapping[str, re.Pattern[str]]
    network_years: tuple[int, int]
    near_plan_days: int
    high_amount: int


@cache
def vocabulary() -> Vocabulary:
    raw = tomllib.loads((resources.files(__package__) / "vocabulary.toml").read_text("utf-8"))
    periods = raw["periods"]
    first, last = periods["network"]
    return Vocabulary(
        bodies=tuple(body(name, values) for name, values in raw["bodies"].items()),
        groups=patterns(raw["groups"]),
        implied=raw["implied"],
        words=patterns(raw["words"]),
        roles=patterns(raw["roles"]),
        network_years=(first, last),
        near_plan_days=periods["near_plan_days"],
        high_amount=periods["high_amount"],
    )


def body(name: str, values: Mapping[str, Any]) -> Body:
    return Body(
        id=name,
        name=values["name"],
        aliases=frozenset(map(folded, values["aliases"])),
        pattern=pattern(values["patterns"]),
        groups=tuple(values["groups"]),
        rule=values["rule"],
        misread=frozenset(map(folded, values.get("misread", ()))),
    )


def patterns(table: Mapping[str, Sequence[str]]) -> dict[str, re.Pattern[str]]:
    return {name: pattern(alternatives) for name, alternatives in table.items()}


def pattern(alternatives: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)")


@lru_cache(4096)
def names_body(name: str) -> Body | None:
    """The body that a name is of, by alias or by a part of it."""
    plain = folded(name)
    for one in vocabulary().bodies:
        if plain in one.aliases or one.pattern.search(plain):
            return one
    return None


@lru_cache(4096)
def alias_of(name: str) -> Body | None:
    """The body whose alias a whole name is."""
    plain = folded(name)
    return next((one for one in vocabulary().bodies if plain in one.aliases), None)


@lru_cache(4096)
def near_body(name: str) -> tuple[Body, float] | None:
    """The body that a spoilt name is nearest to, and how alike they are; None for a body's own name."""
    plain = folded(name)
    if not SHORTEST <= len(plain) <= LONGEST or names_body(name) is not None:
        return None
    scores = [
        (SequenceMatcher(None, alias, plain, autojunk=False).ratio(), one.id, one)
        for one in vocabulary().bodies
        for alias in one.aliases
        if len(alias) >= SHORTEST
    ]
    likeness, _, nearest = max(scores, key=lambda score: score[:2])
    return (nearest, likeness) if likeness >= NEAR else None
