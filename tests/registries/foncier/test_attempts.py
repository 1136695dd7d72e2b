"""Asked for under one name after another: only what the site said it does not have, and paid once at most."""

import pytest

from poolmgr.domain.errors import NotFound, NotSold, OrderError
from poolmgr.domain.json import records, text
from poolmgr.domain.orders import LandOrder
from poolmgr.local.replica import places
from poolmgr.local.replica.asked import Asked
from tests.registries.foncier.buyer import Buyer
from tests.replicas import acte, index, plan

WHERE = "Argenteuil"
VILLAGE = next(one.text for one in places.cadastres(WHERE) if one.text.startswith("Village"))
PARISH = VILLAGE.replace("Village", "Paroisse")
CANTON = next(one.text for one in places.cadastres(WHERE) if one.text.startswith("Canton"))


def kept_as(name: LandOrder) -> tuple[str, str, str]:
    return name.cadastre, name.designation, name.acte_type


async def test_an_acte_that_is_registered_as_another_type_is_found_under_it(buyer: Buyer) -> None:
    document = await buyer.buy(acte("12340135"))
    assert [asked.acte_type for asked in buyer.paid] == ["Acte", "Acte divers", "Radiation"]
    assert buyer.pressed == ["Rechercher"] * 3
    assert [sale.asked.acte_type for sale in buyer.sold] == ["Radiation"]
    assert document.asked.acte_type == "Radiation"
    told = records({"trail": document.trail}, "trail")
    assert [text(one, "not sold") != "" for one in told] == [False, True, False, True, False]
    assert len(buyer.unsold) == 2


async def test_an_avis_d_adresse_has_numbers_of_its_own_and_is_asked_for_as_nothing_else(
    buyer: Buyer,
) -> None:
    await buyer.fails(acte("12340135", acte_type="Avis d'adresse"), NotFound)
    assert [asked.acte_type for asked in buyer.paid] == ["Avis d'adresse"]


async def test_a_lot_is_found_in_the_second_place_that_its_order_names(buyer: Buyer) -> None:
    row = plan(
        "40135",
        circonscription_fonciere=WHERE,
        cadastre=f"{PARISH}, {VILLAGE}",
        designation_secondaire="5e rang",
    )
    document = await buyer.buy(row)
    assert [kept_as(asked) for asked in buyer.paid] == [(PARISH, "Rang V", ""), (VILLAGE, "Rang V", "")]
    assert kept_as(document.asked) == (VILLAGE, "Rang V", "")
    assert len(buyer.sold) == 1


async def test_at_most_three_names_are_asked_for_and_the_outcome_tells_them(buyer: Buyer) -> None:
    buyer.replica.add_document(Asked(source="index", number="77", circonscription="Montréal"))
    others = [one.text for one in places.cadastres(WHERE)[1:] if one.text not in (PARISH, CANTON, VILLAGE)]
    everywhere = ", ".join((PARISH, CANTON, VILLAGE, *others))
    error = await buyer.fails(index("77", circonscription_fonciere=WHERE, cadastre=everywhere), NotFound)
    assert isinstance(error, NotFound)
    assert [asked.cadastre for asked in buyer.paid] == [PARISH, CANTON, VILLAGE]
    assert f"Asked for under 3 names: {PARISH}; {CANTON}; {VILLAGE}." in error.sentence
    assert len(records({"trail": error.trail}, "trail")) == 6
    assert buyer.sold == []
    assert len(buyer.unsold) == 3


async def test_what_is_found_but_cannot_be_sold_is_asked_for_under_no_other_name(buyer: Buyer) -> None:
    error = await buyer.fails(acte("12340222"), NotSold)
    assert not isinstance(error, NotFound)
    assert len(buyer.paid) == 1


async def test_a_session_that_ends_between_two_names_is_opened_again(buyer: Buyer) -> None:
    buyer.replica.fault("session_expiry", "search", spares=1)
    document = await buyer.buy(acte("12341135"))
    assert document.asked.acte_type == "Radiation"
    assert buyer.pressed == ["Rechercher"] * 3


async def test_a_place_that_may_be_two_is_no_second_choice_either(buyer: Buyer) -> None:
    """The column means two places: what else the order names does not decide it."""
    bare = VILLAGE.removeprefix("Village de ")
    row = index("42", circonscription_fonciere=WHERE, cadastre=bare, designation_secondaire=CANTON)
    error = await buyer.fails(row, OrderError)
    assert "ambiguous" in error.sentence
    assert PARISH in error.sentence
    assert VILLAGE in error.sentence
    assert buyer.paid == []


async def test_a_rang_that_a_cadastre_lacks_is_not_left_out(buyer: Buyer) -> None:
    row = index(
        "42", circonscription_fonciere=WHERE, cadastre=PARISH, designation_secondaire=f"Rang XL {CANTON}"
    )
    error = await buyer.fails(row, OrderError)
    assert "« Rang XL" in error.sentence
    assert buyer.paid == []


@pytest.mark.parametrize("cadastre", ["Cadastre du Québec", "Québec"])
async def test_a_renovated_lot_is_asked_for_once(buyer: Buyer, cadastre: str) -> None:
    row = index("2780000", cadastre=cadastre, designation_secondaire=PARISH)
    await buyer.fails(row, NotFound)
    assert [asked.cadastre for asked in buyer.paid] == ["Cadastre du Québec"]
