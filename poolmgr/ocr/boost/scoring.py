"""Which nature a row has when nobody is certain: its readings are weighed by the rules that hold.

A reading that is certain is never changed. Where the reader gave several, one of them wins. Only where nobody
read any may a rule name one that was not read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from poolmgr.ocr.boost.conditions import Facts
from poolmgr.ocr.boost.doubt import Doubt, doubt, is_spoilt
from poolmgr.ocr.boost.natures import is_any_of, is_generic, is_of, may_become
from poolmgr.ocr.boost.rules import Rule
from poolmgr.ocr.index.model import Row

READ = 1.0
"""What a reading is worth before its confidence; no rule reaches it, so that what was read comes first."""
CONFIDENCE, UNSTATED = 0.5, 0.4
LEAD = 0.1
"""By how much another reading must lead the first."""
LEAST, LEAST_LEAD = 0.3, 0.05
"""What a nature that nobody read needs, and by how much it must lead the next."""
STRONG = 0.5


@dataclass(kw_only=True)
class Candidate:
    """worth: as a reading. up, down: the rules for and against it."""

    worth: float
    is_read: bool
    up: list[Rule] = field(default_factory=list)
    down: list[Rule] = field(default_factory=list)

    @property
    def score(self) -> float:
        return self.worth + together(self.up) - together(self.down)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """nature: what wins over what was read, "" where nothing does. rules: who decided, weightiest first."""

    nature: str
    rules: tuple[Rule, ...] = ()


NOTHING = Verdict(nature="")


def together(rules: Iterable[Rule]) -> float:
    """Several hints are stronger than one, and never certain: 1 - (1-a)(1-b)…"""
    against = 1.0
    for rule in rules:
        against *= 1 - rule.strength
    return 1 - against


def decide(row: Row, rules: Iterable[Rule], facts: Facts) -> Verdict:
    """What the rules make of a row's nature."""
    state = doubt(row)
    if state == "certain":
        return NOTHING
    candidates = readings(row, state)
    holding = [rule for rule in rules if rule.raised and rule.when.holds(facts)]
    for rule in holding:
        speak_for(rule, row, candidates, state)
    for rule in holding:
        for nature, candidate in candidates.items():
            if is_any_of(rule.lowered, nature):
                candidate.down.append(rule)
    return winner(row, candidates)


def readings(row: Row, state: Doubt) -> dict[str, Candidate]:
    worth = 0.0 if state == "open" else READ
    found: dict[str, Candidate] = {}
    if not is_spoilt(row.nature):
        first = 0.0 if is_generic(row.nature) else worth + trust(row.confidence)
        found[row.nature] = Candidate(worth=first, is_read=True)
    for other in row.alternatives.get("nature", ()):
        if not is_spoilt(other.value):
            found.setdefault(other.value, Candidate(worth=worth + trust(other.confidence), is_read=True))
    return found


def trust(confidence: float | None) -> float:
    return CONFIDENCE * (UNSTATED if confidence is None else confidence)


def speak_for(rule: Rule, row: Row, candidates: dict[str, Candidate], state: Doubt) -> None:
    """Adds the rule to every candidate that it raises; to one of its own where it may name one."""
    meant = [
        candidate
        for nature, candidate in candidates.items()
        if any(agrees(one, nature) for one in rule.raised)
    ]
    new = next((one for one in rule.raised if may_become(row.nature, one)), None)
    if not meant and state == "open" and new:
        meant = [candidates.setdefault(new, Candidate(worth=0.0, is_read=False))]
    for candidate in meant:
        candidate.up.append(rule)


def agrees(raised: str, nature: str) -> bool:
    """A kind speaks for its family, too; a word that names no nature belongs to none."""
    return is_of(raised, nature) or (is_of(nature, raised) and not is_generic(nature))


def winner(row: Row, candidates: Mapping[str, Candidate]) -> Verdict:
    ranked = sorted(candidates.items(), key=lambda one: -one[1].score)
    if not ranked or ranked[0][0] == row.nature:
        return NOTHING
    nature, best = ranked[0]
    rivals = [candidate.score for _, candidate in ranked[1:]]
    first = candidates.get(row.nature)
    lost = first.down if first else []
    if not best.up and not lost:
        return NOTHING  # Readings alone: the first one stays the first one.
    if first is not None and best.score < first.score + LEAD:
        return NOTHING
    if not best.is_read and (best.score < LEAST or any(best.score < rival + LEAST_LEAD for rival in rivals)):
        return NOTHING
    decided = sorted({rule.id: rule for rule in [*best.up, *lost]}.values(), key=lambda rule: -rule.strength)
    return Verdict(nature=nature, rules=tuple(decided))


def questions(row: Row, rules: Iterable[Rule], facts: Facts) -> list[tuple[Rule, str]]:
    """Rules that find a certain reading hard to believe, and those that only ask, with what they ask."""
    found = []
    for rule in rules:
        if not rule.when.holds(facts):
            continue
        doubts = rule.strength >= STRONG and is_any_of(rule.lowered, row.nature) and doubt(row) == "certain"
        if rule.ask or doubts:
            found.append((rule, rule.ask or f"Is it not « {rule.raised[0]} »?"))
    return found
