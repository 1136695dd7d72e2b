from poolmgr.ocr.index.entries import Entry
from poolmgr.ocr.index.layouts import Content
from poolmgr.ocr.index.lines import Line
from poolmgr.ocr.index.model import Party
from poolmgr.ocr.index.people import read


def entry(**cells: list[tuple[str, float, float]]) -> Entry:
    made = Entry()
    for content, written in cells.items():
        for text, left, top in written:
            name: Content = content  # type: ignore[assignment]
            made.add(name, Line(text=text, left=left, top=top, bottom=top + 9))
    return made


def test_a_role_and_the_name_beside_it_are_a_party_and_a_wrapped_name_goes_on() -> None:
    found = read(
        entry(
            role=[("Créancier", 0, 10), ("Débiteur", 0, 34)],
            name=[("Caisse populaire de la", 0, 10), ("Vallée", 0, 22), ("ROY, Guy", 0, 34)],
        )
    )
    assert found == (
        Party(role="Créancier", name="Caisse populaire de la Vallée"),
        Party(role="Débiteur", name="ROY, Guy"),
    )


def test_a_role_on_two_lines_is_one() -> None:
    found = read(entry(role=[("Créancier", 0, 10), ("hypothécaire", 0, 22)], name=[("Banque", 0, 10)]))
    assert found == (Party(role="Créancier hypothécaire", name="Banque"),)


def test_a_form_without_roles_has_a_name_a_line_and_keeps_ditto_marks() -> None:
    found = read(
        entry(name=[("”", 4, 10), ("Caisse d’économie", 4, 26), ("des Chênes", 13, 42), ("ROY, Guy", 4, 58)])
    )
    assert [party.name for party in found] == ['"', "Caisse d’économie des Chênes", "ROY, Guy"]


def test_the_english_form_has_a_column_for_each_side() -> None:
    found = read(entry(giver=[("ROY, Guy", 0, 10)], taker=[("CARON, Yvon", 0, 10), ("MORIN, Loïc", 0, 26)]))
    assert [(party.role, party.name) for party in found] == [
        ("Donor, vendor", "ROY, Guy"),
        ("Donee, purchaser", "CARON, Yvon"),
        ("Donee, purchaser", "MORIN, Loïc"),
    ]
