import pytest

from poolmgr.domain.matching import LONGEST, Absent, Ambiguous, Found, match, same
from tests.domain.names import CIRCONSCRIPTIONS, CONFUSABLE, SPELLINGS, STRANGERS

BLANKS = [
    "",
    "   ",
    "---",
    "—",
    "« Sélectionner… »",
    "Choisir…",
    "Toutes",
    "Toutes les circonscriptions",
    "NULL",
    "000000",
]


def chosen(wanted: str, options: list[str]) -> str | None:
    """The text of the option that was found, None when none was."""
    found = match(wanted, options)
    return options[found.index] if isinstance(found, Found) else None


@pytest.mark.parametrize(
    ("wanted", "option"),
    [("Montreal", "Montréal"), ("St-Jean", "Saint-Jean"), ("Saint-Anne-des-Monts", "Sainte-Anne-des-Monts")],
)
def test_usual_spellings_of_a_circonscription_are_found(wanted: str, option: str) -> None:
    assert chosen(wanted, ["", *CIRCONSCRIPTIONS]) == option


def test_names_that_are_not_on_offer_are_absent() -> None:
    without_jerome = ["", *CIRCONSCRIPTIONS]
    assert isinstance(match("Saint-Jérôme", without_jerome), Absent)
    assert match("Zzz", without_jerome) == Absent(())


def test_a_name_that_two_numbers_share_is_ambiguous() -> None:
    options = ["", *CIRCONSCRIPTIONS]
    found = match("Bonaventure", options)
    assert isinstance(found, Ambiguous)
    assert [options[index] for index in found.indices] == ["Bonaventure 1", "Bonaventure 2"]


@pytest.mark.parametrize(("one", "other"), CONFUSABLE)
def test_confusable_names_are_never_exchanged(one: str, other: str) -> None:
    assert isinstance(match(one, ["", other]), Absent)
    assert isinstance(match(other, ["", one]), Absent)
    assert match(one, [other, one]) == Found(1, 1.0)


@pytest.mark.parametrize("blank", BLANKS)
def test_a_blank_option_is_never_found_and_a_blank_wish_finds_nothing(blank: str) -> None:
    assert match(blank, [blank, "Montréal"]) == Absent()
    assert match("Montréal", [blank, "Montréal", blank]) == Found(1, 1.0)
    assert match("Zzz", BLANKS) == Absent()


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_spellings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert same(one, other)
    assert match(one, [other]) == Found(0, 1.0)


@pytest.mark.parametrize(("one", "other"), STRANGERS)
def test_two_names_are_never_exchanged(one: str, other: str) -> None:
    assert not same(one, other)
    assert isinstance(match(one, [other]), Absent)
    assert isinstance(match(other, [one]), Absent)


def test_a_single_number_may_be_left_unsaid() -> None:
    assert match("Nicolet", ["Lévis", "Nicolet 2"]) == Found(1, 1.0)
    assert match("Nicolet", ["Nicolet", "Nicolet 2"]) == Found(0, 1.0)
    assert isinstance(match("Nicolet No 1", ["Nicolet 2"]), Absent)
    assert isinstance(match("Nicolet 2", ["Nicolet"]), Absent)


def test_a_form_may_be_left_unsaid_where_one_place_has_the_name() -> None:
    assert match("Verchères", ["Paroisse de Verchères", "Canton d'Ely"]) == Found(0, 1.0)
    assert match("Verchères", ["Paroisse de Verchères", "Village de Verchères"]) == Ambiguous((0, 1))
    assert isinstance(match("Nicolet", ["Canton de Nicolet 2"]), Absent)


def test_a_form_that_was_asked_for_must_be_there() -> None:
    assert isinstance(match("Paroisse de Verchères", ["Verchères"]), Absent)
    assert match("Paroisse de Verchères", ["Village de Verchères", "Paroisse de Verchères"]) == Found(1, 1.0)


def test_the_cadastre_du_quebec_is_also_called_quebec() -> None:
    assert match("Cadastre du Québec", ["Canton de Caron", "Québec"]) == Found(1, 1.0)
    assert match("Québec", ["Paroisse de Notre-Dame-de-Québec", "Cadastre du Québec"]) == Found(1, 1.0)


def test_a_quarter_is_matched_by_itself_alone() -> None:
    quarter = "Cité de Montréal (quartier Sainte-Marie)"
    assert isinstance(match("Cité de Montréal", [quarter]), Absent)
    assert isinstance(match("Montréal", [quarter]), Absent)
    assert isinstance(match("Cité de Montréal (quartier Saint-Jacques)", [quarter]), Absent)
    assert isinstance(match("Cité de Montréal (quartier Est)", ["Cité de Montréal (quartier Ouest)"]), Absent)
    assert match("Cité de Montréal, quartier Ste-Marie", [quarter]) == Found(0, 1.0)


@pytest.mark.parametrize(
    ("wanted", "option"),
    [
        ("Shawinigam", "Shawinigan"),
        ("Témiscaminge", "Témiscamingue"),
        ("Sherbroooke", "Sherbrooke"),
        ("Saint-Hyacinte", "Saint-Hyacinthe"),
        ("Kamourasca", "Kamouraska"),
        ("Bonavenutre 2", "Bonaventure 2"),
        ("Laprairie", "La Prairie"),
        ("Lislet", "L'Islet"),
        ("TroisRivieres", "Trois-Rivières"),
    ],
)
def test_a_slip_of_the_pen_is_found(wanted: str, option: str) -> None:
    assert chosen(wanted, ["", *CIRCONSCRIPTIONS]) == option


def test_a_slip_between_two_names_is_ambiguous() -> None:
    assert match("Montferrant", ["Montferrand", "Montferrans", "Hull"]) == Ambiguous((0, 1))
    assert match("Gaspe", ["Gaspé", "Hull", "GASPÉ"]) == Ambiguous((0, 2))


def test_what_is_absent_comes_with_at_most_three_neighbours_the_nearest_first() -> None:
    options = ["Laval", "Montmagny", "", "Montmorency", "Montcalm", "Montréal"]
    found = match("Montmorenzi", options)
    assert isinstance(found, Absent)
    assert len(found.nearest) == 3
    assert options[found.nearest[0]] == "Montmorency"


def test_a_long_text_is_only_matched_by_itself() -> None:
    text = "Abitibi " * LONGEST
    assert match(text, ["Abitibi", text]) == Found(1, 1.0)
    assert match(text + "s", ["Abitibi", text]) == Absent()
