"""The rules of `index_rules.toml`, checked when they are loaded."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from poolmgr.ocr.boost.conditions import BadCondition, Condition, parse
from poolmgr.ocr.boost.facts import known_facts
from poolmgr.ocr.boost.vocabulary import vocabulary

STRENGTHS: Mapping[str, float] = {"": 0.0, "weak": 0.2, "fair": 0.35, "strong": 0.5, "certain": 0.8}
KEYS = frozenset({"id", "group", "when", "raise", "lower", "strength", "snap", "ask"})


@dataclass(frozen=True, kw_only=True)
class Rule:
    """raised, lowered: families of natures. strength: 0 to 1. snap: a body's id, or "". ask: a question."""

    id: int
    group: str
    when: Condition
    raised: tuple[str, ...]
    lowered: tuple[str, ...]
    strength: float
    snap: str
    ask: str


@dataclass(frozen=True, kw_only=True)
class Rules:
    version: str
    all: tuple[Rule, ...]


@cache
def rules() -> Rules:
    """Raises BadCondition for a rule that says nothing, or speaks of what is not known."""
    raw = tomllib.loads((resources.files(__package__) / "index_rules.toml").read_text("utf-8"))
    return Rules(version=str(raw["version"]), all=tuple(map(rule, raw["rule"])))


def rule(values: Mapping[str, Any]) -> Rule:
    name = f"rule {values.get('id')}"
    if strange := values.keys() - KEYS:
        raise BadCondition(f"{name}: {', '.join(sorted(strange))} is no key of a rule")
    when = parse(values["when"])
    if unknown := sorted(set(when.names()) - known_facts()):
        raise BadCondition(f"{name}: {', '.join(unknown)} is no fact")
    made = Rule(
        id=values["id"],
        group=values["group"],
        when=when,
        raised=tuple(values.get("raise", ())),
        lowered=tuple(values.get("lower", ())),
        strength=STRENGTHS[values.get("strength", "")],
        snap=values.get("snap", ""),
        ask=values.get("ask", ""),
    )
    if not (made.raised or made.snap or made.ask) or bool(made.raised) != bool(made.strength):
        raise BadCondition(f"{name}: it does nothing, or nobody knows how strongly")
    if made.snap and made.snap not in {body.id for body in vocabulary().bodies}:
        raise BadCondition(f"{name}: {made.snap} is no body")
    return made
