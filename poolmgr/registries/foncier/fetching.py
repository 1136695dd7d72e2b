"""A land document from its order to its bytes."""

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from playwright.async_api import Frame

from poolmgr.domain.errors import SiteChanged, SiteDown, Unreadable, WrongDocument
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.orders import LandOrder
from poolmgr.registries.browser.covers import uncover
from poolmgr.registries.browser.downloads import Limits
from poolmgr.registries.browser.downloads import fetch as fetch_file
from poolmgr.registries.files import file_of, is_named, text_of
from poolmgr.registries.foncier import names
from poolmgr.registries.foncier.asking import Payer
from poolmgr.registries.foncier.attempts import Attempts, described
from poolmgr.registries.foncier.refusals import explained
from poolmgr.registries.foncier.session import Session

P = ParamSpec("P")
Result = TypeVar("Result")
LOOKING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="files")
"""A long scan takes seconds to look at and to convert: beside the loop, or the parent takes a child that
has just paid for a stuck one. PyMuPDF takes no two threads."""

# A frame is blank until its page begins to come.
ALL_FRAMES_SHOWN = """() => {
  const shown = (view) => {
    let source = "", blank = false;
    try {
      if (view.document.readyState === "loading") return false;
      source = view.frameElement ? view.frameElement.src : "";
      blank = view.location.href === "about:blank";
    } catch (strange) { return true; }
    if (blank && source && !source.startsWith("about:")) return false;
    for (let i = 0; i < view.frames.length; i++) if (!shown(view.frames[i])) return false;
    return true;
  };
  return shown(window) ? {} : null;
}"""


@dataclass(frozen=True, kw_only=True)
class Document:
    """What was bought. asked: under which names of the site's; pdf: as storage takes it; original: what came,
    when that was no PDF; html: the page of an index, when it held the table of eight columns."""

    asked: LandOrder
    pdf: bytes
    pages: int
    original: tuple[str, bytes] | None = None
    html: bytes | None = None
    trail: list[Json] = field(default_factory=list)


async def fetch(session: Session, order: LandOrder, payer: Payer, folder: Path) -> Document:
    """Asks until the site has it, and pays once; saves as often as it takes.

    Before the paid click raises OrderError, SiteDown, SiteChanged, SessionEnded, TurnedAway, BrowserLost;
    after it NotSold, Unreadable, or one of those when the site's answer is none that is known.
    """
    attempts = Attempts(session, order, payer)
    async with explained(session.screen):
        asked = await attempts.until_found()
    html = await page_of_index(session) if order.source == "index" else None
    return await saved(session, folder, asked, html, attempts.trail)


async def saved(
    session: Session, folder: Path, asked: LandOrder, html: bytes | None, trail: list[Json]
) -> Document:
    """The file, whole. A broken one is fetched again by the same link, which costs nothing.

    Raises Unreadable; WrongDocument, which no other try would change.
    """
    tries = session.registre.save_tries
    why, data = "", b""
    for number in range(1, tries + 1):
        try:
            came = await save(session, folder)
            document = await beside(document_of, came, asked, html, session.registre.max_file_bytes)
            wrong = await beside(misses_number, document)
            break
        except (Unreadable, SiteDown) as error:
            why = error.sentence
            data = error.data if isinstance(error, Unreadable) else data
            trail.append({"save": number, "error": why})
    else:
        raise Unreadable(f"unreadable after {tries} tries: {why}", data=data)
    if wrong and session.foncier.hold_unnamed:
        raise WrongDocument(wrong, data=document.pdf)
    return replace(document, trail=[*trail, {"unnamed": wrong}] if wrong else trail)


async def beside(look: Callable[P, Result], *arguments: P.args, **named: P.kwargs) -> Result:
    return await asyncio.get_running_loop().run_in_executor(LOOKING, partial(look, *arguments, **named))


def document_of(data: bytes, asked: LandOrder, html: bytes | None, most_bytes: int) -> Document:
    """Raises Unreadable."""
    file = file_of(data, most_bytes)
    return Document(asked=asked, pdf=file.pdf, pages=file.pages, original=file.original, html=html)


def misses_number(document: Document) -> str:
    """Why it may be of something else than was asked for; empty when it names that, or is a scan."""
    said = text_of(document.pdf)
    if not said or is_named(document.asked.number, said):
        return ""
    return f"Its text of {len(said)} characters does not name {document.asked.number}: it may be another's."


async def save(session: Session, folder: Path) -> bytes:
    registre = session.registre
    frame = await frame_with_link(session)
    link = frame.locator(names.SAVE.selector).first
    await session.screen.check_label(link, names.SAVE)
    await uncover(session.screen, link, names.COVER)

    async def press() -> None:
        await session.screen.press(link, names.SAVE.what)

    limits = Limits(
        begin_seconds=registre.step_seconds,
        whole_seconds=registre.answer_seconds,
        largest_bytes=session.registre.max_file_bytes,
    )
    return await fetch_file(session.screen.page.context, press, folder, limits)


async def frame_with_link(session: Session) -> Frame:
    """The menu frame holds it, or the page itself. Raises SiteChanged."""
    page = session.screen.page
    frames = [one for one in (page.frame(name=names.MENU_FRAME), *page.frames) if one is not None]
    for frame in frames:
        if await session.screen.read(f"() => !!document.querySelector({names.SAVE.selector!r})", None, frame):
            return frame
    raise session.screen.lacks(names.SAVE)


async def page_of_index(session: Session) -> bytes | None:
    """The index as the site shows it, when it shows the table: best of all to read. None = only its file."""
    screen = session.screen
    with suppress(SiteDown):  # its file is what was paid, and may come all the same
        await screen.until(ALL_FRAMES_SHOWN, None, "Showing the index")
    for frame in reversed(screen.page.frames):
        try:
            shown = await screen.read("() => document.documentElement.outerHTML", None, frame)
        except (SiteDown, SiteChanged):
            continue
        html = str(shown)
        if all(column.replace("'", "") in plain(html) for column in map(plain, names.INDEX_COLUMNS)):
            return html.encode("utf-8")
    return None


def plain(text: str) -> str:
    """Without apostrophes, typographic or not, and spaces in one form."""
    return " ".join(text.replace("’", "").replace("'", "").replace("&nbsp;", " ").split())


def facts(document: Document) -> JsonObject:
    """What the purchase is marked with beside its checksum; that of the original outlives the original."""
    said: JsonObject = {
        "pages": document.pages,
        "converted": document.original is not None,
        "found_as": described(document.asked),
        "trail": document.trail,
    }
    if document.original:
        said["original_sha256"] = hashlib.sha256(document.original[1]).hexdigest()
    return said
