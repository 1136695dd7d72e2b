"""The history of one lot: registrations whose dates and numbers rise, discharges included."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from random import Random

from poolmgr.local.samples.people import LENDERS, PLACES, UTILITIES, draw_lot, draw_party, write_amount

COMPUTER_NUMBERS_FROM = date(2001, 10, 9)
COMPUTER_NUMBERS_A_DAY = 2_210
# number in 1986 and numbers a year: a country office, a town, a city
OFFICES = ((48_200, 1_900), (191_000, 6_100), (3_614_000, 96_000))


@dataclass(frozen=True, kw_only=True)
class Party:
    role: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Inscription:
    """One row of an index."""

    day: date
    number: int
    nature: str
    parties: tuple[Party, ...]
    remarks: str = ""
    address_notice: str = ""
    discharged_by: int | None = None

    @property
    def radiations(self) -> str:
        return f"T {self.discharged_by}" if self.discharged_by else ""


@dataclass(kw_only=True)
class Lot:
    """What a registration leaves behind for the next one."""

    rng: Random
    owners: list[str]
    loans: list[int]


def name_parties(**names: list[str]) -> tuple[Party, ...]:
    return tuple(Party(role=role, name=name) for role, several in names.items() for name in several)


def draw_owners(rng: Random) -> list[str]:
    return [draw_party(rng) for _ in range(rng.choice((1, 2, 2, 3)))]


def draw_amount(rng: Random, day: date, low: int, high: int) -> str:
    """Between `low` and `high` dollars of 1986, dearer by 4 % a year since."""
    worth = rng.randrange(low, high) * 1.04 ** (day.year - 1986)
    return write_amount(round(worth / 500) * 500)


def sell(lot: Lot, blank: Inscription) -> Inscription:
    rng, sellers = lot.rng, lot.owners
    lot.owners = draw_owners(rng)
    nature = rng.choice(("Vente", "Vente", "Vente", "Donation", "Cession", "Échange"))
    roles = {"Donation": ("Donateur", "Donataire"), "Vente": ("Vendeur", "Acquéreur")}
    giver, taker = roles.get(nature, ("1ère partie", "2ième partie"))
    price = "" if nature == "Donation" else draw_amount(rng, blank.day, 48_000, 160_000)
    return replace(
        blank, nature=nature, parties=name_parties(**{giver: sellers, taker: lot.owners}), remarks=price
    )


def lend(lot: Lot, blank: Inscription) -> Inscription:
    rng = lot.rng
    parties = name_parties(Créancier=[rng.choice(LENDERS)], Débiteur=lot.owners)
    return replace(
        blank,
        nature="Hypothèque",
        parties=parties,
        remarks=draw_amount(rng, blank.day, 30_000, 120_000),
        address_notice=str(rng.randrange(6_012_000, 6_890_000)),
    )


def grant_servitude(lot: Lot, blank: Inscription) -> Inscription:
    rng = lot.rng
    remarks = rng.choice(
        ("Servitude perpétuelle de passage", "Ligne aérienne", "Partie du lot", "Droit de vue et d’égout")
    )
    parties = name_parties(Cédant=lot.owners[:2], Cessionnaire=[rng.choice(UTILITIES)])
    return replace(blank, nature="Servitude", parties=parties, remarks=remarks)


def pass_on(lot: Lot, blank: Inscription) -> Inscription:
    dead, heir = lot.owners[0], draw_party(lot.rng)
    lot.owners = [*lot.owners[1:], heir]
    nature = lot.rng.choice(("Déclaration de transmission", "Testament"))
    return replace(blank, nature=nature, parties=name_parties(Défunt=[dead], Héritier=[heir]))


def declare(lot: Lot, blank: Inscription) -> Inscription:
    nature, role, remarks = lot.rng.choice(
        (
            ("Déclaration de résidence familiale", "Déclarant", ""),
            ("Avis d’adresse", "Titulaire", "Changement d’adresse"),
            ("Bail", "Locateur", "Durée : cinq ans"),
            ("Procès-verbal d’abornement", "Requérant", "Ligne séparative nord-est"),
            ("Correction", "Requérant", "Voir aussi lot " + draw_lot(lot.rng, PLACES[1])),
        )
    )
    return replace(blank, nature=nature, parties=name_parties(**{role: lot.owners[:1]}), remarks=remarks)


def discharge(lot: Lot, blank: Inscription, loan: Inscription) -> Inscription:
    nature = lot.rng.choice(("Quittance", "Mainlevée", "Quittance"))
    return replace(blank, nature=nature, parties=loan.parties, remarks=f"Inscription n° {loan.number}")


def number_on(day: date, office: tuple[int, int]) -> float:
    """The number a registration of that day gets; offices counted for themselves before the computer."""
    if day >= COMPUTER_NUMBERS_FROM:
        return 10_000_000 + (day - COMPUTER_NUMBERS_FROM).days * COMPUTER_NUMBERS_A_DAY
    first, a_year = office
    return first + (day - date(1986, 1, 1)).days * a_year / 365


def day_of(number: int) -> date:
    """The day on which an 8-digit number was given."""
    return COMPUTER_NUMBERS_FROM + timedelta(days=(number - 10_000_000) // COMPUTER_NUMBERS_A_DAY)


def draw_days(rng: Random, since: int, until_now: int) -> Iterator[date]:
    """Rising days without end, of which the first `until_now` lie between the year `since` and 2023."""
    apart = (2023 - since) * 365 / until_now
    for row in count():
        yield date(since, 2, 3) + timedelta(days=int((row + rng.uniform(0, 0.8)) * apart))


def draw_history(rng: Random, *, since: int, until_now: int, rows: int) -> list[Inscription]:
    """`rows` registrations, of which `until_now` reach from `since` to our days; loans know their end.

    `until_now` moves dates, numbers and amounts only: who does what depends on `rng` alone.
    """
    lot = Lot(rng=rng, owners=draw_owners(rng), loans=[])
    office = rng.choice(OFFICES)
    history: list[Inscription] = []
    acts = (sell, sell, lend, lend, lend, grant_servitude, pass_on, declare, declare)
    for day, _ in zip(draw_days(rng, since, until_now), range(rows), strict=False):
        blank = Inscription(
            day=day, number=int(number_on(day, office)) + rng.randrange(5), nature="", parties=()
        )
        if lot.loans and rng.random() < 0.3:
            row = lot.loans.pop(0)
            loan = history[row]
            history[row] = replace(loan, discharged_by=blank.number)
            history.append(discharge(lot, blank, loan))
            continue
        act = rng.choice(acts)
        if act is lend:
            lot.loans.append(len(history))
        history.append(act(lot, blank))
    return history
