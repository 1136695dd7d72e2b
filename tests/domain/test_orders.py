from dataclasses import replace
from typing import Literal

import pytest

from poolmgr.domain import orders
from poolmgr.domain.errors import OrderError
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.orders import LandOrder

LOT = LandOrder("index", "2784195", "Montréal", "Cadastre du Québec", "", "")
OLD_LOT = LandOrder("index", "24b", "Shefford", "Canton d'Ely", "Rang VIII", "")
ACTE = LandOrder("acte", "25616321", "Montréal", "", "", "Acte")
ROW: JsonObject = {
    "document_source": "index",
    "document_number": "2 784 195",
    "document_number_normalized": None,
    "circonscription_fonciere": " Montréal ",
    "cadastre": "Cadastre du Québec\n",
    "designation_secondaire": None,
    "acte_type": None,
}


def refusal(order: LandOrder) -> str:
    with pytest.raises(OrderError) as caught:
        orders.check(order)
    assert caught.value.advice
    return str(caught.value)


def test_a_row_is_read_trimmed() -> None:
    assert orders.read(ROW) == LOT


def test_a_normalized_number_is_preferred() -> None:
    assert orders.read(ROW | {"document_number_normalized": "1425100"}).number == "1425100"
    assert orders.read(ROW | {"document_number_normalized": "  "}).number == "2784195"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("24 b", "24b"),
        (" 1358 - 176 ", "1358-176"),
        ("1358–176", "1358-176"),
        ("B", "B"),
        ("3\u00a0770\u202f292", "3770292"),
    ],
)
def test_a_number_keeps_its_letters_hyphens_and_suffixes(written: str, number: str) -> None:
    assert orders.read(ROW | {"document_number": written}).number == number


@pytest.mark.parametrize(
    "written",
    ["12\x0034567", "12\n34567", "2784195\u200b3", "２７８４１９５", "24²", "24½", "1" * 41, None, 2784195],
)
def test_what_can_be_no_number_is_refused(written: Json) -> None:
    with pytest.raises(OrderError):
        orders.read(ROW | {"document_number": written})


@pytest.mark.parametrize("column", list(ROW))
@pytest.mark.parametrize("value", [1, True, 1.5, ["a"], {"a": "b"}])
def test_a_column_of_another_type_is_named(column: str, value: Json) -> None:
    with pytest.raises(OrderError, match=column):
        orders.read(ROW | {column: value})


@pytest.mark.parametrize("source", [None, "", "plan", "Index"])
def test_an_unknown_source_is_refused(source: Json) -> None:
    with pytest.raises(OrderError, match="document_source"):
        orders.read(ROW | {"document_source": source})


@pytest.mark.parametrize(
    "order",
    [
        LOT,
        replace(LOT, number="2784195-1"),
        replace(LOT, cadastre="QUEBEC"),
        replace(LOT, source="plan_cadastraux"),
        OLD_LOT,
        replace(OLD_LOT, number="1358-176"),
        ACTE,
        replace(ACTE, acte_type="avis d’adresse"),
    ],
)
def test_an_order_without_contradiction_passes(order: LandOrder) -> None:
    orders.check(order)


@pytest.mark.parametrize("order", [LOT, OLD_LOT, ACTE])
@pytest.mark.parametrize("nothing", ["", "-", "Sélectionner…", "NULL"])
def test_no_circonscription_is_ever_assumed(order: LandOrder, nothing: str) -> None:
    assert "circonscription" in refusal(replace(order, circonscription=nothing))


@pytest.mark.parametrize("order", [LOT, OLD_LOT, ACTE])
def test_an_empty_number_is_refused(order: LandOrder) -> None:
    assert "no number" in refusal(replace(order, number=""))


@pytest.mark.parametrize("acte_type", ["", "Toutes", "Actes", "Vente"])
def test_an_acte_needs_a_known_type(acte_type: str) -> None:
    assert "Avis d'adresse" in refusal(replace(ACTE, acte_type=acte_type))


@pytest.mark.parametrize("number", ["25616321a", "25-616", "No25616321", "٣٣"])
def test_an_acte_s_number_is_all_digits(number: str) -> None:
    assert "digits" in refusal(replace(ACTE, number=number))


@pytest.mark.parametrize("source", ["index", "plan_cadastraux"])
@pytest.mark.parametrize("cadastre", ["", "000000"])
def test_a_lot_needs_a_cadastre(source: Literal["index", "plan_cadastraux"], cadastre: str) -> None:
    assert "no cadastre" in refusal(replace(LOT, source=source, cadastre=cadastre))


@pytest.mark.parametrize("number", ["123", "24b", "1358-176", "12345678", "2784195b"])
def test_a_short_or_lettered_lot_is_not_of_the_cadastre_du_quebec(number: str) -> None:
    assert "seven digits" in refusal(replace(LOT, number=number))


@pytest.mark.parametrize("cadastre", ["Canton d'Ely", "Paroisse de Notre-Dame-de-Québec", "Cité de Québec"])
@pytest.mark.parametrize("number", ["2784195", "2784195-1"])
def test_a_lot_of_seven_digits_is_of_no_other_cadastre(cadastre: str, number: str) -> None:
    assert "Cadastre du Québec" in refusal(replace(LOT, cadastre=cadastre, number=number))


@pytest.mark.parametrize("number", ["PC-12345", "pc12345"])
def test_a_complementary_plan_s_number_is_no_lot(number: str) -> None:
    assert "complementary plan" in refusal(replace(LOT, number=number))


@pytest.mark.parametrize("number", ["24à28", "24,25", "24/25", "24-", "24½"])
def test_what_is_not_one_lot_is_refused(number: str) -> None:
    assert "one lot" in refusal(replace(OLD_LOT, number=number))


def test_the_cadastre_du_quebec_is_the_renovated_one() -> None:
    assert orders.is_renovated(LOT)
    assert orders.is_renovated(replace(LOT, cadastre="Québec"))
    assert not orders.is_renovated(OLD_LOT)
    assert not orders.is_renovated(replace(LOT, cadastre=""))
