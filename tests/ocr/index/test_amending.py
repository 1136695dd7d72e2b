from hypothesis import given, settings
from hypothesis import strategies as st

from poolmgr.ocr.index import forms, text_form
from poolmgr.ocr.index.amending import Amendment, amended
from poolmgr.ocr.index.model import COLUMNS, IndexPage
from tests.ocr.index.pages import SAID, pages

OLD = "Ligne 1:\n*   **Numéro:** 12\n*   Qualité:\nLigne 2:\nNuméro: 13\n\nfin"


def test_a_value_is_replaced_in_its_line_and_its_decoration_stays() -> None:
    changed = amended(OLD, [Amendment(row=1, column="number", value="99")])
    assert changed == OLD.replace("12", "99")


def test_a_row_without_the_line_gets_one_at_its_end() -> None:
    changed = amended(OLD, [Amendment(row=1, column="radiations", value="T 5")])
    assert (
        changed == "Ligne 1:\n*   **Numéro:** 12\n*   Qualité:\nRadiations: T 5\nLigne 2:\nNuméro: 13\n\nfin"
    )


def test_a_row_that_is_not_there_changes_nothing() -> None:
    assert amended(OLD, [Amendment(row=3, column="number", value="99")]) == OLD


@settings(max_examples=40)
@given(pages(), st.data())
def test_what_is_not_amended_stays(page: IndexPage, data: st.DataObject) -> None:
    if not page.rows:
        return
    row = data.draw(st.integers(1, len(page.rows)))
    column = data.draw(st.sampled_from(sorted(set(COLUMNS) - {"parties"})))
    value = data.draw(SAID)
    written = text_form.write(page)
    again = forms.read(page.number, amended(written, [Amendment(row=row, column=column, value=value)]))
    assert len(again.rows) == len(page.rows)
    for number, (after, before) in enumerate(zip(again.rows, page.rows, strict=True), 1):
        for other, _ in text_form.LABELS:
            wanted = value if (number, other) == (row, column) else text_form.value_of(before, other)
            assert text_form.value_of(after, other) == wanted
