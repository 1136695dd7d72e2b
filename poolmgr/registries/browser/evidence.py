"""A session's pages as they are, for people who want to know why a job failed: without what is secret there.

What the site itself was told (name, password, answer) is taken out of the page before its picture is drawn;
only what was cleaned in this way is kept at all. Secrets that the site does not know never go near a page:
its scripts could read them there.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from playwright.async_api import BrowserContext, Error, Frame, Page

from poolmgr.domain.json import Json
from poolmgr.registries.browser.screen import path_of
from poolmgr.telemetry.secrets import REDACTED, Redactor, cut

MOST_PAGES = 3
HTML_CHARACTERS = 1_000_000
"""Of one page with its frames; a longer one keeps its head and its tail."""

FRAME_SECONDS, PICTURE_SECONDS = 1.0, 2.0
"""A page that hangs is not waited for."""

OPAQUE = r"sess|token|jeton|csrf|xsrf|viewstate|verification|nonce|ticket|\bsid\b"
"""Names of fields, parameters and values by which a site knows a session."""

PARAMETER = re.compile(
    rf"((?:[?&;]|&amp;)[\w.-]*(?:{OPAQUE})[\w.-]*=)[^&\"'<>\s#]+"
    rf"|(\"[\w.-]*(?:{OPAQUE})[\w.-]*\"\s*:\s*\")[^\"]*",
    re.IGNORECASE,
)
HIDE = """({secrets, opaque, hidden}) => {
  const escaped = secrets.filter((one) => one).map((one) => one.replace(/[.*+?^${}()|[\\]\\\\]/g, "\\\\$&"));
  const secret = escaped.length ? new RegExp(escaped.join("|"), "gi") : null;
  const cleaned = (text) => secret ? text.replace(secret, hidden) : text;
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.data;
    if (cleaned(text) !== text) texts.currentNode.data = cleaned(text);
  }
  const known = new RegExp(opaque, "i");
  for (const one of document.querySelectorAll("*")) {
    for (const attribute of one.attributes)
      if (cleaned(attribute.value) !== attribute.value) attribute.value = cleaned(attribute.value);
    const isOpaque = known.test(`${one.name || one.getAttribute("name") || ""} ${one.id}`);
    if (one.tagName === "META" && isOpaque) one.content = hidden;
    if (!["INPUT", "TEXTAREA"].includes(one.tagName)) continue;
    if (one.type === "password" || (one.type === "hidden" && isOpaque)) {
      one.value = hidden;
      if (one.hasAttribute("value")) one.setAttribute("value", hidden);
    } else if (cleaned(one.value) !== one.value) one.value = cleaned(one.value);
  }
  return document.documentElement.outerHTML;
}"""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One page. address: without its query; picture: PNG, empty when it could not be taken; html: of its
    frames, one after the other."""

    address: str
    picture: bytes
    html: str


async def collect(context: BrowserContext, told: Sequence[str], into: list[Sheet]) -> None:
    """The newest pages first. told: the secrets that the site knows. Bounded by whoever calls it."""
    cookies = [one.get("value", "") for one in await context.cookies()]
    redactor = Redactor(
        [*told, *(escape(one, quote=quote) for one in told for quote in (True, False)), *cookies]
    )
    for page in reversed(context.pages[-MOST_PAGES:]):
        into += [await sheet(page, told, redactor)]


async def sheet(page: Page, told: Sequence[str], redactor: Redactor) -> Sheet:
    """Without a picture where a frame could not be cleaned."""
    sources = {path_of(frame.url): await source_of(frame, told) for frame in page.frames}
    parts = [
        f"<!-- {address} -->\n{source or '<!-- it did not answer -->'}" for address, source in sources.items()
    ]
    return Sheet(
        address=path_of(page.url),
        picture=await picture_of(page) if all(sources.values()) else b"",
        html=cut(cleaned("\n".join(parts), redactor), HTML_CHARACTERS),
    )


async def source_of(frame: Frame, told: Sequence[str]) -> str:
    """Its HTML, cleaned in the page itself; empty when it does not answer."""
    wanted: Json = {"secrets": [*told], "opaque": OPAQUE, "hidden": REDACTED}
    try:
        async with asyncio.timeout(FRAME_SECONDS):
            return str(await frame.evaluate(HIDE, wanted))
    except (Error, TimeoutError):
        return ""


async def picture_of(page: Page) -> bytes:
    """PNG; empty when it cannot be drawn."""
    try:
        return await page.screenshot(type="png", animations="disabled", timeout=PICTURE_SECONDS * 1000)
    except Error:
        return b""


def cleaned(source: str, redactor: Redactor) -> str:
    return PARAMETER.sub(lambda found: f"{found[1] or found[2]}{REDACTED}", redactor.redact(source))
