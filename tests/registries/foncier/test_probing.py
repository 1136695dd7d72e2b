"""The land registry's pages against what is known of them: what changed is named, and nothing is bought."""

import pytest
from playwright.async_api import BrowserContext

from poolmgr.domain.errors import TurnedAway
from poolmgr.domain.purchases import Account
from poolmgr.local.replica.control import Replica
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.foncier import names
from poolmgr.registries.foncier.forms import FORMS
from poolmgr.registries.foncier.probing import probe
from poolmgr.registries.foncier.session import Session
from poolmgr.registries.probing import Point, Probing
from tests.registries.browsers import SECONDS
from tests.registries.foncier.buyer import account, settings_for


async def probed(context: BrowserContext, replica: Replica, lent: Account | None = None) -> list[Point]:
    screen = await Screen.opened(context, SECONDS, names.WHERE)
    probing = Probing(screen)
    await probe(probing, Session(screen, lent or account(), settings_for(replica)))
    return probing.points


def changed(points: list[Point]) -> dict[tuple[str, str], str]:
    """What stands there instead, by page and thing."""
    return {(one.page, one.what): one.found for one in points if one.verdict == "changed"}


@pytest.mark.proof
async def test_a_site_as_it_is_known_has_nothing_changed_and_is_asked_to_sell_nothing(
    context: BrowserContext, replica: Replica
) -> None:
    before = replica.till()
    points = await probed(context, replica)
    assert {one.verdict for one in points} == {"same", "unseen"}
    assert {one.page for one in points if one.verdict == "same"} == {
        "entry", "login", *(form.title for form in FORMS.values()),
    }  # fmt: skip
    wanted = {one.what for form in FORMS.values() for one in (form.number, form.button, *form.others)}
    assert wanted <= {one.what for one in points if one.verdict == "same"}
    bought = replica.till().since(before)
    assert (len(bought.logins), bought.clicks, bought.orders, bought.sales) == (1, [], [], [])


@pytest.mark.proof
async def test_what_has_changed_is_named_with_what_stands_there_instead(
    context: BrowserContext, replica: Replica
) -> None:
    for field in ("selCadst", "txtNoReqst"):
        replica.fault("renamed_field", field=field, times=None)
    replica.fault("changed_label", field="Rechercher", label="Obtenir", times=None)
    before = replica.till()
    found = changed(await probed(context, replica))
    lots, acte = [FORMS[one].title for one in ("index", "plan_cadastraux")], FORMS["acte"].title
    assert {page for page, _ in found} == {*lots, acte}
    for title in lots:
        assert "not there; there is: select selCadstNouv" in found[title, names.CADASTRE.what]
    assert "input txtNoReqstNouv" in found[acte, names.ACTE_NUMBER.what]
    assert "input btnRechr « Obtenir »" in found[acte, names.SEARCH.what]
    assert replica.till().since(before).clicks == []


@pytest.mark.proof
async def test_a_site_that_turns_programs_away_is_not_looked_at_any_further(
    context: BrowserContext, replica: Replica
) -> None:
    replica.fault("challenge", "search", times=None)
    with pytest.raises(TurnedAway):
        await probed(context, replica)
    assert replica.steps().reached["search"] == 1


@pytest.mark.proof
async def test_a_page_that_is_down_is_not_reached_and_the_others_are_looked_at(
    context: BrowserContext, replica: Replica
) -> None:
    replica.fault("maintenance", "search", times=1)
    points = await probed(context, replica)
    (lost,) = [one for one in points if one.verdict == "unreached"]
    assert (lost.page, lost.what) == (FORMS["index"].title, "the page")
    assert "status 503" in lost.found
    assert {FORMS[one].title for one in ("acte", "plan_cadastraux")} <= {one.page for one in points}
    assert changed(points) == {}
