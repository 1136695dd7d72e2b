"""The language of a rule's condition: names of facts joined by and, or, not and parentheses.

A fact holds when the row has evidence for it; `facts` maps its name to that evidence, a sentence.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

TOKEN = re.compile(r"\s*(?:(?P<sign>[()])|(?P<name>[a-z_]+(?:\.[a-z_0-9]+)?))")
WORDS = frozenset({"and", "or", "not"})

Facts: TypeAlias = Mapping[str, str]


class BadCondition(ValueError):
    """A condition that is no sentence of the language."""


@dataclass(frozen=True)
class Fact:
    name: str

    def holds(self, facts: Facts) -> bool:
        return self.name in facts

    def names(self) -> Iterator[str]:
        yield self.name

    def evidence(self, facts: Facts) -> Iterator[str]:
        if self.name in facts:
            yield facts[self.name]


@dataclass(frozen=True)
class Not:
    inner: "Condition"

    def holds(self, facts: Facts) -> bool:
        return not self.inner.holds(facts)

    def names(self) -> Iterator[str]:
        yield from self.inner.names()

    def evidence(self, _: Facts) -> Iterator[str]:
        """What is not there is no evidence."""
        yield from ()


@dataclass(frozen=True)
class Joined:
    word: str
    parts: tuple["Condition", ...]

    def holds(self, facts: Facts) -> bool:
        return (all if self.word == "and" else any)(part.holds(facts) for part in self.parts)

    def names(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.names()

    def evidence(self, facts: Facts) -> Iterator[str]:
        for part in self.parts:
            if part.holds(facts):
                yield from part.evidence(facts)


Condition: TypeAlias = Fact | Not | Joined


def parse(text: str) -> Condition:
    """Raises BadCondition. `and` binds before `or`."""
    tokens = tokens_of(text)
    condition = alternative(tokens)
    if tokens:
        raise BadCondition(f"{text!r}: {tokens[0]!r} comes too late")
    return condition


def tokens_of(text: str) -> list[str]:
    found: list[str] = []
    place = 0
    rest = text.rstrip()
    while place < len(rest):
        match = TOKEN.match(rest, place)
        if match is None:
            raise BadCondition(f"{text!r}: nothing begins with {rest[place:].strip()[:20]!r}")
        found.append(match["sign"] or match["name"])
        place = match.end()
    return found


def alternative(tokens: list[str]) -> Condition:
    return series(tokens, "or")


def series(tokens: list[str], word: str) -> Condition:
    parts = [series(tokens, "and") if word == "or" else single(tokens)]
    while tokens and tokens[0] == word:
        tokens.pop(0)
        parts.append(series(tokens, "and") if word == "or" else single(tokens))
    return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))


def single(tokens: list[str]) -> Condition:
    if not tokens:
        raise BadCondition("a condition ends where a fact is missing")
    token = tokens.pop(0)
    if token == "not":
        return Not(single(tokens))
    if token == "(":
        inner = alternative(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise BadCondition("a parenthesis is not closed")
        return inner
    if token == ")" or token in WORDS:
        raise BadCondition(f"{token!r} stands where a fact is missing")
    return Fact(token)
