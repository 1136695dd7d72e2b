"""Under which names an order is asked for: its own words, in their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolmgr.domain.fallbacks import EDGES, acte_types, cadastres, designations
from poolmgr.domain.orders import LandOrder


def an_acte(acte_type: str) -> LandOrder:
    return LandOrder("acte", "12345678", "Montréal", "", "", acte_type)


def a_lot(cadastre: str, designation: str = "", number: str = "42") -> LandOrder:
    return LandOrder("index", number, "Terrebonne", cadastre, designation, "")


@pytest.mark.parametrize(
    ("asked", "others"),
    [
        ("Acte", ["Acte divers", "Radiation"]),
        ("acte divers", ["Acte", "Radiation"]),
        ("RADIATION", ["Acte", "Acte divers"]),
        ("Avis d'adresse", []),
    ],
)
def test_an_acte_is_asked_for_under_the_types_that_share_its_numbers(asked: str, others: list[str]) -> None:
    assert acte_types(an_acte(asked)) == (asked, *others)


@pytest.mark.parametrize(
    ("cadastre", "designation", "named"),
    [
        ("Paroisse de X", "", ["Paroisse de X"]),
        ("Paroisse de X", "Rang 5", ["Paroisse de X"]),
        (
            "Paroisse de Saint-Hippolyte",
            "Rang 5 Canton Abercrombie Paroisse de Saint-Hippolyte",
            ["Paroisse de Saint-Hippolyte", "Canton Abercrombie"],
        ),
        ("Canton d'X, ville de Y", "", ["Canton d'X, ville de Y", "Canton d'X", "ville de Y"]),
        ("Paroisse de X, rang 5", "", ["Paroisse de X, rang 5", "Paroisse de X"]),
        ("Verchères (Village de Y)", "", ["Verchères (Village de Y)", "Verchères", "Village de Y"]),
        ("Paroisse de Ste-Anne", "paroisse de Sainte-Anne", ["Paroisse de Ste-Anne"]),
        ("Paroisse de Ville-Marie", "", ["Paroisse de Ville-Marie"]),
        ("Paroisse de Saint-Ignace-du-Village", "", ["Paroisse de Saint-Ignace-du-Village"]),
        ("Cité de Montréal (quartier Sainte-Marie)", "", ["Cité de Montréal (quartier Sainte-Marie)"]),
    ],
)
def test_a_lot_is_asked_for_in_the_places_that_its_order_names(
    cadastre: str, designation: str, named: list[str]
) -> None:
    assert list(cadastres(a_lot(cadastre, designation))) == named


def test_a_renovated_lot_lies_in_its_own_cadastre_whatever_else_is_named() -> None:
    assert cadastres(a_lot("Québec", "Paroisse de X", "1234567")) == ("Québec",)


@pytest.mark.parametrize(
    ("cadastre", "designation", "named"),
    [
        ("Paroisse de X", "", []),
        ("Paroisse de X", "Aucune", []),
        ("Paroisse de X", "Canton de Y Paroisse de X", []),
        ("Paroisse de X", "Rang IV", ["Rang IV"]),
        ("Paroisse de X, rang 5", "", ["rang 5"]),
        ("Paroisse de X", "5e rang, canton de Y", ["5e rang, canton de Y", "5e rang"]),
        ("Paroisse de X", "Bloc A", ["Bloc A"]),
        ("Paroisse de X", "Augmentation", ["Augmentation"]),
    ],
)
def test_what_is_no_place_is_the_designation(cadastre: str, designation: str, named: list[str]) -> None:
    assert list(designations(a_lot(cadastre, designation))) == named


PIECES = st.lists(
    st.sampled_from(
        [
            "Paroisse de Saint-Hippolyte",
            "Canton d'Abercrombie",
            "Village de Verchères",
            "Ville-Marie",
            "5e rang",
            "Rang VIII",
            "Bloc A",
            "Québec",
            "du village",
            "(quartier Sainte-Marie)",
        ]
    ),
    max_size=4,
)


@given(PIECES, PIECES, st.sampled_from([" ", ", ", "; "]))
def test_no_name_is_asked_for_that_the_order_does_not_say(
    cadastre: list[str], designation: list[str], between: str
) -> None:
    order = a_lot(between.join(cadastre), between.join(designation))
    said = f"{order.cadastre}|{order.designation}"
    assert all(name in said for name in cadastres(order))
    words = set(order.cadastre.split()) | set(order.designation.split())
    assert all(word.strip(EDGES) in {one.strip(EDGES) for one in words} for word in beside_places(order))


def beside_places(order: LandOrder) -> list[str]:
    return [word for name in designations(order) for word in name.split()]
