"""The site renames one thing after the other: what the flow leans on is missed before it is paid for."""

import pytest
from playwright.async_api import BrowserContext

from poolmgr.domain.errors import PoolError, SiteChanged
from poolmgr.domain.json import JsonObject
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.names import FIELDS_OF, SAVE_TITLE
from poolmgr.registries.foncier import names
from tests.registries.foncier.buyer import Buyer, opened
from tests.replicas import acte, index, plan

NOT_LEANED_ON = {
    "login": {"btnSoumt"},  # known by what it says
    "welcome": {"btnConsl", "btnCommd"},  # never looked at
    "index": {"btnCommd"},
    "plan": {"btnCommd", "txtEtat"},  # nobody saw this page's hidden fields
    "acte": {"btnCommd", "txtEtat", "btnRechr"},  # as above; the button is known by what it says
    "similar": {"btnCommd", "txtEtat", "rdDocmn", "btnSoumt"},  # any choice; the button is known by its word
    "plan_choice": {"btnCommd", "txtEtat", "rdPlan", "btnSoumt"},
    "confirm": {"txtEtat", "btnAnnul"},
}
ROWS = {
    "welcome": acte("12345690"),
    "index": index("2784210"),
    "acte": acte("12345690"),
    "plan": plan("2784210"),
    "similar": acte("12346111"),
    "plan_choice": plan("2786444"),
    "confirm": plan("2786333"),
}
SEARCHES, AFTER_THE_CLICK = ("index", "acte", "plan"), ("similar", "plan_choice", "confirm")


def leaned_on(*forms: str) -> list[tuple[str, str]]:
    return [(form, field) for form in forms for field in FIELDS_OF[form] if field not in NOT_LEANED_ON[form]]


def rename(replica: Replica, *fields: str) -> None:
    for field in fields:
        replica.fault("renamed_field", field=field, times=None)


def reword(replica: Replica, word: str, new: str = "Commander une copie") -> None:
    replica.fault("changed_label", field=word, label=new, times=None)


def check_named(error: PoolError, name: str) -> None:
    assert isinstance(error, SiteChanged)
    assert name in error.sentence
    assert names.WHERE in error.advice


def test_every_field_that_is_not_leaned_on_is_a_field_of_its_form() -> None:
    assert {*NOT_LEANED_ON} == {*FIELDS_OF}
    assert all(fields <= {*FIELDS_OF[form]} for form, fields in NOT_LEANED_ON.items())


@pytest.mark.parametrize(("form", "field"), leaned_on(*SEARCHES))
async def test_a_search_that_lacks_a_field_is_not_paid(buyer: Buyer, form: str, field: str) -> None:
    rename(buyer.replica, field)
    check_named(await buyer.fails(ROWS[form]), field)
    assert buyer.paid == []
    assert buyer.pressed == []


@pytest.mark.parametrize("form", ["welcome", *SEARCHES])
async def test_a_search_without_the_fields_that_nobody_needs_is_made(buyer: Buyer, form: str) -> None:
    rename(buyer.replica, *NOT_LEANED_ON[form])
    await buyer.buy(ROWS[form])
    assert len(buyer.sold) == 1


@pytest.mark.parametrize(("form", "field"), leaned_on("login"))
async def test_a_login_that_lacks_a_field_is_not_sent(
    context: BrowserContext, replica: Replica, form: str, field: str
) -> None:
    before = replica.till()
    rename(replica, field)
    with pytest.raises(SiteChanged) as caught:
        await opened(context, replica)
    check_named(caught.value, field)
    assert replica.till().since(before).logins == []


async def test_a_login_without_the_fields_that_nobody_needs_is_made(
    context: BrowserContext, replica: Replica
) -> None:
    rename(replica, *NOT_LEANED_ON["login"], *NOT_LEANED_ON["welcome"])
    await opened(context, replica)


@pytest.mark.parametrize(("form", "field"), leaned_on(*AFTER_THE_CLICK))
async def test_a_page_after_the_click_that_lacks_a_field_is_not_answered(
    buyer: Buyer, form: str, field: str
) -> None:
    with pytest.raises(SiteChanged) as caught:
        await buyer.buy_while(ROWS[form], "submit", lambda: rename(buyer.replica, field))
    check_named(caught.value, field)
    assert len(buyer.pressed) == len(buyer.paid) == 1
    assert buyer.sold == []


@pytest.mark.parametrize("form", AFTER_THE_CLICK)
async def test_a_page_after_the_click_without_the_fields_that_nobody_needs_is_answered(
    buyer: Buyer, form: str
) -> None:
    await buyer.buy_while(ROWS[form], "submit", lambda: rename(buyer.replica, *NOT_LEANED_ON[form]))
    assert len(buyer.sold) == len(buyer.paid) == 1


@pytest.mark.parametrize(
    ("row", "word"),
    [(index("2784211"), "Soumettre"), (plan("2784211"), "Soumettre"), (acte("12345691"), "Rechercher")],
)
async def test_a_button_that_says_something_else_is_not_paid(
    buyer: Buyer, row: JsonObject, word: str
) -> None:
    reword(buyer.replica, word)
    check_named(await buyer.fails(row), f"« {word} »")
    assert buyer.paid == []
    assert buyer.pressed == []


async def test_a_login_whose_button_says_something_else_is_not_sent(
    context: BrowserContext, replica: Replica
) -> None:
    before = replica.till()
    reword(replica, "Soumettre")
    with pytest.raises(SiteChanged, match="« Soumettre »"):
        await opened(context, replica)
    assert replica.till().since(before).logins == []


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (acte("12346111"), "Soumettre"),
        (plan("2786444"), "Soumettre"),
        (plan("2786333"), "Confirmer"),
        (index("2786333"), "Confirmer"),
    ],
)
async def test_a_button_after_the_click_that_says_something_else_is_never_pressed(
    buyer: Buyer, row: JsonObject, word: str
) -> None:
    with pytest.raises(SiteChanged) as caught:
        await buyer.buy_while(row, "submit", lambda: reword(buyer.replica, word))
    check_named(caught.value, f"« {word} »")
    assert len(buyer.pressed) == 1
    assert buyer.sold == []


async def test_a_save_link_whose_title_says_something_else_is_never_followed(buyer: Buyer) -> None:
    reword(buyer.replica, SAVE_TITLE)
    check_named(await buyer.fails(ROWS["acte"]), f"« {SAVE_TITLE} »")
    assert len(buyer.pressed) == len(buyer.sold) == 1
    assert buyer.reached("save") == 0
