"""The land registry's pages, up to the buttons that cost money: those are looked at and not pressed."""

from contextlib import suppress

from poolmgr.domain.errors import SessionEnded, SiteChanged
from poolmgr.domain.json import records, text
from poolmgr.domain.names import is_blank
from poolmgr.domain.orders import ACTE_TYPES, CADASTRE_DU_QUEBEC
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.foncier import names
from poolmgr.registries.foncier.forms import FORMS, OPTIONS, Form, choose
from poolmgr.registries.foncier.refusals import explained
from poolmgr.registries.foncier.session import ASKED_AGAIN, Session
from poolmgr.registries.probing import Probing

PAID = "only after a paid click"


async def probe(probing: Probing, session: Session) -> None:
    """Logs in by the way. Raises AccountRefused, TurnedAway, and what else ends the way to the forms."""
    screen = session.screen
    async with probing.looking_at("entry"):
        await screen.open(session.foncier.url, "The entry page")
        await probing.compare(names.ENTRY)
        await look_at_login(probing, screen)
    await session.log_in()
    for source, form in FORMS.items():
        async with probing.looking_at(form.title):
            await look_at_form(probing, session, source, form)
    probing.unseen("after the search", (names.CHOOSE, names.CONFIRM, names.SAVE), PAID)


async def look_at_login(probing: Probing, screen: Screen) -> None:
    way = await screen.element(
        await screen.need(names.ENTRY), "(way) => ({address: way.href})", names.ENTRY.what
    )
    await screen.open(text(way, "address"), "The login page")
    probing.page = "login"
    await probing.compare(*names.ALSO_IN_LOGIN, names.USER, names.PASSWORD, names.ENTER)
    await probing.note_new()


async def look_at_form(probing: Probing, session: Session, source: str, form: Form) -> None:
    with suppress(SiteChanged):  # the page is there and not as it was: that is what is to be said in detail
        async with explained(session.screen):
            await session.open_search(form.address, form.title)
    if await session.screen.has(names.USER):
        raise SessionEnded(ASKED_AGAIN)
    kinds = (names.ACTE_TYPE,) if source == "acte" else ()
    await probing.compare(names.CIRCONSCRIPTION, *kinds, form.number, *form.others, form.button)
    await probing.note_new()
    await probing.compare_options(names.CIRCONSCRIPTION, (), many=names.CIRCONSCRIPTIONS)
    if source == "acte":
        await probing.compare_options(names.ACTE_TYPE, ACTE_TYPES)
    elif await session.screen.has(names.CIRCONSCRIPTION):
        await look_at_places(probing, session.screen)


async def look_at_places(probing: Probing, screen: Screen) -> None:
    """That the choice of a circonscription brings its cadastres, as an order chooses them."""
    select = await screen.need(names.CIRCONSCRIPTION)
    shown = await screen.element(select, OPTIONS, names.CIRCONSCRIPTION.what)
    offered = [
        one
        for option in records(shown, "options")
        if not is_blank(one := text(option, "text")) and text(option, "value") not in names.NOTHING_CHOSEN
    ]
    if not offered:
        probing.note(names.CIRCONSCRIPTION.what, "changed", expected="something to choose", found="nothing")
        return
    await choose(screen, names.CIRCONSCRIPTION, offered[0], names.CADASTRE)
    await probing.compare_options(names.CADASTRE, (CADASTRE_DU_QUEBEC,))
