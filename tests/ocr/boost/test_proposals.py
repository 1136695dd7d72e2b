"""A model's proposals for rows, weighed by what was read."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poolmgr.ocr.boost.doubt import doubt
from poolmgr.ocr.boost.index import Boosted, boost
from poolmgr.ocr.boost.natures import by_fold
from poolmgr.ocr.boost.proposals import digits
from poolmgr.ocr.index.model import COLUMNS, IndexPage, Party, Proposal, Row
from tests.ocr.boost.rows import HYDRO, PERSON, page, row, undecided
from tests.ocr.index.pages import SAID, documents

SPOILT = Party(name="9?71-22 Qu?bec inc.")
DOUBTED = row("V[?]te", PERSON, SPOILT, confidence=0.5, date="19?4-01-30", remarks="12 000 $")


def proposal(column: str, before: str, after: str) -> Proposal:
    return Proposal(column=column, before=before, after=after, reason="Comme au-dessus.", by="gemini-x, p-1")


@st.composite
def proposed(draw: st.DrawFn) -> tuple[IndexPage, ...]:
    """Any document, with proposals for values that stand in it, and others."""
    document = draw(documents())
    return tuple(replace(one, rows=tuple(draw(with_proposals(row)) for row in one.rows)) for one in document)


def with_proposals(read: Row) -> st.SearchStrategy[Row]:
    before = st.sampled_from([*(party.name for party in read.parties), read.nature, read.date, read.number])
    after = st.one_of(SAID, st.sampled_from(["", "Bail", "1994-01-30", "1994-02-30", "\0"]))
    said = st.builds(proposal, column=st.sampled_from(COLUMNS), before=before, after=after)
    return st.lists(said, max_size=3).map(lambda several: replace(read, proposals=tuple(several)))


def told(read: Row, *proposals: Proposal) -> Boosted:
    return boost([page(replace(read, proposals=proposals))])


def rows(pages: Sequence[IndexPage]) -> list[Row]:
    return [one for page in pages for one in page.rows]


def only(boosted: Boosted) -> Row:
    ((found,),) = (one.rows for one in boosted.pages)
    return found


@pytest.mark.parametrize(
    ("said", "value"),
    [
        (proposal("nature", "V[?]te", "vente"), "Vente"),
        (proposal("date", "19?4-01-30", "1994-01-30"), "1994-01-30"),
        (proposal("parties", SPOILT.name, "9?71-22 Québec inc."), "9?71-22 Québec inc."),
    ],
)
def test_a_proposal_for_what_is_doubtful_is_a_correction_with_its_reason(said: Proposal, value: str) -> None:
    boosted = told(DOUBTED, said)
    (made,) = (one for one in boosted.corrections if one.rule == "model")
    assert (made.before, made.after, made.is_applied) == (said.before, value, True)
    assert made.evidence == ("gemini-x, p-1: Comme au-dessus.",)
    after = only(boosted)
    assert value in {after.nature, after.date, after.parties[1].name}
    assert after.parties[0] == PERSON
    assert boosted.notes == ()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (proposal("nature", "V[?]te", ""), "no value"),
        (proposal("nature", "V[?]te", "Ven\0te"), "no value"),
        (proposal("nature", "V[?]te", "Vol"), "no nature of the list"),
        (proposal("nature", "V[?]te", "Mutation"), "no nature of the list"),
        (proposal("nature", "Vente", "Bail"), "it is not what was read"),
        (proposal("number", "12", "13"), "number is not to be proposed"),
        (proposal("remarks", "12 000 $", "12 001 $"), "remarks is not to be proposed"),
        (proposal("date", "19?4-01-30", "1994-02-30"), "no date"),
        (proposal("date", "19?4-01-30", "30 janvier 1994"), "no date"),
        (proposal("date", "19?4-01-30", "2994-01-30"), "no date"),
        (proposal("parties", SPOILT.name, "9871-22 Québec inc."), "another number"),
        (proposal("parties", SPOILT.name, "x" * 301), "no value"),
    ],
)
def test_a_proposal_that_breaks_an_invariant_is_dropped_and_counted(said: Proposal, why: str) -> None:
    boosted = told(DOUBTED, said)
    assert boosted.corrections == ()
    assert only(boosted) == replace(DOUBTED, proposals=(said,))
    assert boosted.notes == (f"1 of 1 proposals of the model dropped ({why}: 1)",)


def test_an_empty_date_and_an_unnamed_party_are_not_filled() -> None:
    boosted = told(
        row("Vente", Party(name="", role="Vendeur"), confidence=0.5, date=""),
        proposal("date", "", "1994-01-30"),
        proposal("parties", "", "Roy, Paul"),
    )
    assert boosted.corrections == ()
    assert boosted.notes == ("2 of 2 proposals of the model dropped (another number: 1, no date: 1)",)


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (row("Vente", PERSON, confidence=0.95), proposal("nature", "Vente", "Bail")),
        (row("Vente", PERSON, confidence=0.7), proposal("parties", PERSON.name, "Roy, Paul")),
        (row("Vente", PERSON), proposal("date", "2003-05-06", "2003-05-07")),
    ],
)
def test_what_is_certain_stays_and_a_person_is_asked_to_look(read: Row, said: Proposal) -> None:
    boosted = told(read, said)
    (made,) = boosted.corrections
    assert (made.is_applied, made.rule, made.after) == (False, "model", said.after)
    assert "is certain" in made.evidence[0]
    assert only(boosted) == replace(read, proposals=(said,))


def test_rules_go_first_and_the_model_may_only_ask() -> None:
    read = row("Servitude", Party(name="Hydro Quebec"), PERSON, confidence=0.5)
    ruled = only(told(read))
    assert ruled.parties[0] == HYDRO
    boosted = told(read, proposal("parties", "Hydro Quebec", "Bell Canada"))
    assert only(boosted).parties == ruled.parties
    assert [(one.rule, one.is_applied) for one in boosted.corrections][-1] == ("model", False)
    agreeing = told(read, proposal("parties", "Hydro Quebec", "Hydro-Québec"))
    assert agreeing.corrections == told(read).corrections
    assert agreeing.notes == ()


def test_what_the_model_says_is_no_evidence_for_later_rows() -> None:
    said = replace(DOUBTED, proposals=(proposal("nature", "V[?]te", "Hypothèque"),))
    later = undecided("Bail", "Mainlevée", PERSON)
    alone, with_model = (boost([page(first, later)]) for first in (DOUBTED, said))
    assert with_model.pages[0].rows[1] == alone.pages[0].rows[1]
    assert with_model.pages[0].rows[0].nature == "Hypothèque"


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(proposed())
def test_whatever_is_proposed_the_rows_stay_and_nothing_certain_changes(
    document: tuple[IndexPage, ...],
) -> None:
    plain = [replace(one, rows=tuple(replace(row, proposals=()) for row in one.rows)) for one in document]
    with_model, alone = boost(document), boost(plain)
    for now, rules, read in zip(*(rows(one) for one in (with_model.pages, alone.pages, plain)), strict=True):
        assert (now.number, now.remarks, now.radiations) == (rules.number, rules.remarks, rules.radiations)
        assert [party.role for party in now.parties] == [party.role for party in read.parties]
        if now.nature != rules.nature:
            assert doubt(read) != "certain"
            assert now.nature in by_fold().values()
        if now.date != read.date:
            assert read.date
            assert now.date == "1994-01-30"
        for party, before in zip(now.parties, rules.parties, strict=True):
            assert party.name
            assert party == before or digits(party.name) == digits(before.name)
    by_rules = [one for one in with_model.corrections if one.rule != "model"]
    assert by_rules == list(alone.corrections)
