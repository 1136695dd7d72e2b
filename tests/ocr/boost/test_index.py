from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings

from poolmgr.ocr.boost.doubt import doubt
from poolmgr.ocr.boost.index import amendments, boost
from poolmgr.ocr.index import forms, text_form
from poolmgr.ocr.index.amending import amended
from poolmgr.ocr.index.model import Alternative, IndexPage, Party, Row
from tests.ocr.boost.rows import MORTGAGE, PERSON, page, row, undecided
from tests.ocr.index.pages import documents

UNTOUCHED = ("number", "date", "remarks")


def rows(pages: Sequence[IndexPage]) -> list[Row]:
    return [one for page in pages for one in page.rows]


@settings(max_examples=25)
@given(documents())
def test_rows_numbers_dates_and_remarks_stay_and_nothing_is_emptied(document: tuple[IndexPage, ...]) -> None:
    boosted = boost(document)
    assert [len(page.rows) for page in boosted.pages] == [len(page.rows) for page in document]
    for after, before in zip(rows(boosted.pages), rows(document), strict=True):
        assert all(getattr(after, column) == getattr(before, column) for column in UNTOUCHED)
        assert len(after.parties) == len(before.parties)
        assert [party.role for party in after.parties] == [party.role for party in before.parties]
        for column, _ in text_form.LABELS:
            assert text_form.value_of(after, column) or not text_form.value_of(before, column)
        for column in ("radiations", "address_notice"):
            assert str(getattr(before, column)) in str(getattr(after, column))


@settings(max_examples=25)
@given(documents())
def test_no_certain_nature_changes_but_for_its_letters(document: tuple[IndexPage, ...]) -> None:
    boosted = boost(document)
    for after, before in zip(rows(boosted.pages), rows(document), strict=True):
        if doubt(before) == "certain" and after.nature != before.nature:
            assert before.confidence is None or before.confidence < 0.99
            spelled = [one for one in boosted.corrections if one.column == "nature" and one.is_applied]
            assert {"vocabulary"} == {one.rule for one in spelled if one.before == before.nature}


@settings(max_examples=25)
@given(documents())
def test_every_change_has_a_correction_with_evidence_and_no_other_has(
    document: tuple[IndexPage, ...],
) -> None:
    boosted = boost(document)
    told = {(one.page, one.row, one.column) for one in boosted.corrections if one.is_applied}
    made = {
        (page.number, one.row, one.column)
        for page, corrected in zip(document, boosted.pages, strict=True)
        for one in amendments(page, corrected)
    }
    assert made <= told
    assert all(one.evidence for one in boosted.corrections)


@settings(max_examples=25)
@given(documents())
def test_the_corrected_text_says_what_the_corrected_rows_say(document: tuple[IndexPage, ...]) -> None:
    for before, after in zip(document, boost(document).pages, strict=True):
        text = amended(text_form.write(before), amendments(before, after))
        again = forms.read(before.number, text)
        assert [one.nature for one in again.rows] == [one.nature for one in after.rows]
        assert [one.parties for one in again.rows] == [one.parties for one in after.rows]
        assert [one.radiations for one in again.rows] == [one.radiations for one in after.rows]


def test_a_cancellation_of_the_distinct_section_is_joined_to_its_row() -> None:
    section = replace(page(Row(number="770292", radiations="T 811 204"), number=2), layout="modern_radiation")
    lost = replace(page(Row(number="5", radiations="T 6"), number=3), layout="modern_radiation")
    boosted = boost([page(replace(MORTGAGE, radiations="P 9")), section, lost])
    assert boosted.pages[0].rows[0].radiations == "P 9, T 811 204"
    (correction,) = [one for one in boosted.corrections if one.rule == "section"]
    assert (correction.before, correction.after) == ("P 9", "P 9, T 811 204")
    assert correction.evidence == ("distinct section, page 2 row 1",)
    (note,) = boosted.notes
    assert "registration 5" in note


def test_accents_are_put_back_and_capitals_stay() -> None:
    spoilt, capitals = row("Hypotheque"), row("HYPOTHÈQUE")
    found = rows(boost([page(spoilt, capitals)]).pages)
    assert [one.nature for one in found] == ["Hypothèque", "HYPOTHÈQUE"]


def test_one_wrong_letter_is_put_right_however_sure_the_row_is() -> None:
    assert rows(boost([page(row("Hyputhèque", confidence=0.94))]).pages)[0].nature == "Hypothèque"


def test_what_the_registry_wrote_itself_is_never_spelled_otherwise() -> None:
    assert rows(boost([page(row("Hypotheque", confidence=1.0))]).pages)[0].nature == "Hypotheque"


def test_a_nature_outside_the_vocabulary_that_was_read_well_stays_whoever_the_parties_are() -> None:
    lent = row("Contrat de mariage", Party(name="Banque de Montréal"), PERSON, remarks="85 000 $")
    assert rows(boost([page(lent)]).pages)[0].nature == "Contrat de mariage"


def test_a_rule_that_doubts_a_certain_reading_asks_and_leaves_it() -> None:
    sold = row("Vente", Party(name="Hydro-Québec"), confidence=0.95, remarks="Pylônes")
    boosted = boost([page(sold)])
    assert rows(boosted.pages)[0].nature == "Vente"
    asked = [one for one in boosted.corrections if not one.is_applied]
    assert ("46", "Servitude") in [(one.rule, one.after) for one in asked]


def test_readings_alone_leave_the_first_one() -> None:
    assert rows(boost([page(undecided("Bail", "Échange", PERSON))]).pages)[0].nature == "Bail"


def test_letters_are_put_right_before_the_readings_are_weighed() -> None:
    doubted = replace(
        undecided("Donalion", "Servitude", Party(name="HQ"), remarks="Poteaux"),
        alternatives={"nature": (Alternative(value="Servitude", confidence=0.4),)},
    )
    found = boost([page(doubted)])
    assert rows(found.pages)[0].nature == "Servitude"
    first, letters, decided = found.corrections
    assert (first.before, first.rule) == ("HQ", "52")
    assert (letters.after, letters.rule) == ("Donation", "vocabulary")
    assert (decided.after, decided.rule) == ("Servitude", "57")
