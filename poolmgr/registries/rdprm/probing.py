"""The RDPRM's pages, up to the button that begins a search: what that leads to may cost money."""

from poolmgr.domain.errors import Outage
from poolmgr.domain.json import JsonObject
from poolmgr.registries.probing import Probing
from poolmgr.registries.rdprm import names
from poolmgr.registries.rdprm.session import Session

ASKED = "only after « Rechercher », which is not pressed"
PAID = "only after a paid click"
NOT_ASKED = "the site did not ask"


async def probe(probing: Probing, session: Session) -> None:
    """Logs in by the way. Raises AccountRefused, and Outage where nothing more can be looked at."""
    async with probing.looking_at("home"):
        if session.rdprm.home_url:
            await session.screen.open(session.rdprm.home_url, "The home page")
            await probing.compare(names.COOKIES, any_of=True, may_lack=True)
            await session.close_cookies()
    await log_in(probing, session)
    async with probing.looking_at("form of a search"):
        await look_at_form(probing, session)
    probing.unseen("after the search", (names.CONFIRM, names.CANCEL), ASKED)
    probing.unseen("result", (names.PRINT, names.LARGE_PRINT, names.DOWNLOAD, names.VIEWER_SAVE), PAID)


async def log_in(probing: Probing, session: Session) -> None:
    """Raises what `Session.log_in` raises, when what came instead was looked at."""
    probing.page = "login"
    try:
        found = await session.open_services()
        if "login" in found:
            found = await look_at_login(probing, session)
        if "question" in found and "error" not in found:
            found = await look_at_question(probing, session)
        else:
            probing.unseen("security question", (names.ANSWER, names.GO_ON), NOT_ASKED)
        session.check_welcome(found)
    except Outage:
        if not session.screen.trouble:
            await look_at_services(probing)
        raise
    await look_at_services(probing)


async def look_at_login(probing: Probing, session: Session) -> JsonObject:
    await probing.compare(names.USER, names.PASSWORD)
    await probing.compare(names.ENTER, any_of=True)
    await probing.note_new()
    return await session.identify()


async def look_at_question(probing: Probing, session: Session) -> JsonObject:
    probing.page = "security question"
    await probing.compare_words("words of the question", *names.QUESTIONS)
    await probing.compare(names.ANSWER)
    await probing.compare(names.GO_ON, any_of=True)
    return await session.answer_question()


async def look_at_services(probing: Probing) -> None:
    probing.page = "services"
    await probing.compare_words("word of welcome", names.WELCOME)
    await probing.compare(names.CONSULTATION)


async def look_at_form(probing: Probing, session: Session) -> None:
    """Its two fields are found by their labels."""
    try:
        await session.open_form()
    except Outage:
        if session.screen.trouble:
            raise
    await probing.compare_words("label of the name's field", names.ORGANISATION_LABEL)
    await probing.compare_words("label of the reference's field", names.REFERENCE_LABEL)
    await probing.compare(names.SEARCH, any_of=True)
    await probing.note_new()
