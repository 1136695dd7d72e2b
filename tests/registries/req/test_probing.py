"""The register of companies against what is known of it."""

import pytest
from playwright.async_api import BrowserContext

from poolmgr.config.settings import ReqSettings
from poolmgr.domain.errors import TurnedAway
from poolmgr.local.replica.req.control import ReqReplica
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.probing import Point, Probing
from poolmgr.registries.req import names
from poolmgr.registries.req.probing import probe
from tests.registries.browsers import SECONDS


async def probed(context: BrowserContext, req: ReqReplica, seconds: float = SECONDS) -> list[Point]:
    context.set_default_timeout(seconds * 1000)
    probing = Probing(await Screen.opened(context, seconds, names.WHERE))
    await probe(probing, ReqSettings(url=req.url, pause_seconds=0))
    return probing.points


async def test_every_page_of_a_site_as_it_is_known_is_reached_and_nothing_has_changed(
    context: BrowserContext, req: ReqReplica
) -> None:
    points = await probed(context, req)
    assert {one.verdict for one in points} <= {"same", "unseen"}
    assert {one.page for one in points if one.verdict == "same"} == {
        "search", "results", "company", "search by number", "nothing found",
    }  # fmt: skip
    assert names.NEXT.what in {one.what for one in points if one.verdict == "same"}
    first, number, last = req.visits().asked
    assert (first, last) == (names.PROBED, names.PROBED_IN_VAIN)
    assert req.visits().consulted == [number, number]


@pytest.mark.proof
async def test_another_word_on_the_way_to_a_company_is_named(
    context: BrowserContext, req: ReqReplica
) -> None:
    req.fault("changed_label", field="Consulter", label="Voir la fiche", times=None)
    points = await probed(context, req, 2.0)
    changed = [one for one in points if one.verdict == "changed"]
    assert [(one.page, one.what) for one in changed] == [("results", names.CONSULT.what)]
    assert changed[0].found.startswith("« Voir la fiche »")
    assert points[-1].verdict == "same"


async def test_a_site_that_turns_programs_away_is_not_looked_at_any_further(
    context: BrowserContext, req: ReqReplica
) -> None:
    req.fault("ban", "page", times=None)
    with pytest.raises(TurnedAway):
        await probed(context, req)
    assert req.visits().reached == {"page": 1}
