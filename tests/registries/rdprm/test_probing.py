"""The RDPRM's pages against what is known of them: nothing is searched, so nothing is paid."""

import pytest
from playwright.async_api import BrowserContext

from poolmgr.domain.errors import SiteDown
from poolmgr.local.replica.rdprm.control import RdprmReplica
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.probing import Point, Probing
from poolmgr.registries.rdprm import names
from poolmgr.registries.rdprm.probing import probe
from poolmgr.registries.rdprm.session import Session
from tests.registries.browsers import SECONDS
from tests.registries.rdprm.searcher import account, settings_for


async def probing_of(context: BrowserContext, seconds: float) -> Probing:
    context.set_default_timeout(seconds * 1000)
    return Probing(await Screen.opened(context, seconds, names.WHERE))


async def probed(context: BrowserContext, rdprm: RdprmReplica, seconds: float = SECONDS) -> list[Point]:
    probing = await probing_of(context, seconds)
    await probe(probing, Session(probing.screen, account(), settings_for(rdprm)))
    return probing.points


@pytest.mark.proof
async def test_a_site_as_it_is_known_is_looked_at_up_to_its_form_and_not_searched(
    context: BrowserContext, rdprm: RdprmReplica
) -> None:
    before, steps = rdprm.till(), rdprm.steps()
    points = await probed(context, rdprm)
    assert {one.verdict for one in points} == {"same", "unseen"}
    assert {one.page for one in points if one.verdict == "same"} == {
        "home", "login", "security question", "services", "form of a search",
    }  # fmt: skip
    assert rdprm.steps().reached.get("search", 0) == steps.reached.get("search", 0)
    bought = rdprm.till().since(before)
    assert (bought.clicks, bought.searches) == ([], [])


async def test_other_words_are_named_with_what_the_page_says_instead(
    context: BrowserContext, rdprm: RdprmReplica
) -> None:
    rdprm.fault("changed_label", field="Nom de l’organisme", label="Nom de l’organisation", times=None)
    rdprm.fault("changed_label", field="Rechercher", label="Lancer", times=None)
    changed = {one.what: one.found for one in await probed(context, rdprm) if one.verdict == "changed"}
    assert {*changed} == {"label of the name's field", names.SEARCH.what}
    assert changed["label of the name's field"].startswith("« Nom de l’organisation »")
    assert "« Lancer »" in changed[names.SEARCH.what]


@pytest.mark.proof
async def test_a_login_that_ends_on_another_page_says_what_stands_there(
    context: BrowserContext, rdprm: RdprmReplica
) -> None:
    rdprm.fault("changed_label", field="Bienvenue", label="Accueil du client", times=None)
    probing = await probing_of(context, 2.0)
    with pytest.raises(SiteDown):
        await probe(probing, Session(probing.screen, account(), settings_for(rdprm)))
    (welcome,) = [one for one in probing.points if one.verdict == "changed"]
    assert (welcome.page, welcome.what) == ("services", "word of welcome")
    assert "« Accueil du client »" in welcome.found
