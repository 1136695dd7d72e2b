from hypothesis import given, settings

from poolmgr.ocr.index import forms, text_form
from poolmgr.ocr.index.model import Alternative, Header, IndexPage, Party, Row
from tests.ocr.index.pages import pages

FORM = """Métadonnées de l'En-tête :
Circonscription foncière: Montréal
Cadastre: Cité de Montréal (quartier Sainte-Marie)
Lot: 1358-176
Droits: 2024-05-11 14:32
Disposition: modern_inscription
Plan: Liste des plans

Données du Tableau :

Ligne 1:
Date de présentation d'inscription: 1986-02-03
Numéro: 3 770 292
Nature de l'acte: Option 1: Vente (Confiance: 60%), Option 2: Servitude (Confiance: 35%)
Qualité: Vendeur ; [Vide]
Nom des parties: TREMBLAY, Jean ; HQ
Remarques: 125 000 $
Avis d'adresse: [Vide]
Radiations: T 3 911 204"""
PAGE = IndexPage(
    number=4,
    layout="modern_inscription",
    header=Header(
        circonscription="Montréal",
        cadastre="Cité de Montréal (quartier Sainte-Marie)",
        lot="1358-176",
        rights="2024-05-11 14:32",
        others={"Plan": "Liste des plans"},
    ),
    rows=(
        Row(
            date="1986-02-03",
            number="3 770 292",
            nature="Vente",
            parties=(Party(name="TREMBLAY, Jean", role="Vendeur"), Party(name="HQ")),
            remarks="125 000 $",
            radiations="T 3 911 204",
            confidence=0.6,
            alternatives={"nature": (Alternative(value="Servitude", confidence=0.35),)},
        ),
    ),
)


def test_a_page_is_labelled_lines_with_every_reading_of_what_is_doubtful() -> None:
    assert text_form.write(PAGE) == FORM


def test_what_was_written_is_read_again() -> None:
    assert forms.read(4, FORM) == PAGE


def test_a_name_with_a_semicolon_makes_no_further_party() -> None:
    row = Row(parties=(Party(name="A; B", role="Vendeur"), Party(name="C", role="Acquéreur")))
    page = IndexPage(number=1, layout="old_1", header=Header(), rows=(row,))
    (again,) = forms.read(1, text_form.write(page)).rows
    assert [party.name for party in again.parties] == ["A, B", "C"]


@settings(max_examples=40)
@given(pages())
def test_every_page_comes_back_from_its_text(page: IndexPage) -> None:
    again = forms.read(page.number, text_form.write(page))
    assert (again.layout, again.header) == (page.layout, page.header)
    assert len(again.rows) == len(page.rows)
    for row, before in zip(again.rows, page.rows, strict=True):
        for column, _ in text_form.LABELS:
            assert text_form.value_of(row, column) == text_form.value_of(before, column)
            assert row.alternatives.get(column, ()) == before.alternatives.get(column, ())
        assert row.parties == before.parties
    assert text_form.write(again) == text_form.write(page)
