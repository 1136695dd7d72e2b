"""A search from its name to the bytes of its extract."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from poolmgr.domain.errors import Outage, SessionEnded, SiteChanged, SiteDown, Unreadable
from poolmgr.domain.json import Json, JsonObject
from poolmgr.registries.browser.downloads import Limits
from poolmgr.registries.browser.steps import step
from poolmgr.registries.rdprm import names
from poolmgr.registries.rdprm.asking import Asking, Pay
from poolmgr.registries.rdprm.printing import Printing
from poolmgr.registries.rdprm.session import Session
from poolmgr.registries.rdprm.viewing import Viewing

SAID_CHARACTERS = 500


@dataclass(frozen=True, kw_only=True)
class Extract:
    """What was bought. pdf: of what was found; without result the page that says so, empty when even that
    could not be printed. certified: until when the register was up to date, as the site writes it; cents:
    what the site asked, 0 when it did not."""

    pdf: bytes
    pages: int
    found: bool
    name: str
    cents: int
    certified: str = ""
    said: str = ""
    trail: list[Json] = field(default_factory=list)
    original: None = None
    html: None = None


async def fetch(session: Session, name: str, reference: str, pay: Pay, folder: Path) -> Extract:
    """Asks once, saves as often as it takes. reference: comes back on the site's own bill.

    Before the paid click raises SiteDown, SiteChanged, SessionEnded, TurnedAway, BrowserLost; after it
    Unreadable, or one of those when the site's answer is none that is known.
    """
    asking = Asking(session, name, reference)
    try:
        offered = await asking.offered(await session.open_form())
    except SessionEnded:
        await session.log_in()
        asking = Asking(session, name, reference)
        offered = await asking.offered(await session.open_form())
    found = await asking.ask(offered, pay)
    said = await session.screen.all_text()
    certified = re.search(names.CERTIFIED, said, re.IGNORECASE)
    pdf, pages = (
        await saved(session, folder, asking.trail) if found else (await printed(session, asking.trail), 0)
    )
    return Extract(
        pdf=pdf,
        pages=pages,
        found=found,
        name=name,
        cents=asking.cents,
        certified=certified[1] if certified else "",
        said="" if found else said[:SAID_CHARACTERS],
        trail=asking.trail,
    )


async def saved(session: Session, folder: Path, trail: list[Json]) -> tuple[bytes, int]:
    """The file, whole, and its pages. A broken one is printed again from the same result: that costs nothing.

    Raises Unreadable, BrowserLost.
    """
    registre = session.registre
    limits = Limits(
        begin_seconds=registre.step_seconds,
        whole_seconds=registre.answer_seconds,
        largest_bytes=registre.max_file_bytes,
    )
    printing = Printing(session)
    why, data = "", b""
    for number in range(1, registre.save_tries + 1):
        viewing = Viewing(session.screen.page.context, folder, limits, trail)
        try:
            screen = await printing.prepared()
            return await viewing.file(partial(printing.press, screen, "download"))
        except (Unreadable, SiteDown, SiteChanged) as error:
            session.worn = True
            why, data = error.sentence, viewing.last or data
            trail.append({"save": number, "error": why})
        finally:
            with suppress(Outage):
                await printing.close_windows()
    raise Unreadable(f"unreadable after {registre.save_tries} tries: {why}", data=data)


async def printed(session: Session, trail: list[Json]) -> bytes:
    """The page that says that nothing was found, which is what was paid for; empty when it does not print."""
    try:
        async with step("Printing the page", session.registre.step_seconds):
            return await session.screen.page.pdf(format="Letter")
    except Outage as error:
        trail.append({"printed": "not", "error": error.sentence})
        return b""


def facts(extract: Extract) -> JsonObject:
    """What the purchase is marked with beside its checksum."""
    said: JsonObject = {
        "found": extract.found,
        "name": extract.name,
        "asked_cents": extract.cents,
        "certified": extract.certified,
        "pages": extract.pages,
        "trail": extract.trail,
    }
    return said if extract.found else said | {"said": extract.said}
