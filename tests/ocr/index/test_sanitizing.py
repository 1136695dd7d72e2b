from hypothesis import given, settings
from hypothesis import strategies as st

from poolmgr.domain.json import record, records
from poolmgr.ocr.index import text_form
from poolmgr.ocr.index.model import IndexPage
from poolmgr.ocr.index.sanitizing import sanitize
from tests.ocr.index.pages import documents

TEXT = """--- Page 7 ---
Métadonnées de l'En-tête :
Circonscription foncière: Montréal
Cadastre: [Vide]
Lot no : 12
Ligne 1:
Date de présentation d'inscription: 1986-02-03
Numéro de radiation: 9
Numéro: 770292
Nature de l'acte: Option 1: Vente (Confiance: 80%), Option 2: Bail
Qualité:
Nom des parties: TREMBLAY, Jean
Avis d'adresse: 6 012 000
Radiations : :
"""


def test_the_shape_is_the_products() -> None:
    assert sanitize(TEXT) == {
        "pages": [
            {
                "pageNumber": 1,
                "metadata": {"circonscription": "Montréal", "cadastre": None, "lot_number": "12"},
                "inscriptions": [
                    {
                        "acte_publication_date": "1986-02-03",
                        "acte_publication_number": "770292",
                        "acte_nature": "Vente",
                        "parties": [{"name": "TREMBLAY, Jean", "role": ""}],
                        "remarques": None,
                        "radiation_number": "9",
                    }
                ],
            }
        ]
    }


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert records(sanitize(text), "pages")


@settings(max_examples=25)
@given(documents())
def test_our_own_text_keeps_every_row(document: tuple[IndexPage, ...]) -> None:
    text = "\n\n".join(f"--- Page {page.number} ---\n{text_form.write(page)}" for page in document)
    found = records(sanitize(text), "pages")
    assert [page["pageNumber"] for page in found] == [page.number for page in document]
    for page, shape in zip(document, found, strict=True):
        assert record(shape, "metadata")["lot_number"] == (page.header.lot or None)
        rows = records(shape, "inscriptions")
        assert [row["acte_publication_number"] for row in rows] == [row.number or None for row in page.rows]
        assert [len(records(row, "parties")) for row in rows] == [len(row.parties) for row in page.rows]
