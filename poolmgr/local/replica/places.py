"""The choices of the forms: 73 circonscriptions, their cadastres, and the ranges of those not renovated."""

from dataclasses import dataclass
from functools import cache
from random import Random

from poolmgr.local.replica.asked import RENOVATED
from poolmgr.local.replica.circonscriptions import CIRCONSCRIPTIONS
from poolmgr.local.samples.people import PLACES

ACTE_TYPES = ("Acte", "Avis d'adresse", "Radiation", "Acte divers")
SAINTS = (
    "Saint-Isidore",
    "Sainte-Blandine",
    "Saint-Octave",
    "Sainte-Ursule",
    "Saint-Éphrem",
    "Saint-Zotique",
)
TOWNSHIPS = ("Boisclair", "d'Aulnaie", "Grandpré", "d'Orvilliers", "Montbrun", "Valfleury")
RANGES = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
RENOVATED_VALUE = "000001"
NO_DESIGNATION = "A"
NOTHING = frozenset({"", "NULL", "000000"})


@dataclass(frozen=True, kw_only=True)
class Option:
    value: str
    text: str


@cache
def circonscriptions() -> tuple[Option, ...]:
    return tuple(Option(value=f"{number:02}", text=text) for number, text in enumerate(CIRCONSCRIPTIONS, 1))


def invented(circonscription: str) -> list[str]:
    """Two parishes, of which one has a village of its name, and two townships."""
    rng = Random(circonscription)
    saints, townships = rng.sample(SAINTS, 2), rng.sample(TOWNSHIPS, 2)
    cantons = [f"Canton {name}" if name.startswith("d'") else f"Canton de {name}" for name in townships]
    return [*(f"Paroisse de {name}" for name in saints), f"Village de {saints[0]}", *cantons]


@cache
def cadastres(circonscription: str | None) -> tuple[Option, ...]:
    """Renovated lots can be had without a circonscription, all others only after one was chosen."""
    first = Option(value=RENOVATED_VALUE, text=RENOVATED)
    if circonscription is None:
        return (first,)
    known = [place.cadastre.replace("’", "'") for place in PLACES if place.circonscription == circonscription]
    names = sorted({*known, *invented(circonscription)} - {RENOVATED})
    code = CIRCONSCRIPTIONS.index(circonscription) + 1
    return (
        first,
        *(Option(value=f"{code:02}{number:04}", text=text) for number, text in enumerate(names, 101)),
    )


@cache
def designations(cadastre: str | None) -> tuple[Option, ...]:
    none = Option(value=NO_DESIGNATION, text="Aucune")
    if cadastre is None or cadastre == RENOVATED:
        return (none,)
    return (none, *(Option(value=f"{number:03}", text=f"Rang {r}") for number, r in enumerate(RANGES, 1)))


def acte_types() -> tuple[Option, ...]:
    return tuple(Option(value=f"{number:02}", text=text) for number, text in enumerate(ACTE_TYPES, 1))


def text_of(options: tuple[Option, ...], value: str) -> str | None:
    """What is chosen, None for nothing or for a value that this list does not have."""
    if value in NOTHING:
        return None
    return next((option.text for option in options if option.value == value), None)
