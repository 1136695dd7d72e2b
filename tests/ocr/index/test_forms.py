import pytest

from poolmgr.ocr.index import forms
from poolmgr.ocr.index.model import Alternative, Row

OLD = """Voici le contenu de la page.
**Métadonnées de l'En-tête :**
*   **Circonscription foncière:** Montréal
*   Cadastre : Cité de Montréal
*   Lot no : 1358-176
*   Concordance: 1358
Données du Tableau :
**Ligne 1:**
*   Date de présentation d’inscription : 1986-02-03
*   Numéro de radiation: T 555
*   Numéro: 3 770 292
*   Nature de l'acte:
    *   Option 1: Vente (Confiance: 95%)
    *   Option 2: Servitude (Confiance: 4,5%)
*   Remarques:
*   Avis d'adresse: [Vide]
*   Radiations : :
"""


def row(*lines: str) -> Row:
    (found,) = forms.read(1, "\n".join(["Ligne 1:", *lines])).rows
    return found


def test_a_text_of_older_systems_is_read_through_its_decoration() -> None:
    page = forms.read(2, OLD)
    assert (page.header.circonscription, page.header.lot) == ("Montréal", "1358-176")
    assert page.header.others == {"Concordance": "1358"}
    (only,) = page.rows
    assert (only.date, only.number, only.nature) == ("1986-02-03", "3 770 292", "Vente")
    assert only.alternatives == {"nature": (Alternative(value="Servitude", confidence=0.045),)}
    assert only.radiations == "T 555"


def test_an_empty_field_does_not_swallow_the_next_line() -> None:
    assert row("Qualité:", "Nom des parties: X").parties[0].role == ""


def test_a_field_that_holds_only_colons_is_empty() -> None:
    assert row("Radiations : :").radiations == ""


def test_the_number_of_a_cancellation_is_not_the_number_of_the_row() -> None:
    assert row("Numéro de radiation: 555", "Nature de l'acte: Vente").number == ""


@pytest.mark.parametrize("nothing", ["[Vide]", "vide", "[VIDE]", "empty", ""])
def test_words_for_nothing_are_nothing(nothing: str) -> None:
    assert row(f"Remarques: {nothing}").remarks == ""


def test_pages_are_told_by_their_markers_and_what_stands_before_them_is_none() -> None:
    text = "bavardage\n--- Page 3 ---\nun\n\n--- Page 4 ---\ndeux"
    assert forms.split(text) == [(3, "un"), (4, "deux")]
    assert forms.split("sans repère") == [(1, "sans repère")]


def test_a_plain_text_is_no_form() -> None:
    assert forms.is_form(OLD)
    assert not forms.is_form("Vente par Jean à Marie.\nNuméro: 12")
