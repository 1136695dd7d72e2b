from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolmgr.domain import orders
from poolmgr.domain.errors import OrderError
from poolmgr.domain.orders import IDENTITY_CHARACTERS, LandOrder
from tests.domain.names import CIRCONSCRIPTIONS
from tests.domain.spellings import spelling

OLD_LOT = LandOrder("index", "24b", "Shefford", "Canton d'Ely", "Rang VIII", "")
ACTE = LandOrder("acte", "25616321", "Montréal", "", "", "Acte")
TEXTS = st.text(max_size=12) | st.sampled_from(["|", "%7C", "#", "a|b", "", "Québec", "index|1"])
SOURCES = st.sampled_from(orders.LAND_SOURCES)
ORDERS = st.builds(LandOrder, SOURCES, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)


def test_identities_read_like_the_order() -> None:
    assert orders.identity(OLD_LOT) == "index|24B|shefford|canton:ely|rang 8"
    assert orders.identity(ACTE) == "acte|25616321|montreal|acte"


@given(st.data(), st.sampled_from(CIRCONSCRIPTIONS))
def test_another_spelling_is_the_same_order(data: st.DataObject, name: str) -> None:
    cadastre = data.draw(spelling("Cadastre de la Paroisse de Sainte-Jeanne-de-Neuville"))
    order = LandOrder("index", "24b", name, "Paroisse de Sainte-Jeanne-de-Neuville", "rang 5", "")
    number = data.draw(st.sampled_from(["24B", "24b", "24 b"]))
    designation = data.draw(st.sampled_from(["Rang V", "5e rang", "RANG no 5", "rang 5."]))
    other = LandOrder("index", number, data.draw(spelling(name)), cadastre, designation, "ignored")
    assert orders.identity(other) == orders.identity(order)


@given(ORDERS, ORDERS)
def test_two_orders_have_one_identity_only_if_every_asked_part_is_the_same(
    one: LandOrder, other: LandOrder
) -> None:
    assert (orders.identity(one) == orders.identity(other)) == (asked(one) == asked(other))


def asked(order: LandOrder) -> list[str]:
    """Every part that counts, each through the identity of an order that holds nothing else."""
    empty = LandOrder(order.source, "", "", "", "", "")
    alone = [
        replace(empty, number=order.number),
        replace(empty, circonscription=order.circonscription),
        replace(empty, cadastre=order.cadastre),
        replace(empty, designation=order.designation),
        replace(empty, acte_type=order.acte_type),
    ]
    return [orders.identity(part) for part in alone]


@pytest.mark.parametrize(
    "other",
    [
        replace(OLD_LOT, source="plan_cadastraux"),
        replace(OLD_LOT, number="24c"),
        replace(OLD_LOT, circonscription="Brome"),
        replace(OLD_LOT, cadastre="Paroisse d'Ely"),
        replace(OLD_LOT, designation="Rang VII"),
        replace(OLD_LOT, designation=""),
    ],
)
def test_each_part_of_a_lot_s_order_tells_it_from_another(other: LandOrder) -> None:
    assert orders.identity(other) != orders.identity(OLD_LOT)


def test_what_the_site_is_not_asked_does_not_count() -> None:
    assert orders.identity(replace(ACTE, cadastre="Canton d'Ely")) == orders.identity(ACTE)
    assert orders.identity(replace(ACTE, acte_type="Radiation")) != orders.identity(ACTE)
    assert orders.identity(replace(OLD_LOT, acte_type="Acte")) == orders.identity(OLD_LOT)


def test_a_separator_cannot_be_forged() -> None:
    one = replace(OLD_LOT, number="24b|x", circonscription="y")
    other = replace(OLD_LOT, number="24b", circonscription="x|y")
    assert orders.identity(one).count("|") == orders.identity(other).count("|") == 4
    assert orders.identity(one) != orders.identity(other)
    assert orders.identity(replace(ACTE, number="1%7C2")) != orders.identity(replace(ACTE, number="1|2"))


def test_a_long_identity_is_shortened_and_still_its_own() -> None:
    one, other = (replace(OLD_LOT, designation="Partie " * 200 + end) for end in ("1", "2"))
    assert len(orders.identity(one)) == len(orders.identity(other)) == IDENTITY_CHARACTERS
    assert orders.identity(one) != orders.identity(other)


@given(ORDERS)
def test_any_order_passes_or_is_refused(order: LandOrder) -> None:
    orders.is_renovated(order)
    with suppress(OrderError):
        orders.check(order)
