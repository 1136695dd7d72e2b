from itertools import pairwise

from poolmgr.ocr.index.assembling import assemble, recognise
from poolmgr.ocr.index.grid import Grid
from poolmgr.ocr.index.model import IndexPage, Party, Row
from poolmgr.ocr.recognised import Word

MODERN = ["Date de présentation", "Numéro d’inscription", "Nature de l’acte", "Qualité", "Nom des parties",
          "Remarques", "Avis d’adresse", "Radiations"]  # fmt: skip
OLD_2 = ["NOMS DES PARTIES", "Nature de l’Acte", "Date", "Reg.", "Vol.", "N°", "Radiation", "REMARQUES"]


def page(*bands: list[str], confidence: float = 0.9, counted: int | None = None) -> IndexPage:
    """Titles, then registrations: a text for each column, its lines parted by /."""
    edges = tuple(150.0 * column for column in range(len(bands[0]) + 1))
    steps, words = [0.0], list[Word]()
    for band in bands:
        for left, text in zip(edges, band, strict=False):
            for number, line in enumerate(text.split("/")):
                top, x = steps[-1] + 4 + 12 * number, left + 4
                for word in line.split():
                    box = {"left": x, "top": top, "right": x + 4 * len(word), "bottom": top + 9}
                    words.append(Word(text=word, confidence=confidence, **box))
                    x += 4 * len(word) + 3
        steps.append(steps[-1] + 8 + 12 * max(text.count("/") + 1 for text in band))
    table = recognise(words, Grid(edges=edges, steps=tuple(steps)))
    assert table is not None
    assert [low < high for low, high in pairwise(steps)]
    return assemble(4, words, table, counted)


def test_a_computed_row_has_every_field() -> None:
    found = page(
        MODERN,
        ["2003-01-15", "10 190 062", "Hypothèque", "Créancier/Débiteur", "Banque Boréale/ROY, Guy",
         "240 000,00 $", "6109224", "T 11 325 967"],
        confidence=0.8,
    )  # fmt: skip
    assert (found.number, found.layout, found.note) == (4, "modern_inscription", "")
    assert found.rows == (
        Row(
            number="10 190 062",
            date="2003-01-15",
            nature="Hypothèque",
            parties=(Party(role="Créancier", name="Banque Boréale"), Party(role="Débiteur", name="ROY, Guy")),
            remarks="240 000,00 $",
            address_notice="6109224",
            radiations="T 11 325 967",
            confidence=0.8,
        ),
    )


def test_an_old_form_keeps_register_and_volume_and_says_what_it_does_not_read() -> None:
    found = page(
        OLD_2,
        [
            "ROY, Guy/CARON, Yvon",
            "Vente",
            "14 mars 1926",
            "A",
            "12",
            "48200",
            "",
            "Avis d’adresse 61234/Partie",
        ],
    )
    (row,) = found.rows
    assert (row.date, row.number, row.remarks, row.address_notice) == (
        "1926-03-14", "48200", "Reg. A, Vol. 12; Partie", "61234"
    )  # fmt: skip
    assert [party.name for party in row.parties] == ["ROY, Guy", "CARON, Yvon"]
    assert "handwriting" in found.note


def test_scribbles_that_tesseract_is_not_sure_of_are_no_registration() -> None:
    found = page(OLD_2, ["jwm", "lkj", "l9 nm", "", "", "4821", "", ""], confidence=0.35, counted=1)
    assert found.rows == ()
    assert found.note.endswith("incomplete: 0 of 1 rows read")


def test_a_date_that_was_not_understood_stays_as_written() -> None:
    assert page(MODERN, ["2003-O1-15", "10190062", "Vente", "", "", "", "", ""]).rows[0].date == "2003-O1-15"


def test_a_registration_that_was_seen_but_not_read_is_told() -> None:
    found = page(MODERN, ["2003-01-15", "10190062", "Vente", "", "", "", "", ""], counted=3)
    assert (found.rows_counted, found.note) == (3, "incomplete: 1 of 3 rows read")


def test_one_missing_of_many_is_told_though_the_page_counts_as_whole() -> None:
    rows = [["2003-01-15", f"1019006{n:02}", "Vente", "", "", "", "", ""] for n in range(30)]
    assert page(MODERN, *rows, counted=31).note == "30 of 31 rows read"
