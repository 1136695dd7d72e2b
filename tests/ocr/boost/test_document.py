import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolmgr.domain.jobs import JobKind
from poolmgr.ocr.boost.document import Sheet, boost, sheets
from poolmgr.ocr.index import text_form
from poolmgr.ocr.index.model import IndexPage
from tests.ocr.index.pages import documents

OLD = """--- Page 1 ---
Texte libre que personne ne comprend.
--- Page 2 ---
*   Données du Tableau :
**Ligne 1:**
*   Numéro: 770292
*   Nature de l'acte: Option 1: Vente (Confiance: 55%), Option 2: Servitude (Confiance: 50%)
*   Qualité: 1ère partie 2ième partie
*   Nom des parties: HQ
*   Remarques: Pylônes
Une ligne que personne n'attendait."""


def test_an_old_text_is_corrected_where_its_values_stand_and_nowhere_else() -> None:
    boosted = boost(sheets(OLD, "ocr_index"), "ocr_index")
    assert boosted is not None
    (first, free), (second, corrected) = boosted.pages
    assert (first, second) == (1, 2)
    assert free == "Texte libre que personne ne comprend."
    before = OLD.partition("--- Page 2 ---\n")[2].split("\n")
    changed = [(old, new) for old, new in zip(before, corrected.split("\n"), strict=True) if old != new]
    assert changed == [
        (before[3], "*   Nature de l'acte: Servitude"),
        ("*   Nom des parties: HQ", "*   Nom des parties: Hydro-Québec"),
    ]


def test_a_text_without_any_row_is_left_alone() -> None:
    assert boost(sheets("Texte libre.", "ocr_index"), "ocr_index") is None


def test_two_pages_of_one_number_keep_their_own_texts() -> None:
    twice = "--- Page 1 ---\nLigne 1:\nNuméro: 1\n--- Page 1 ---\nLigne 1:\nNuméro: 2"
    boosted = boost(sheets(twice, "ocr_index"), "ocr_index")
    assert boosted is not None
    assert [text for _, text in boosted.pages] == ["Ligne 1:\nNuméro: 1", "Ligne 1:\nNuméro: 2"]


@settings(max_examples=20)
@given(documents())
def test_a_stored_text_is_corrected_as_its_reading_was(document: tuple[IndexPage, ...]) -> None:
    fresh = [Sheet(number=page.number, text=text_form.write(page), index=page) for page in document]
    stored = sheets("\n\n".join(f"--- Page {one.number} ---\n{one.text}" for one in fresh), "ocr_index")
    assert [(one.number, one.text) for one in stored] == [(one.number, one.text) for one in fresh]
    boosted = boost(stored, "ocr_index")
    assert boosted is not None
    assert [number for number, _ in boosted.pages] == [page.number for page in document]


HOSTILE = {
    "blanks": " " * 30_000 + "x",
    "one word": "l" * 50_000,
    "groups of figures": "123 " * 30_000 + "x",
    "groups of letters": "lIO " * 50_000,
    "capitals": "ABC DEF " * 8_000,
    "options": "Nature: " + "Option 1: " * 6_000,
    "colons": "Numéro" + ":" * 50_000,
    "dollars": "dollars (1 $)" * 5_000,
    "towns": "Nom des parties: " + "ville de " * 6_000,
    "dashes": "-" * 50_000,
    "amounts": "50000$ " * 8_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("kind", ["ocr_index", "ocr_acte"])
@pytest.mark.timeout(20)
def test_no_text_takes_long(kind: JobKind, text: str) -> None:
    content = f"Ligne 1:\nRemarques: {text}\n{text}"
    boosted = boost(sheets(content, kind), kind)
    assert boosted is not None
    assert len(boosted.pages) == 1


@settings(max_examples=30)
@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    kinds: tuple[JobKind, ...] = ("ocr_index", "ocr_acte")
    for kind in kinds:
        pages = sheets(text, kind)
        boosted = boost(pages, kind)
        assert boosted is None or len(boosted.pages) == len(pages)
