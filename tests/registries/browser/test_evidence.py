"""What is kept of a page: all that explains it, and nothing of the login that was typed there."""

from html import escape

from playwright.async_api import BrowserContext

from poolmgr.registries.browser.evidence import Sheet, collect
from tests.registries.sites import Site, html

NAME, PASSWORD, ANSWER = "ab1234", 'Bouleau & <Chêne> "2"', "Trois-Rivières"
COOKIE, TOKEN = "c00k1e-c00k1e-c00k1e", "t0ken-t0ken-t0ken"
TOLD = (NAME, PASSWORD, ANSWER)
PAGE = f"""
<meta name="csrf-token" content="{TOKEN}">
<p id="who" title="{NAME}">Client : {NAME.upper()} &mdash; {escape(PASSWORD)}</p>
<input id="code" value="{NAME}"><input type="password" value="{escape(PASSWORD)}">
<input type="hidden" name="__RequestVerificationToken" value="{TOKEN}">
<a href="/next?session_id={TOKEN}&lot=1&amp;jeton={TOKEN}">lot 1</a>
<script>window.state = {{"sessionToken": "{TOKEN}", "answer": "{ANSWER}", "lot": "2 784 195"}};
document.cookie = "SESSION={COOKIE}"; document.title = "{NAME}";</script>
<form><select id="selCadst"><option>Cadastre du Québec</option></select></form>
<p>SESSION={COOKIE}</p>
<iframe src="/frame?token={TOKEN}"></iframe>"""


async def shown(context: BrowserContext, site: Site, path: str = "/page") -> list[Sheet]:
    page = await context.new_page()
    await page.goto(site.url(path), wait_until="domcontentloaded")
    found: list[Sheet] = []
    await collect(context, TOLD, found)
    return found


async def test_secrets_of_every_kind_are_gone_and_what_explains_the_page_is_there(
    context: BrowserContext, site: Site
) -> None:
    site.pages |= {"/page": html(PAGE), "/frame": html(f"<p>{NAME} dans un cadre</p>")}
    (sheet,) = await shown(context, site)
    for secret in (*TOLD, NAME.upper(), COOKIE, TOKEN, escape(PASSWORD), escape(PASSWORD, quote=False)):
        assert secret not in sheet.html
        assert secret not in sheet.address
    for kept in ("selCadst", "Cadastre du Québec", "2 784 195", "lot 1", "dans un cadre", "lot=1"):
        assert kept in sheet.html
    assert sheet.picture.startswith(b"\x89PNG")
    # The picture is drawn after that from this very page.
    (page,) = context.pages
    assert await page.inner_text("#who") == "Client : *** — ***"
    assert (await page.input_value("#code"), await page.input_value("[type=password]")) == ("***", "***")


async def test_a_window_comes_before_the_page_that_opened_it(context: BrowserContext, site: Site) -> None:
    site.pages |= {"/page": html("<p>première</p>"), "/window": html("<p>seconde</p>")}
    page = await context.new_page()
    await page.goto(site.url("/page"))
    assert ["seconde" in one.html for one in await shown(context, site, "/window")] == [True, False]


async def test_a_page_that_does_not_answer_has_no_picture_and_holds_nobody_up(
    context: BrowserContext, site: Site
) -> None:
    site.pages |= {"/page": html("<p>là</p>")}
    page = await context.new_page()
    await page.goto(site.url("/page"))
    await page.evaluate("() => { setTimeout(() => { for (;;); }, 0); }")
    found: list[Sheet] = []
    await collect(context, TOLD, found)
    assert [(one.picture, "it did not answer" in one.html) for one in found] == [(b"", True)]
