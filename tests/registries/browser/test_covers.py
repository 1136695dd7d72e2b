"""A notice over a button is closed by its own button, and by no other."""

import pytest
from playwright.async_api import BrowserContext

from poolmgr.domain.errors import SiteDown
from poolmgr.registries.browser.covers import uncover
from tests.registries.browser.test_screen import BUTTON, Thing, shown
from tests.registries.sites import Site

COVER = Thing(selector="button", what="notice", label="Fermer|Refuser")
FIXED = "position: fixed; inset: 0; background: white"
PAGE = """<body><button id=ours onclick="document.title = 'pressed'">Soumettre</button>
<div style="{style}"><p>Ce site utilise des témoins.</p>{buttons}</div></body>"""


def closing(label: str) -> str:
    return f"<button onclick=\"document.title += '{label}'; this.parentNode.remove()\">{label}</button>"


@pytest.mark.parametrize("label", ["Fermer", "refuser"])
async def test_a_notice_is_closed_and_what_it_covered_is_pressed(
    context: BrowserContext, site: Site, label: str
) -> None:
    page = PAGE.format(style=FIXED, buttons=closing("Accepter tout") + closing(label))
    screen = await shown(context, site, page)
    button = screen.page.locator("#ours")
    await uncover(screen, button, COVER)
    assert await screen.page.title() == f"-{label}"
    await screen.press(button, BUTTON.what)
    assert await screen.page.title() == "pressed"


@pytest.mark.parametrize("label", ["Accepter", "Fermer et payer", "Commander"])
async def test_a_notice_that_may_ask_for_more_is_left_and_nothing_is_pressed(
    context: BrowserContext, site: Site, label: str
) -> None:
    screen = await shown(context, site, PAGE.format(style=FIXED, buttons=closing(label)), seconds=0.5)
    button = screen.page.locator("#ours")
    await uncover(screen, button, COVER)
    with pytest.raises(SiteDown):
        await screen.make_sure(button, BUTTON.what)
    assert await screen.page.title() == "-"


async def test_a_notice_beside_the_button_is_left_where_it_is(context: BrowserContext, site: Site) -> None:
    page = PAGE.format(style="position: fixed; bottom: 0", buttons=closing("Fermer"))
    screen = await shown(context, site, page)
    await uncover(screen, screen.page.locator("#ours"), COVER)
    assert await screen.page.title() == "-"
