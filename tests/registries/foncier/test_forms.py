"""What is chosen and typed into a search page, and what keeps its button from being pressed."""

import pytest

from poolmgr.domain.errors import OrderError, PoolError, SiteChanged, SiteDown
from poolmgr.domain.json import JsonObject
from poolmgr.local.replica import places
from tests.registries.foncier.buyer import Buyer
from tests.replicas import acte, index, plan

CADASTRE = places.cadastres("Argenteuil")[1].text
OLD_LOT = {"circonscription_fonciere": "Argenteuil", "cadastre": CADASTRE}


async def is_refused(buyer: Buyer, row: JsonObject, kind: type[PoolError]) -> PoolError:
    """Before anything is paid or pressed."""
    error = await buyer.fails(row, kind)
    assert buyer.paid == []
    assert buyer.pressed == []
    return error


def on_leaving(field: str, script: str) -> str:
    return f"document.querySelector('{field}').onblur = () => {{ {script} }}"


async def behave(buyer: Buyer, script: str) -> None:
    """His pages do something by themselves when they are loaded."""
    await buyer.page.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ {script} }})")


@pytest.mark.parametrize(
    ("columns", "circonscription", "cadastre", "designation"),
    [
        (
            {"circonscription_fonciere": "MONTREAL", "cadastre": "Québec"},
            "Montréal",
            "Cadastre du Québec",
            None,
        ),
        ({"designation_secondaire": "Rang IV"}, "Montréal", "Cadastre du Québec", None),
        ({"circonscription_fonciere": "bonaventure 2"}, "Bonaventure 2", "Cadastre du Québec", None),
    ],
)
async def test_a_renovated_lot_is_asked_for_under_the_sites_own_names(
    buyer: Buyer, columns: dict[str, str], circonscription: str, cadastre: str, designation: str | None
) -> None:
    await buyer.buy(index("2784198", **columns))
    (sale,) = buyer.sold
    assert (sale.asked.circonscription, sale.asked.cadastre) == (circonscription, cadastre)
    assert sale.asked.designation == designation


@pytest.mark.parametrize(("written", "chosen"), [("rang 4", "Rang IV"), ("", None)])
async def test_an_old_lot_has_its_designation_or_none(buyer: Buyer, written: str, chosen: str | None) -> None:
    await buyer.buy(plan("42-3", **OLD_LOT, designation_secondaire=written))
    assert [sale.asked.designation for sale in buyer.sold] == [chosen]


async def test_a_list_with_a_blank_first_option_is_chosen_from_all_the_same(buyer: Buyer) -> None:
    buyer.replica.fault("blank_first_option", times=None)
    await buyer.buy(plan("42", **OLD_LOT))
    await buyer.buy(acte("12345680"))
    assert [sale.asked.acte_type for sale in buyer.sold] == ["Acte"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (index("2784198", circonscription_fonciere="Bonaventure"), "« Bonaventure » is ambiguous"),
        (index("2784198", circonscription_fonciere="Trois-Pistoles-sur-Mer"), "has no « Trois-Pistoles"),
        (acte("12345678", circonscription_fonciere="Bonaventure"), "« Bonaventure 1 », « Bonaventure 2 »"),
        (plan("42", circonscription_fonciere="Argenteuil", cadastre="Paroisse de Nulle-Part"), "selCadst"),
        (plan("42", **OLD_LOT, designation_secondaire="Rang XL"), "selDesgnSecnd"),
    ],
)
async def test_a_place_that_is_not_one_option_is_never_guessed(
    buyer: Buyer, row: JsonObject, said: str
) -> None:
    error = await is_refused(buyer, row, OrderError)
    assert said in error.sentence
    assert "registre-pool jobs retry" in error.advice


async def test_a_session_is_as_good_as_before_after_an_order_that_could_not_be_asked(buyer: Buyer) -> None:
    await is_refused(buyer, index("2784198", circonscription_fonciere="Bonaventure"), OrderError)
    await buyer.buy(index("2784199"))
    assert len(buyer.sold) == 1


async def test_what_one_order_chose_is_not_in_the_next(buyer: Buyer) -> None:
    await buyer.buy(plan("42", **OLD_LOT, designation_secondaire="Rang IV"))
    await buyer.buy(plan("43", **OLD_LOT))
    (sale,) = buyer.sold
    assert (sale.asked.number, sale.asked.designation) == ("43", None)
    await buyer.buy(index("2784199"))
    (sale,) = buyer.sold
    assert sale.asked.circonscription == "Montréal"
    assert sale.asked.cadastre == "Cadastre du Québec"


async def test_what_the_site_kept_of_an_earlier_order_is_taken_back(buyer: Buyer) -> None:
    """A site that keeps its lists as they were shows each page with the last choice."""
    sticky = (
        "const list = document.querySelector('#selDesgnSecnd'); if (list) list.selectedIndex = "
        "list.options.length - 1; const number = document.querySelector('#txtNumrtLot');"
        "if (number) number.value = '99';"
    )
    await behave(buyer, sticky)
    await buyer.buy(plan("43", **OLD_LOT))
    (sale,) = buyer.sold
    assert (sale.asked.number, sale.asked.designation) == ("43", None)


@pytest.mark.parametrize(
    ("script", "row", "name"),
    [
        ("document.querySelector('#txtPerd').value = '2001-2010'", index("2784198"), "txtPerd"),
        (
            on_leaving("#txtNumrtLot", "document.querySelector('#txtNumrtLot').value += '0'"),
            index("2784198"),
            "txtNumrtLot",
        ),
        (
            on_leaving("#txtNoReqst", "document.querySelector('#selCircnFoncr').selectedIndex = 1"),
            acte("12345678"),
            "selCircnFoncr",
        ),
        (
            on_leaving("#txtNoReqst", "document.querySelector('#selTypeDocmn').selectedIndex = 3"),
            acte("12345678"),
            "selTypeDocmn",
        ),
        (
            on_leaving("#txtNumrtLot", "document.querySelector('#selCadst').selectedIndex = 1"),
            plan("42", **OLD_LOT),
            "selCadst",
        ),
        (
            "const list = document.querySelector('#selDesgnSecnd'); list.remove(0); list.selectedIndex = 0;",
            plan("42", **OLD_LOT),
            "selDesgnSecnd",
        ),
    ],
)
async def test_a_page_that_holds_something_else_than_was_meant_is_not_sent(
    buyer: Buyer, script: str, row: JsonObject, name: str
) -> None:
    guarded = f"if (document.querySelector('#selCircnFoncr')) {{ {script} }}"
    await behave(buyer, guarded)
    error = await is_refused(buyer, row, SiteChanged)
    assert name in error.sentence
    assert "was meant" in error.sentence


async def test_a_covered_button_is_known_before_anything_is_paid(buyer: Buyer) -> None:
    cover = (
        "if (document.querySelector('#txtNoReqst')) { const cover = document.createElement('div');"
        "cover.style = 'position: fixed; inset: 0; z-index: 9'; document.body.append(cover); }"
    )
    await behave(buyer, cover)
    buyer.hurry(step_seconds=0.5)
    error = await is_refused(buyer, acte("12345678"), SiteDown)
    assert "Reaching for the button « Rechercher »" in error.sentence
