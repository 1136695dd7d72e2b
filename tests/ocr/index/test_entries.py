from poolmgr.ocr.index.entries import part
from poolmgr.ocr.index.grid import Grid
from poolmgr.ocr.index.layouts import Columns
from poolmgr.ocr.recognised import Word

MODERN = Columns(layout="modern_radiation", contents=("number", "remarks", "radiations"))
OLD = Columns(layout="old_1", contents=("name", "number", "remarks"))
GRID = Grid(edges=(0.0, 100.0, 200.0, 300.0), steps=(0.0, 20.0, 40.0, 60.0, 80.0))


def word(text: str, column: int, y: float, left: float = 4.0, confidence: float = 0.9) -> Word:
    x = 100 * column + left
    return Word(text=text, left=x, top=y, right=x + 5 * len(text), bottom=y + 9, confidence=confidence)


def test_a_rule_below_ends_a_registration_and_one_without_number_stays() -> None:
    found = part(
        [word("123456", 0, 25), word("Note", 1, 25), word("T", 2, 45), word("998", 2, 45, 20)], GRID, MODERN
    )
    assert [(entry.text("number"), entry.text("radiations")) for entry in found] == [
        ("123456", ""),
        ("", "T 998"),
    ]


def test_a_registration_goes_on_over_the_printed_lines_of_a_form() -> None:
    found = part(
        [
            word("ROY,", 0, 25),
            word("123456", 1, 25),
            word("CARON,", 0, 45),
            word("GUY,", 0, 65),
            word("123460", 1, 65),
        ],
        GRID,
        OLD,
    )
    assert [entry.text("name") for entry in found] == ["ROY, CARON,", "GUY,"]


def test_two_numbers_between_two_rules_are_two_registrations() -> None:
    grid = Grid(edges=GRID.edges, steps=(0.0, 20.0, 60.0))
    found = part(
        [word("123456", 0, 25), word("Un", 1, 25), word("123457", 0, 45), word("Deux", 1, 45)], grid, MODERN
    )
    assert [(entry.text("number"), entry.text("remarks")) for entry in found] == [
        ("123456", "Un"),
        ("123457", "Deux"),
    ]


def test_what_stands_above_the_first_beginning_of_a_form_belongs_to_none() -> None:
    found = part([word("suite", 0, 25), word("123456", 1, 45)], GRID, OLD)
    assert [entry.text("number") for entry in found] == ["123456"]
    assert found[0].text("name") == ""
