import pytest

from poolmgr.local.samples.forms import FORMS
from poolmgr.local.samples.index import COLUMNS
from poolmgr.ocr.index.layouts import recognise

PRINTED = {
    layout: [f"{column.group} {column.title}".strip() if column.group == "NAMES OF PARTIES" else column.title
             for column in form.columns]
    for layout, form in FORMS.items()
} | {"modern_inscription": [title for title, _ in COLUMNS]}  # fmt: skip


@pytest.mark.parametrize("layout", sorted(PRINTED))
def test_each_layout_is_known_by_its_titles(layout: str) -> None:
    columns = recognise(PRINTED[layout])
    assert columns is not None
    assert columns.layout == layout
    assert None not in columns.contents
    assert len(set(columns.contents)) == len(columns.contents)


def test_titles_misread_or_missing_are_told_by_the_others() -> None:
    columns = recognise(
        [
            "Date de présentalion",
            "Numero",
            "Nature de lacte",
            "",
            "Nom des partles",
            "Remarqucs",
            "Avis",
            "Radiati0ns",
        ]
    )
    assert columns is not None
    assert columns.layout == "modern_inscription"
    assert columns.contents[3] == "role"
    assert columns.of("number", "date") == (0, 1)


def test_a_table_of_something_else_is_no_index() -> None:
    assert recognise(["Borne", "Direction", "Longueur"]) is None
    assert recognise(["Mention", "Valeur", "", ""]) is None
    assert recognise([""] * 8) is None
