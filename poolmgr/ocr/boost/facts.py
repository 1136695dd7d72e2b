"""What is true of a row, by the names that conditions use, each with its evidence.

party.* a body or group among the parties · near.*, misread.* a party whose name is a spoilt one of a body ·
words.* outside the column of the nature · role.* · read.* a reading of the nature, reads.* its first one ·
the rest stands in `FACTS`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from poolmgr.ocr.boost.doubt import GUESSED, doubt
from poolmgr.ocr.boost.history import AMOUNT, History, creditors, day_of, identity, is_bank, numbers
from poolmgr.ocr.boost.natures import is_of
from poolmgr.ocr.boost.vocabulary import names_body, near_body, vocabulary
from poolmgr.ocr.folding import folded
from poolmgr.ocr.index.model import Column, Row
from poolmgr.ocr.index.sections import plain_number

OUTSIDE: tuple[Column, ...] = ("remarks", "address_notice", "radiations")
FAMILIES = (
    "vente",
    "servitude",
    "hypotheque",
    "quittance",
    "mainlevee",
    "modification",
    "mutation",
    "emprise",
    "acces",
)
REFERENCE = re.compile(r"\br[ée]f\b|\b[tp]\b[ .]*\d", re.IGNORECASE)
REF = re.compile(r"\br[ée]f\b\D{0,12}\d", re.IGNORECASE)
FACTS = {
    "doubtful": "the nature is not certain",
    "open": "nobody read the nature",
    "low": "the row was read with little confidence, or its nature not at all",
    "amount": "an amount stands in the remarks",
    "high_amount": "an amount of a million dollars or more",
    "reliable_parties": "the parties were read in one way, and no name is a spoilt one",
    "persons_only": "two natural persons or more, and nobody else",
    "one_institution": "one bank, and no other body",
    "number.valid": "the registration number is well formed",
    "radiations.empty": "nothing stands in the radiations",
    "radiations.reference": "a reference with its number stands in the radiations",
    "radiations.ref": "« Réf. » with a number stands in the radiations",
    "cites.row": "an earlier row's number is named",
    "cites.mortgage": "an earlier mortgage's number is named",
    "same_creditor": "a party is the creditor of the mortgage that is named, or of any earlier one",
    "history.servitude": "a servitude stands earlier in the document",
    "date.near_plan": "the date is near a deposit of a plan in the document",
    "date.network_period": "the date lies in the years when most lines were built",
}
LONGEST_NAME = 200
PARTS_OF_A_NAME = 2, 5
PARTICLES = frozenset({"de", "du", "la", "le", "des", "d'", "l'", "et", "saint", "st"})


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A row among the others of its document."""

    row: Row
    history: History

    @property
    def outside(self) -> Iterator[tuple[Column, str]]:
        return ((column, str(getattr(self.row, column))) for column in OUTSIDE)


def known_facts() -> frozenset[str]:
    """Every name that a condition may use."""
    words = vocabulary()
    bodies = [body.id for body in words.bodies]
    return frozenset(
        [*FACTS, *(f"party.{name}" for name in [*bodies, *words.groups, "person"])]
        + [f"near.{name}" for name in bodies]
        + [f"misread.{body.id}" for body in words.bodies if body.misread]
        + [f"words.{name}" for name in words.words]
        + [f"role.{name}" for name in words.roles]
        + [f"{read}.{family}" for read in ("read", "reads") for family in FAMILIES]
    )


def facts_of(scene: Scene) -> dict[str, str]:
    """Of facts that are shown several times the first evidence stays."""
    found: dict[str, str] = {}
    for source in (of_parties, of_words, of_roles, of_nature, of_amounts, of_numbers, of_time):
        for name, evidence in source(scene):
            found.setdefault(name, evidence)
    return found


def of_parties(scene: Scene) -> Iterator[tuple[str, str]]:
    parties = scene.row.parties
    for party in parties:
        said = f"party « {party.name} »"
        for name in kinds(party.name[:LONGEST_NAME]):
            yield f"party.{name}", said
        near = near_body(party.name)
        if near is not None:
            yield f"near.{near[0].id}", f"{said} is nearly {near[0].name} ({near[1]:.2f})"
        for body in vocabulary().bodies:
            if folded(party.name) in body.misread:
                yield f"misread.{body.id}", f"{said} for {body.name}"
    spoilt = [party for party in parties if near_body(party.name) is not None]
    if parties and not spoilt and not scene.row.alternatives.get("parties"):
        yield "reliable_parties", "the parties were read in one way"
    persons = [party for party in parties if is_person(party.name[:LONGEST_NAME])]
    if len(persons) == len(parties) > 1:
        yield "persons_only", "every party is a natural person"
    bodies = [party for party in parties if party.name and party not in persons]
    if len(bodies) == 1 and is_bank(bodies[0]):
        yield "one_institution", f"« {bodies[0].name} » is the only institution"


@lru_cache(4096)
def kinds(name: str) -> tuple[str, ...]:
    """The body and the groups that a name is of; `person` for nobody of them."""
    body = names_body(name)
    plain = folded(name)
    words = vocabulary()
    groups = [] if body is None else list(body.groups)
    groups += [
        group
        for group, pattern in words.groups.items()
        if pattern.search(plain) and not (group == "bank" and body is not None)
    ]
    implied = [further for group in groups for further in words.implied.get(group, ())]
    known = [] if body is None else [body.id]
    person = ["person"] if is_person(name) else []
    return tuple(dict.fromkeys([*known, *groups, *implied, *person]))


@lru_cache(4096)
def is_person(name: str) -> bool:
    """A name of two to five words without any figure, of which none belongs to a body."""
    plain = folded(name)
    parts = [part for part in re.findall(r"[\w'.-]+", plain) if part not in PARTICLES]
    if names_body(name) is not None or any(char.isdigit() for char in plain):
        return False
    if any(pattern.search(plain) for pattern in vocabulary().groups.values()):
        return False
    fewest, most = PARTS_OF_A_NAME
    return fewest <= len(parts) <= most or ("," in name and len(parts) > 1)


def of_words(scene: Scene) -> Iterator[tuple[str, str]]:
    for column, text in scene.outside:
        plain = folded(text)
        for name, pattern in vocabulary().words.items():
            if found := pattern.search(plain):
                yield f"words.{name}", f"{column}: « {found[0]} »"


def of_roles(scene: Scene) -> Iterator[tuple[str, str]]:
    for party in scene.row.parties:
        for name, pattern in vocabulary().roles.items():
            if pattern.search(folded(party.role)):
                yield f"role.{name}", f"role « {party.role} »"


def of_nature(scene: Scene) -> Iterator[tuple[str, str]]:
    row = scene.row
    state = doubt(row)
    if state != "certain":
        yield "doubtful", f"nature « {row.nature} » is {state}"
    if state == "open":
        yield "open", f"nature « {row.nature} » was not read"
    if state == "open" or (row.confidence is not None and row.confidence < GUESSED):
        yield "low", f"nature « {row.nature} » with confidence {row.confidence}"
    readings = [row.nature, *(one.value for one in row.alternatives.get("nature", ()))]
    for family in FAMILIES:
        if is_of(family, row.nature):
            yield f"reads.{family}", f"nature « {row.nature} »"
        for reading in readings:
            if is_of(family, reading):
                yield f"read.{family}", f"a reading is « {reading} »"


def of_amounts(scene: Scene) -> Iterator[tuple[str, str]]:
    for found in AMOUNT.finditer(scene.row.remarks):
        yield "amount", f"remarks: « {found[0].strip()} »"
        whole = re.sub(r"\D", "", re.sub(r"[.,]\d{2}(?=\s*\$|$)", "", found[0]))
        if int(whole or "0") >= vocabulary().high_amount:
            yield "high_amount", f"remarks: « {found[0].strip()} »"


def of_numbers(scene: Scene) -> Iterator[tuple[str, str]]:
    row, history = scene.row, scene.history
    if 5 <= len(plain_number(row.number)) <= 8:
        yield "number.valid", f"number « {row.number} »"
    if not row.radiations:
        yield "radiations.empty", "nothing in the radiations"
    elif REFERENCE.search(row.radiations) or numbers(row.radiations):
        yield "radiations.reference", f"radiations: « {row.radiations} »"
    if REF.search(row.radiations):
        yield "radiations.ref", f"radiations: « {row.radiations} »"
    cited = history.cited(row)
    mortgages = [number for number in cited if number in history.creditors]
    for number in cited:
        yield "cites.row", f"names {number}, {history.natures[number] or 'an earlier row'}"
    for number in mortgages:
        yield "cites.mortgage", f"names the mortgage {number}"
    yield from shared_creditor(row, history, mortgages or ([] if cited else list(history.creditors)))


def shared_creditor(row: Row, history: History, mortgages: Sequence[str]) -> Iterator[tuple[str, str]]:
    lenders = creditors(row) or frozenset(map(identity, row.parties))
    for number in mortgages:
        if both := lenders & history.creditors[number]:
            yield "same_creditor", f"« {min(both)} » lent under {number}"


def of_time(scene: Scene) -> Iterator[tuple[str, str]]:
    if scene.history.servitude:
        yield "history.servitude", f"servitude before: {scene.history.servitude}"
    day = day_of(scene.row.date)
    if day is None:
        return
    first, last = vocabulary().network_years
    if first <= day.year <= last:
        yield "date.network_period", f"date {day} between {first} and {last}"
    for plan in scene.history.plans:
        if abs((day - plan).days) <= vocabulary().near_plan_days:
            yield "date.near_plan", f"date {day} near the plan of {plan}"
