import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolmgr.local.samples.people import write_amount
from poolmgr.ocr.boost.acte import acte_rules, boost_page, closing

CASES = {
    "A1": ("Lot 1 358 l76 et 4O4 722", "Lot 1 358 176 [CORRECTION] et 404 722 [CORRECTION]"),
    "A2": ("prêteur : RBC, succursale", "prêteur : Banque Royale du Canada (RBC), succursale"),
    "A3": ("la somme de 50000$ et 1.250,50 $", "la somme de 50 000 $ et 1 250,50 $"),
    "A4": ("le 5 mai 2004, le 1er août 1999", "le 2004-05-05 [5 mai 2004], le 1999-08-01 [1er août 1999]"),
    "A5": ("Québec G1R4S9", "Québec G1R 4S9"),
    "A6": (
        "Cir. fonc. de Montréal, cad. du Québec, no 5",
        "Circonscription foncière de Montréal, cadastre du Québec, numéro 5",
    ),
    "A8": (
        "cent mille dollars (110 000 $)",
        "cent mille dollars (110 000 $) [INCOHÉRENCE]",
    ),
}
UNTOUCHED = {
    "A1": "Le lot B1 et la SOlS",
    "A2": "Banque Royale du Canada (RBC) et ARBC",
    "A3": "125 000 $ et 1 250,50 $",
    "A4": "au mois de mai 2004, 2004-05-05 [5 mai 2004]",
    "A5": "G1R 4S9",
    "A6": "le notaire, cadre, novembre",
    "A8": "pour la somme de cent vingt-cinq mille dollars (125 000 $)",
}


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_corrects_what_it_speaks_of_and_says_so(rule: str) -> None:
    before, after = CASES[rule]
    text, made = boost_page(3, before)
    assert text == after
    assert {(one.rule, one.page) for one in made} == {(rule, 3)}
    assert all(one.before in before and one.after in after for one in made)


@pytest.mark.parametrize("rule", UNTOUCHED)
def test_a_rule_leaves_the_rest_alone(rule: str) -> None:
    assert boost_page(1, UNTOUCHED[rule]) == (UNTOUCHED[rule], [])


def test_an_impossible_date_is_marked_and_stays() -> None:
    text, (only,) = boost_page(1, "le 31 février 2004")
    assert text == "le 31 février 2004 [INCOHÉRENCE]"
    assert only.rule == "A8"


def test_every_rule_that_code_applies_has_its_cases() -> None:
    assert set(acte_rules().ids) - CASES.keys() == {"A7", "A9", "A10"}


def test_the_last_section_lists_each_correction_with_its_rule() -> None:
    _, made = boost_page(2, "50000$ le 5 mai 2004")
    assert closing(made).splitlines() == [
        "## CORRECTIONS APPORTÉES",
        "- page 2, A3 : « 50000$ » → « 50 000 $ »",
        "- page 2, A4 : « 5 mai 2004 » → « 2004-05-05 [5 mai 2004] »",
    ]
    assert closing([]) == ""


@settings(max_examples=50)
@given(st.text("abcéOlISB0123456789 .,$()-\n", max_size=80))
def test_a_corrected_text_needs_no_second_correction_of_its_amounts(text: str) -> None:
    once, _ = boost_page(1, text)
    again, made = boost_page(1, once)
    assert [one for one in made if one.rule == "A3"] == []
    assert again == once


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_what_no_rule_speaks_of_stays_letter_for_letter(text: str) -> None:
    boosted, made = boost_page(1, text)
    if not made:
        assert boosted == text


@pytest.mark.parametrize("seed", range(20))
def test_amounts_as_deeds_write_them_are_right_already(seed: int) -> None:
    written = write_amount(Random(seed).randrange(1_000, 3_000_000))
    assert boost_page(1, re.sub(r"\s", " ", written))[1] == []
