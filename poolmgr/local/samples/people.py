"""Who and what stands in the documents. Every person, firm, address and lot is invented."""

from dataclasses import dataclass
from random import Random

WOMEN = [
    "Hélène",
    "Françoise",
    "Geneviève",
    "Mélanie",
    "Andrée",
    "Noémie",
    "Josée",
    "Chloé",
    "Véronique",
    "Thérèse",
    "Maïté",
    "Danièle",
    "Céline",
    "Gisèle",
    "Aurélie",
    "Louise",
    "Micheline",
    "Solange",
    "Carole",
    "Brigitte",
]
MEN = [
    "François",
    "Benoît",
    "André",
    "Jérôme",
    "Gaëtan",
    "Rémi",
    "Frédéric",
    "Loïc",
    "Noël",
    "Étienne",
    "Réjean",
    "Stéphane",
    "Sébastien",
    "Hervé",
    "Clément",
    "Yvon",
    "Marcel",
    "Gilles",
    "Normand",
    "Raphaël",
]
SURNAMES = [
    "Archambault",
    "Arsenault",
    "Beaudoin",
    "Beaulieu",
    "Bélanger",
    "Boisvert",
    "Bouchard",
    "Caron",
    "Charlebois",
    "Charron",
    "Couture",
    "Desjardins",
    "Desrosiers",
    "Dubois",
    "Fontaine",
    "Fournier",
    "Gauthier",
    "Gosselin",
    "Guérin",
    "Hébert",
    "Lachance",
    "Laframboise",
    "Lapointe",
    "Lavoie",
    "Lemieux",
    "Lévesque",
    "Marchand",
    "Morin",
    "Paquette",
    "Pelletier",
    "Prévost",
    "Renaud",
    "Robitaille",
    "Rousseau",
    "Thériault",
    "Villeneuve",
]
STREETS = (
    "rue de l’Église",
    "avenue des Érables",
    "rue Sœur-Marie-Rose",
    "chemin du Vieux-Moulin",
    "boulevard des Pionniers",
    "rang Saint-Édouard",
    "rue du Collège",
    "montée Sainte-Hélène",
    "rue Hôtel-de-Ville",
    "côte Saint-Noël",
)
LENDERS = (
    "Caisse populaire de la Vallée-Fictive",
    "Caisse d’économie des Chênes",
    "Banque Hypothécaire Boréale",
    "Société de prêts Sœurs Lemoyne inc.",
    "Fiducie Trois-Clochers limitée",
)
UTILITIES = ("Hydro-Québec", "Compagnie de téléphone des Érables", "Gaz Laurentide inc.")
MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
RENOVATED = "Cadastre du Québec"
UNITS = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
TENS = ("", "", "vingt", "trente", "quarante", "cinquante", "soixante", "", "quatre-vingt", "")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a lot lies: the words an order form asks for, and the town of its deeds."""

    circonscription: str
    cadastre: str
    town: str


PLACES = tuple(
    Place(circonscription=circonscription, cadastre=cadastre, town=town)
    for circonscription, cadastre, town in (
        ("Montréal", "Cadastre du Québec", "Montréal"),
        ("Montréal", "Cité de Montréal (quartier Sainte-Marie)", "Montréal"),
        ("Portneuf", "Paroisse de Sainte-Jeanne-de-Neuville", "Neuville"),
        ("Shefford", "Canton d’Ely", "Valcourt"),
        ("Deux-Montagnes", "Cadastre du Québec", "Saint-Eustache"),
        ("Gaspé", "Canton de Baie-de-Gaspé-Sud", "Gaspé"),
        ("Sainte-Anne-des-Monts", "Village de Sainte-Anne-des-Monts", "Sainte-Anne-des-Monts"),
        ("Québec", "Cadastre du Québec", "Québec"),
    )
)


def draw_lot(rng: Random, place: Place) -> str:
    """A lot number as that cadastre writes it: seven digits once renovated, else old and subdivided."""
    if place.cadastre == RENOVATED:
        return str(rng.randrange(1_050_000, 6_400_000))
    return f"{rng.randrange(120, 1900)}-{rng.randrange(11, 290)}"


def draw_designation(rng: Random, place: Place) -> str:
    """The secondary designation: a range in the townships, else none."""
    return f"Rang {rng.choice(('II', 'IV', 'VII', 'VIII'))}" if place.cadastre.startswith("Canton") else ""


def draw_person(rng: Random) -> str:
    """`Prénom NOM`, as a deed writes it."""
    return f"{rng.choice(WOMEN + MEN)} {rng.choice(SURNAMES).upper()}"


def draw_party(rng: Random) -> str:
    """`NOM, Prénom`, as an index writes it."""
    first, last = draw_person(rng).split(" ")
    return f"{last}, {first}"


def draw_address(rng: Random, town: str) -> str:
    letters = "GHJ"
    code = f"{rng.choice(letters)}{rng.randrange(2, 9)}{rng.choice('AKMNPT')}"
    code += f" {rng.randrange(2, 9)}{rng.choice('AKMNPT')}{rng.randrange(2, 9)}"
    return f"{rng.randrange(24, 9800)}, {rng.choice(STREETS)}, {town} (Québec) {code}"


def write_amount(dollars: int) -> str:
    """`240 000,00 $`: thousands parted by a space."""
    return f"{dollars:,}".replace(",", " ") + ",00 $"


def write_tens(number: int) -> str:
    """0 to 99 in French words."""
    if number < 20:
        return UNITS[number]
    ten, unit = divmod(number, 10)
    if ten in (7, 9):
        ten, unit = ten - 1, unit + 10
    if unit == 0:
        return TENS[ten] + ("s" if ten == 8 else "")
    return TENS[ten] + (" et " if unit in (1, 11) and ten != 8 else "-") + UNITS[unit]


def write_thousands(thousands: int) -> str:
    """So many thousands in French words, 1 to 999: 240 gives `deux cent quarante mille`."""
    hundreds, rest = divmod(thousands, 100)
    parts = [] if hundreds < 2 else [UNITS[hundreds]]
    if hundreds:
        parts.append("cent")
    if rest and thousands > 1:
        # before « mille » quatre-vingt takes no s
        parts.append(write_tens(rest).removesuffix("s") if rest == 80 else write_tens(rest))
    return " ".join([*parts, "mille"])
