from dataclasses import replace

import pytest

from poolmgr.ocr.boost.conditions import BadCondition
from poolmgr.ocr.boost.corrections import Correction
from poolmgr.ocr.boost.facts import Scene, facts_of
from poolmgr.ocr.boost.history import History, days_of_plans
from poolmgr.ocr.boost.index import boost
from poolmgr.ocr.boost.rules import rule, rules
from poolmgr.ocr.boost.scoring import decide
from poolmgr.ocr.index.model import Row
from tests.ocr.boost.cases import NAMES, NATURES, QUESTIONS, Case
from tests.ocr.boost.rows import after


def verdict(case: Case, row: Row) -> str:
    """What this rule alone makes of the row's nature."""
    history = History(plans=days_of_plans(iter([*case.before, row])))
    for earlier in case.before:
        history.add(earlier)
    alone = [one for one in rules().all if one.id == case.rule]
    return decide(row, alone, facts_of(Scene(row=row, history=history))).nature


def named(case: Case) -> str:
    return f"{case.rule}"


def test_there_are_sixty_rules_and_a_case_for_each() -> None:
    assert {one.id for one in rules().all} == set(range(1, 61))
    assert {case.rule for case in (*NATURES, *NAMES, *QUESTIONS)} == set(range(1, 61))


@pytest.mark.parametrize("case", NATURES, ids=named)
def test_the_rule_alone_decides_a_nature_that_is_doubtful(case: Case) -> None:
    assert verdict(case, case.yes) == case.becomes


@pytest.mark.parametrize("case", NATURES, ids=named)
def test_the_rule_alone_decides_nothing_on_a_row_that_lacks_its_hint(case: Case) -> None:
    assert verdict(case, case.no) == ""


@pytest.mark.parametrize("case", NATURES, ids=named)
def test_among_all_the_others_the_rule_is_named_with_its_evidence(case: Case) -> None:
    (corrected,) = [one for one in corrections(case, case.yes) if one.column == "nature"]
    assert corrected.is_applied
    assert corrected.before == case.yes.nature
    assert str(case.rule) in {corrected.rule, *corrected.also}
    assert corrected.evidence


@pytest.mark.parametrize("case", NAMES, ids=named)
def test_a_name_is_put_right_where_the_rules_hint_agrees(case: Case) -> None:
    (corrected,) = [one for one in corrections(case, case.yes) if one.column == "parties"]
    assert (corrected.rule, corrected.after) == (str(case.rule), case.becomes)
    assert corrected.before == case.yes.parties[0].name
    assert corrected.evidence


@pytest.mark.parametrize("case", NAMES, ids=named)
def test_a_name_stays_where_the_rules_hint_is_missing(case: Case) -> None:
    assert [one for one in corrections(case, case.no) if one.column == "parties"] == []


@pytest.mark.parametrize("case", QUESTIONS, ids=named)
def test_a_rule_that_only_asks_changes_nothing(case: Case) -> None:
    (asked,) = corrections(case, case.yes)
    assert (asked.rule, asked.is_applied) == (str(case.rule), False)
    assert asked.evidence[0].endswith("?")
    assert corrections(case, case.no) == []


@pytest.mark.parametrize("case", [*NATURES, *NAMES, *QUESTIONS], ids=named)
def test_no_rule_changes_a_reading_that_is_certain(case: Case) -> None:
    certain = replace(case.yes, nature="Donation", confidence=0.97, alternatives={})
    boosted = boost([after(case.before, certain)])
    assert boosted.pages[0].rows[-1].nature == "Donation"


@pytest.mark.parametrize(
    "values",
    [
        {"when": "party.nobody", "raise": ["Vente"], "strength": "weak"},
        {"when": "amount"},
        {"when": "amount", "raise": ["Vente"]},
        {"when": "amount", "snap": "nobody"},
        {"when": "amount", "ask": "?", "colour": "red"},
        {"when": "amount and", "ask": "?"},
    ],
)
def test_a_rule_that_says_nothing_or_speaks_of_the_unknown_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(BadCondition):
        rule({"id": 61, "group": "new", **values})


def corrections(case: Case, row: Row) -> list[Correction]:
    made = boost([after(case.before, row)]).corrections
    return [one for one in made if one.row == len(case.before) + 1]
