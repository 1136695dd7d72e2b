import pytest

from poolmgr.local.samples.people import LENDERS, MEN, SURNAMES, UTILITIES, WOMEN
from poolmgr.ocr.boost.facts import Scene, facts_of, is_person, kinds, known_facts
from poolmgr.ocr.boost.history import History, is_bank, numbers
from poolmgr.ocr.boost.vocabulary import Body, near_body, vocabulary
from poolmgr.ocr.index.model import Party
from tests.ocr.boost.cases import NATURES
from tests.ocr.boost.rows import row


@pytest.mark.parametrize("surname", SURNAMES)
def test_a_person_is_nobody_else(surname: str) -> None:
    for first in (*WOMEN[:2], *MEN[:2]):
        for name in (f"{first} {surname}", f"{surname.upper()}, {first}"):
            assert list(kinds(name)) == ["person"]
            assert near_body(name) is None


@pytest.mark.parametrize("lender", LENDERS)
def test_a_lender_is_a_bank_and_no_person(lender: str) -> None:
    assert is_bank(Party(name=lender))
    assert not is_person(lender)


@pytest.mark.parametrize("utility", UTILITIES)
def test_a_utility_is_one(utility: str) -> None:
    assert "utility" in set(kinds(utility))


@pytest.mark.parametrize("body", vocabulary().bodies, ids=lambda body: body.id)
def test_a_body_is_known_by_its_name_and_its_aliases(body: Body) -> None:
    assert body.id in set(kinds(body.name))
    for alias in body.aliases:
        assert body.id in set(kinds(alias))


def test_every_fact_that_is_found_is_one_that_conditions_may_use() -> None:
    for case in NATURES:
        history = History()
        for earlier in case.before:
            history.add(earlier)
        assert facts_of(Scene(row=case.yes, history=history)).keys() <= known_facts()


def test_amounts_and_dates_are_no_registration_numbers() -> None:
    assert numbers("T 770 292, 125 000 $ le 1986-02-03; réf. 10 456 789") == ["770292", "10456789"]


@pytest.mark.parametrize(
    ("remarks", "high"), [("999 999 $", False), ("1 000 000,00 $", True), ("$2,500,000", True)]
)
def test_a_million_is_a_high_amount(remarks: str, high: bool) -> None:
    facts = facts_of(Scene(row=row("Vente", remarks=remarks), history=History()))
    assert "amount" in facts
    assert ("high_amount" in facts) is high
