from dataclasses import replace

import pytest

from poolmgr.local.replica.asked import RENOVATED, Asked, plain_number, read
from poolmgr.local.replica.register import Absent, Choice, Paper, Register
from poolmgr.local.samples.catalogue import catalogue

LOT = Asked(source="index", number="2274178", circonscription="Laval", cadastre=RENOVATED)
OLD = Asked(
    source="plan_cadastraux", number="12", circonscription="Laval", cadastre="Paroisse de Saint-Octave"
)
ACTE = Asked(source="acte", number="12345678", circonscription="Laval", acte_type="Acte")


@pytest.fixture(scope="module")
def register() -> Register:
    return Register(1, 28)


@pytest.mark.parametrize(
    ("asked", "number"),
    [(LOT, "2274178"), (OLD, "24B"), (OLD, "B"), (OLD, "1358-176"), (OLD, "1-2-3"), (ACTE, "3770292")],
)
def test_any_plausible_number_exists(register: Register, asked: Asked, number: str) -> None:
    assert isinstance(register.find(replace(asked, number=number)), Paper)


@pytest.mark.parametrize(
    ("asked", "number"),
    [(LOT, "227417"), (LOT, "0274178"), (OLD, "2274178"), (OLD, "PC-12345"), (ACTE, "123456789"), (OLD, "")],
)
def test_what_cannot_be_does_not_exist(register: Register, asked: Asked, number: str) -> None:
    assert isinstance(register.find(replace(asked, number=number)), Absent)


def test_every_sample_is_found_as_its_job_asks_for_it(register: Register) -> None:
    for sample in catalogue(1, 28):
        asked = Asked(
            source=sample.document_source,
            number=sample.document_number,
            circonscription=sample.circonscription,
            cadastre=sample.cadastre,
            designation=sample.designation,
            acte_type=sample.acte_type,
        )
        found = register.find(asked)
        if sample.form == "missing":
            assert isinstance(found, Absent)
        else:
            assert isinstance(found, Paper)
            assert found.sample == sample
            assert found.asked == asked
        assert isinstance(register.find(replace(asked, circonscription="Abitibi")), Absent)


def test_an_end_of_a_number_means_what_it_says_for_its_own_kind_alone(register: Register) -> None:
    assert isinstance(register.find(replace(ACTE, number="20000111")), Choice)
    assert isinstance(register.find(replace(LOT, number="2000111")), Paper)
    assert isinstance(register.find(replace(LOT, number="2000444")), Paper)
    assert isinstance(register.find(replace(OLD, number="3444")), Choice)
    large = register.find(replace(LOT, number="2000333"))
    assert isinstance(large, Paper)
    assert large.large


def test_an_added_document_obeys_its_number_too(register: Register) -> None:
    register.add(replace(ACTE, number="55000333"))
    found = register.find(replace(ACTE, number="55000333"))
    assert isinstance(found, Paper)
    assert found.large
    assert isinstance(register.find(replace(ACTE, number="55000333", acte_type="Radiation")), Absent)
    register.forget_added()
    assert isinstance(register.find(replace(ACTE, number="55000333", acte_type="Radiation")), Paper)


def test_a_number_loses_its_spaces_and_nothing_else() -> None:
    assert plain_number(" 2\xa0274 178 ") == "2274178"
    assert plain_number("1358 - 176") == "1358-176"


def test_what_was_asked_survives_its_json() -> None:
    for asked in (LOT, OLD, ACTE):
        assert read(asked.values()) == asked
    with pytest.raises(ValueError, match="source is one of"):
        read({"source": "rdprm"})
