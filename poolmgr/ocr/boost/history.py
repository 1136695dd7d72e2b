"""What stands in a document before a row: mortgages by number, their creditors, servitudes, plans."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from poolmgr.ocr.boost.natures import is_any_of, is_of
from poolmgr.ocr.boost.vocabulary import names_body, vocabulary
from poolmgr.ocr.folding import folded
from poolmgr.ocr.index.model import Party, Row
from poolmgr.ocr.index.sections import number_of, plain_number

AMOUNT = re.compile(r"(?<!\d)\d{1,3}(?:[ \u00a0\u202f.,]?\d{3}){0,4}(?:,\d{2})? ?\$|\$ ?\d[\d ,.]{0,20}")
NUMBER = re.compile(r"(?<![\w,])\d(?:[\d \u00a0-]{0,14}\d)?(?!\w)")
SHORTEST_NUMBER, LONGEST_NUMBER = 4, 9
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
PLANS = ("Dépôt de plan", "Plan", "Avis cadastral", "Dépôt", "Rénovation cadastrale")


@dataclass(kw_only=True)
class History:
    """natures: by registration number. creditors: of mortgages, by number."""

    natures: dict[str, str] = field(default_factory=dict)
    creditors: dict[str, frozenset[str]] = field(default_factory=dict)
    servitude: str = ""
    plans: list[date] = field(default_factory=list)

    def add(self, row: Row) -> None:
        number = number_of(row)
        if number:
            self.natures[number] = row.nature
        if is_of("Hypothèque", row.nature) and number:
            self.creditors[number] = creditors(row)
        if is_of("Servitude", row.nature):
            self.servitude = row.number or row.date or "an earlier row"

    def cited(self, row: Row) -> list[str]:
        """Numbers of earlier rows that a row names in its radiations or remarks."""
        own = number_of(row)
        said = [*numbers(row.radiations), *numbers(row.remarks)]
        return [number for number in dict.fromkeys(said) if number in self.natures and number != own]


def days_of_plans(rows: Iterator[Row]) -> list[date]:
    """The days on which plans were deposited or the cadastre was renovated."""
    return [day for row in rows if is_any_of(PLANS, row.nature) and (day := day_of(row.date)) is not None]


def creditors(row: Row) -> frozenset[str]:
    """Who lends: those whose role says so, else the banks."""
    role = vocabulary().roles["creditor"]
    named = [party for party in row.parties if role.search(folded(party.role))]
    return frozenset(map(identity, named or [party for party in row.parties if is_bank(party)]))


def identity(party: Party) -> str:
    """One word for every spelling of a body; of others the name without punctuation."""
    one = names_body(party.name)
    return one.id if one else " ".join(re.findall(r"\w+", folded(party.name)))


def is_bank(party: Party) -> bool:
    one = names_body(party.name)
    if one is not None:
        return "bank" in one.groups
    return vocabulary().groups["bank"].search(folded(party.name)) is not None


def numbers(text: str) -> list[str]:
    """Registration numbers in a text, as they are compared; amounts and dates are none."""
    plain = DAY.sub(" ", AMOUNT.sub(" ", text))
    found = [plain_number(number) for number in NUMBER.findall(plain)]
    return [number for number in found if SHORTEST_NUMBER <= len(number) <= LONGEST_NUMBER]


def day_of(text: str) -> date | None:
    found = DAY.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
