import asyncio
import time
import traceback
from dataclasses import dataclass

import pytest
from playwright.async_api import BrowserContext

from poolmgr.domain.errors import BrowserLost, SiteChanged, SiteDown
from poolmgr.registries.browser import steps
from poolmgr.registries.browser.screen import Screen
from tests.registries.sites import Site, breaks_off, html

SECRET = "g.heim-A1b2C3"
AT_ONCE = 3.0
"""Of a wait that may take 30 seconds."""
READY = (
    "() => document.documentElement.hasAttribute('data-pool-left') ? null : {text: document.body.innerText}"
)


@dataclass(frozen=True, kw_only=True)
class Thing:
    selector: str
    what: str = "thing"
    label: str = ""


FIELD = Thing(selector="#field", what="field « Mot de passe » field")
BUTTON = Thing(selector="button", what="button", label="Soumettre")


async def screen_of(context: BrowserContext, seconds: float = 8.0) -> Screen:
    context.set_default_timeout(seconds * 1000)
    return await Screen.opened(context, seconds, "names.py")


async def shown(context: BrowserContext, site: Site, body: str, seconds: float = 8.0) -> Screen:
    site.pages["/"] = html(body)
    screen = await screen_of(context, seconds)
    await screen.open(site.url("/"), "Opening")
    return screen


@pytest.mark.parametrize(
    "body",
    [
        "<input id=field readonly>",
        "<input id=field disabled>",
        "<input id=field style='display: none'>",
        "<input>",
        "<select id=field></select>",
    ],
)
async def test_what_was_typed_is_in_no_error(context: BrowserContext, site: Site, body: str) -> None:
    screen = await shown(context, site, body, seconds=0.5)
    with pytest.raises((SiteDown, SiteChanged)) as caught:
        await screen.fill(FIELD, SECRET)
    assert "field « Mot de passe » field" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


async def test_a_field_is_left_so_that_the_page_may_write_it_its_own_way(
    context: BrowserContext, site: Site
) -> None:
    screen = await shown(context, site, "<input id=field onblur='this.value = \" \" + this.value'>")
    await screen.fill(FIELD, "2 784 196")
    assert await screen.read("() => document.querySelector('#field').value") == " 2 784 196"


async def test_what_a_page_lacks_is_named_with_its_address_but_without_its_query(
    context: BrowserContext, site: Site
) -> None:
    site.pages["/"] = html("<body>nothing</body>")
    screen = await screen_of(context)
    await screen.open(site.url("/?session=1234"), "Opening")
    with pytest.raises(SiteChanged) as caught:
        await screen.need(BUTTON)
    assert caught.value.sentence == f"The page {site.url('/')} has no button (button)."
    assert "names.py" in caught.value.advice
    with pytest.raises(SiteChanged, match="has no button"):
        await screen.need_all((Thing(selector="body"), BUTTON, FIELD))
    await screen.need_all((Thing(selector="body"),))


@pytest.mark.parametrize(
    ("element", "label"),
    [
        ("<button>Soumettre</button>", "Soumettre"),
        ("<input type=submit value=' SOUMETTRE '>", "Soumettre"),
        ("<a title='Sauvegarder le document'>Copie</a>", "Sauvegarder"),
        ("<a>Sauvegarder</a>", "Sauvegarder"),
        ("<button>Commander</button>", ""),
    ],
)
async def test_a_button_that_says_what_it_should_is_good(
    context: BrowserContext, site: Site, element: str, label: str
) -> None:
    screen = await shown(context, site, element)
    name = Thing(selector="button, input, a", label=label)
    await screen.check_label(await screen.need(name), name)


@pytest.mark.parametrize(
    "element",
    [
        "<button title='Soumettre'>Commander</button>",
        "<input type=submit value=Commander title=Soumettre>",
        "<input type=submit value=''>",
        "<a title='Commander une copie'>Soumettre</a>",
    ],
)
async def test_a_button_that_says_something_else_is_not_to_be_pressed(
    context: BrowserContext, site: Site, element: str
) -> None:
    screen = await shown(context, site, element)
    name = Thing(selector="button, input, a", what="button « Soumettre »", label="Soumettre")
    with pytest.raises(SiteChanged, match=r"button « Soumettre » says « .*it is not pressed"):
        await screen.check_label(await screen.need(name), name)


async def test_of_several_buttons_the_one_that_says_so_is_found(context: BrowserContext, site: Site) -> None:
    buttons = "<button id=one>Commander</button><button id=two value=Commander>Soumettre</button>"
    screen = await shown(context, site, buttons)
    found = await screen.saying(BUTTON)
    assert found is not None
    assert await found.get_attribute("id") == "two"
    assert await screen.saying(Thing(selector="button", label="Annuler")) is None


@pytest.mark.parametrize("box", ["<input type=checkbox id=field>", "<input type=checkbox id=field checked>"])
async def test_a_box_is_ticked_whatever_it_was(context: BrowserContext, site: Site, box: str) -> None:
    screen = await shown(context, site, box)
    await screen.tick(FIELD)
    assert await screen.find(FIELD).is_checked()


async def test_an_error_status_is_the_sites_fault(context: BrowserContext, site: Site) -> None:
    site.pages["/"] = html("<body>Erreur</body>", 503)
    screen = await screen_of(context)
    with pytest.raises(SiteDown, match=r"^Opening: the site answered with status 503\.$"):
        await screen.open(site.url("/"), "Opening")
    assert (await screen.evidence())["text"] == "Erreur"


async def test_a_page_that_never_comes_ends_with_its_time(context: BrowserContext, site: Site) -> None:
    site.pages["/"] = site.waits(html("late"))
    screen = await screen_of(context, 0.5)
    with pytest.raises(SiteDown, match=r"nothing came within 0.5 s"):
        await screen.open(site.url("/"), "Opening")


async def waits_after_a_click(screen: Screen) -> float:
    """How long it takes to know that nothing comes."""
    await screen.leave()
    await screen.press(await screen.need(BUTTON), "button")
    began = time.monotonic()
    with pytest.raises(SiteDown):
        await screen.until(READY, None, "The answer", 30)
    return time.monotonic() - began


FORM = "<body><form method=post action=/next><button>Soumettre</button></form></body>"


async def test_a_wait_ends_at_once_when_the_answer_is_an_error(context: BrowserContext, site: Site) -> None:
    site.pages["/next"] = html("<body>Erreur interne</body>", 500)
    screen = await shown(context, site, FORM)
    assert await waits_after_a_click(screen) < AT_ONCE
    assert screen.trouble == "the site answered with status 500"


async def test_a_wait_ends_at_once_when_the_connection_breaks_off(
    context: BrowserContext, site: Site
) -> None:
    site.pages["/next"] = breaks_off
    screen = await shown(context, site, FORM)
    assert await waits_after_a_click(screen) < AT_ONCE
    assert "ERR_EMPTY_RESPONSE" in screen.trouble


async def test_trouble_is_over_with_the_next_page(context: BrowserContext, site: Site) -> None:
    site.pages["/broken"] = html("", 500)
    screen = await screen_of(context)
    with pytest.raises(SiteDown):
        await screen.open(site.url("/broken"), "Opening")
    site.pages["/"] = html("<body>whole</body>")
    await screen.open(site.url("/"), "Opening")
    assert await screen.until(READY, None, "Reading") == {"text": "whole"}


async def test_an_error_of_an_image_or_a_frame_is_no_error_of_the_page(
    context: BrowserContext, site: Site
) -> None:
    site.pages["/broken"] = html("", 500)
    site.pages["/gone"] = breaks_off
    body = "<body>whole<img src=/broken><img src=/gone><iframe src=/broken></iframe></body>"
    screen = await shown(context, site, body)
    await screen.page.wait_for_load_state("load")
    assert screen.trouble == ""
    assert await screen.until(READY, None, "Reading") == {"text": "whole"}


async def test_a_click_is_made_when_it_is_made_however_slow_the_answer(
    context: BrowserContext, site: Site
) -> None:
    site.pages["/next"] = site.waits(html("<body>next</body>"))
    screen = await shown(context, site, FORM)
    await screen.leave()
    await screen.press(await screen.need(BUTTON), "button", 1)
    waiting = asyncio.create_task(screen.until(READY, None, "The answer"))
    site.go_on.set()
    assert await waiting == {"text": "next"}


async def test_a_page_that_was_left_is_not_taken_for_the_next_one(
    context: BrowserContext, site: Site
) -> None:
    screen = await shown(context, site, "<body>old</body>")
    assert await screen.until(READY, None, "Reading") == {"text": "old"}
    await screen.leave()
    with pytest.raises(SiteDown, match=r"nothing came within 0.3 s"):
        await screen.until(READY, None, "Reading", 0.3)


async def test_a_covered_button_is_known_before_it_is_pressed(context: BrowserContext, site: Site) -> None:
    cover = "<div style='position: fixed; inset: 0; background: white'></div>"
    screen = await shown(context, site, FORM + cover, seconds=0.5)
    with pytest.raises(SiteDown, match="Reaching for the button"):
        await screen.make_sure(await screen.need(BUTTON), "button")
    assert site.asked == ["GET /"]


async def test_a_box_is_kept_as_evidence_and_never_agreed_to(context: BrowserContext, site: Site) -> None:
    script = "alert('Bonjour'); document.body.innerText = 'agreed: ' + confirm('Payer 40 $ ?');"
    screen = await shown(context, site, f"<body></body><script>{script}</script>")
    evidence = await screen.evidence()
    assert evidence["dialogs"] == ["Bonjour", "Payer 40 $ ?"]
    assert evidence["text"] == "agreed: false"
    site.pages["/calm"] = html("<body>calm</body>")
    await screen.open(site.url("/calm"), "Opening")
    assert "dialogs" not in await screen.evidence(), "an earlier job's boxes are not this one's"


async def test_a_page_that_asks_whether_it_may_be_left_may(context: BrowserContext, site: Site) -> None:
    script = "<script>onbeforeunload = (event) => { event.preventDefault(); return 'Partir ?'; };</script>"
    screen = await shown(context, site, FORM.replace("/next", "/calm") + script)
    site.pages["/calm"] = html("<body>calm</body>")
    await screen.leave()
    await screen.press(await screen.need(BUTTON), "button")
    assert await screen.until(READY, None, "The answer") == {"text": "calm"}


async def test_evidence_holds_the_text_of_all_frames_and_no_query(
    context: BrowserContext, site: Site
) -> None:
    site.pages["/frame"] = html("<body>inside</body>")
    site.pages["/"] = html("<frameset rows='*'><frame src=/frame></frameset>")
    screen = await screen_of(context)
    await screen.open(site.url("/?session=1234"), "Opening")
    await screen.page.wait_for_load_state("load")
    assert await screen.evidence() == {"page": site.url("/"), "status": 200, "text": "inside"}


async def test_a_page_whose_script_never_ends_is_a_lost_browser(
    context: BrowserContext, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "DRIVER_MARGIN_SECONDS", 0.0)
    screen = await shown(context, site, "<body>endless</body>", seconds=2)
    screen.seconds = 0.3
    with pytest.raises(BrowserLost, match="the browser did not answer"):
        await screen.read("() => new Promise(() => {})")
