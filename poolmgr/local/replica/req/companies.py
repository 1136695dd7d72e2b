"""The companies that the stand-in knows: all invented, some with names that a program trips over."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

PAGE_SIZE = 25
"""Results a page of the list; how many the live site shows is not known."""

LEGAL_PERSON, SOLE_PROPRIETOR, PARTNERSHIP, PUBLIC_AUTHORITY = "11", "22", "33", "88"


@dataclass(frozen=True, kw_only=True)
class Company:
    """others: other names that it uses, each found as the first one is. former: a name that it had.

    is_broken: its page lacks what identifies it.
    """

    neq: str
    name: str
    others: tuple[str, ...] = ()
    former: str = ""
    address: tuple[str, ...] = ("12, rue de l’Église", "Saint-Élie-des-Essais (Québec) J0X 1A0", "Canada")
    fused_with: tuple[str, ...] = ()
    establishments: tuple[str, ...] = ()
    documents: tuple[tuple[str, str], ...] = (("Déclaration d'immatriculation", "1994-05-16"),)
    is_broken: bool = False

    @property
    def is_public(self) -> bool:
        """Public authorities' files lack address and registration."""
        return self.neq.startswith(PUBLIC_AUTHORITY)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the list: one name of a company."""

    name: str
    company: Company


def neq(kind: str, number: int) -> str:
    return f"{kind}{number:08d}"


def known() -> Iterator[Company]:
    """What there is at a start."""
    yield Company(
        neq=neq(LEGAL_PERSON, 40000001),
        name="L'Érablière « Chez Léo » & fils <1987> inc.",
        others=('Cabane "à sucre" Léo', "Érablière Léo"),
        former="Érablière O'Léo ltée",
        fused_with=("Gestion Béta « ltée »", "9999-0001 Québec inc."),
        establishments=("0001 - Cabane", "0002 - Kiosque du marché"),
        documents=(
            ("Déclaration de mise à jour annuelle 2025", "2026-01-08"),
            ("Statuts de fusion", "2001-02-03"),
            ("Certificat de constitution", "1994-05-19"),
        ),
    )
    yield Company(neq=neq(SOLE_PROPRIETOR, 40000002), name="Café Ô Délice \\ N° 5 enr.")
    yield Company(neq=neq(PARTNERSHIP, 40000003), name="O'Brien et Frères, s.e.n.c.")
    yield Company(neq=neq(PUBLIC_AUTHORITY, 40000004), name="Ville de Saint-Élie-des-Essais")
    for number, place in enumerate(("Nord", "Sud", "Centre"), 40000010):
        yield Company(neq=neq(LEGAL_PERSON, number), name=f"Quincaillerie Jetté {place} inc.")
    for number in range(1, 31):
        yield Company(neq=neq(LEGAL_PERSON, 40000100 + number), name=f"Laiterie Essai {number:02d} inc.")
    for number in range(1, 201):
        yield Company(neq=neq(LEGAL_PERSON, 40001000 + number), name=f"Fournil Essai {number:03d} inc.")
    yield Company(
        neq=neq(LEGAL_PERSON, 40000200), name="Deux Noms Essai inc.", others=("Deux Noms Boutique",)
    )


class Register:
    def __init__(self) -> None:
        self.companies: list[Company] = []
        self.forget_added()

    def forget_added(self) -> None:
        self.companies = [*known()]

    def add(self, company: Company) -> None:
        """In front: it is found before the others."""
        self.companies.insert(0, company)

    def with_number(self, number: str) -> Company | None:
        return next((one for one in self.companies if one.neq == number), None)

    def with_words(self, asked: str) -> list[Entry]:
        """Every name that has all the words, accents and case apart; none for words that say nothing."""
        wanted = set(words(asked))
        if not wanted:
            return []
        return [
            Entry(name=name, company=company)
            for company in self.companies
            for name in (company.name, *company.others)
            if wanted <= set(words(name))
        ]


def words(text: str) -> list[str]:
    bare = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    return re.findall(r"[a-z0-9]+", bare.lower())
