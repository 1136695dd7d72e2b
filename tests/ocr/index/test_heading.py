from poolmgr.ocr.index.heading import read
from poolmgr.ocr.index.model import Header
from poolmgr.ocr.rows import Cell


def words(*lines: str) -> list[Cell]:
    """Each line's pieces parted by | stand far apart; words within a piece close."""
    found: list[Cell] = []
    for number, line in enumerate(lines):
        left, top = 30.0, 50.0 + 14 * number
        for piece in line.split("|"):
            for word in piece.split():
                width = 5.0 * len(word)
                found.append(Cell(text=word, left=left, top=top, right=left + width, bottom=top + 9))
                left += width + 3
            left += 60
    return found


def test_labels_and_values_are_parted_and_both_stamps_are_kept() -> None:
    header = read(
        words(
            "Circonscription foncière :|Montréal|Dates de mise à jour du Registre",
            "Cadastre :|Cité de Montréal (quartier Sainte-Marie)|Droits :|2024-05-13 14:32",
            "Lot : 1358-176|Radiations :|2024-04-22 9 05",
            "Plan :|Liste des plans",
        )
    )
    assert header == Header(
        circonscription="Montréal",
        cadastre="Cité de Montréal (quartier Sainte-Marie)",
        lot="1358-176",
        rights="2024-05-13 14:32",
        radiations="2024-04-22 09:05",
        others={"Plan": "Liste des plans"},
    )


def test_a_misread_label_and_one_without_a_colon_are_known() -> None:
    header = read(words("Cironscriplion foncière :|Gaspé", "LOT No 24b", "Cadastre du Québec"))
    assert (header.circonscription, header.lot, header.cadastre) == ("Gaspé", "24b", "Cadastre du Québec")


def test_what_a_stamp_says_is_kept_as_written_when_it_is_no_date() -> None:
    assert read(words("Droits :|2O24-O5-13")).rights == "2O24-O5-13"
