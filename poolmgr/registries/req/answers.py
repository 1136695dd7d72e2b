"""What a page of the register of companies shows: a company, a list of them, none, or a refusal."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Error

from poolmgr.domain.errors import Outage, SiteChanged, SiteDown, TurnedAway
from poolmgr.domain.json import Json, JsonObject, strings, text
from poolmgr.registries.browser.screen import ERROR_STATUS, MARK, Screen
from poolmgr.registries.req import names
from poolmgr.registries.words import plain

Kind = Literal["company", "results", "nothing"]
ROW = "data-pool-row"
"""Put on the buttons « Consulter » with their place in the list, from 0."""

NEXT_PAGE = "data-pool-next"
SHOWN_CHARACTERS = 200
SOON_SECONDS = 2.0

# A list counts when it has as many rows as at the look before: scripts may still be writing it. What was
# there before the last press counts only on a page that came since.
LOOK = """(known) => {
  const {mark, before, company, consult, elsewhere, label, next, nextLabel, notices, nothing, pair, row, onward}
    = known;
  const page = document.documentElement;
  if (!page || document.readyState === "loading") return null;
  const plain = (text) => text.normalize("NFD").replace(/[\\u0300-\\u036f]/g, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, " ").trim();
  const said = (one) => plain(one.value || one.innerText || "");
  const shown = (one) => one.getClientRects().length > 0 && !one.disabled
    && !one.closest(".disabled, [aria-disabled=true]");
  const wanted = plain(label);
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  let found = all(consult).filter((one) => said(one).split(" ").includes(wanted));
  for (const selector of elsewhere) {
    if (!found.length) found = all(selector).filter((one) => said(one) === wanted);
  }
  const rows = found.map((one) =>
    ((one.closest("tr, li") || one.parentElement).innerText || "").replace(/\\s+/g, " ").trim());
  const told = all(notices).map((one) => one.innerText.replace(/\\s+/g, " ").trim()).filter((one) => one);
  const none = !document.querySelector(pair) && told.find((one) => nothing.some((words) => plain(one).includes(words)));
  const kind = document.querySelector(company) ? "company" : rows.length ? "results" : none ? "nothing" : "";
  const state = JSON.stringify([kind, kind === "results" ? rows : [], kind === "nothing" ? none : ""]);
  if (page.hasAttribute(mark) && state === before) return null;
  const settled = page.dataset.poolRows === String(rows.length);
  page.dataset.poolRows = String(rows.length);
  if (!kind || (kind === "results" && !settled)) return before === null ? {kind: "", state} : null;
  found.forEach((one, place) => one.setAttribute(row, String(place)));
  document.querySelectorAll(`[${onward}]`).forEach((one) => one.removeAttribute(onward));
  const way = all(next).find((one) => nextLabel.split("|").some((words) => said(one) === plain(words)));
  if (way) way.setAttribute(onward, "1");
  return {kind, rows, more: !!way, said: none || "", state};
}"""
PAGE_OF_COMPANY = """({contents, company}) => {
  const page = document.querySelector(company);
  for (const selector of contents) {
    const box = document.querySelector(selector);
    if (box && box.contains(page)) return box.innerHTML;
  }
  return page ? page.outerHTML : "";
}"""
IS_ANOTHER = """(mark) => document.readyState !== "loading" && !document.documentElement.hasAttribute(mark)"""
HOLDS = """(words) => words.some((one) => document.documentElement.outerHTML.includes(one))"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """rows: what stands beside each « Consulter »; more: another page of them follows; said: of nothing."""

    kind: Kind
    rows: tuple[str, ...] = ()
    more: bool = False
    said: str = ""


def what_to_look_for(before: str | None) -> dict[str, Json]:
    return {
        "mark": MARK,
        "before": before,
        "company": names.COMPANY.selector,
        "consult": names.CONSULT.selector,
        "elsewhere": [*names.CONSULT_ELSEWHERE],
        "label": names.CONSULT.label,
        "next": names.NEXT.selector,
        "nextLabel": names.NEXT.label,
        "notices": names.NOTICES,
        "pair": names.PAIR,
        "nothing": [*names.NOTHING_FOUND],
        "row": ROW,
        "onward": NEXT_PAGE,
    }


async def state_of(screen: Screen) -> str:
    """What the page shows now, to be told apart from what comes next."""
    found = await screen.read(LOOK, what_to_look_for(None))
    return text(found, "state") if isinstance(found, dict) else ""


async def wait_for_answer(screen: Screen, before: str, what: str) -> Answer:
    """Of the page as it is after the one that showed `before`. Raises SiteDown, SiteChanged, BrowserLost."""
    try:
        return answer_of(await screen.until(LOOK, what_to_look_for(before), what))
    except SiteDown:
        if screen.trouble or not await asked_soon(screen, IS_ANOTHER, MARK):
            raise
    raise SiteChanged(
        f"{what}: the page that came has no list of results, no company and no notice that is known here.",
        advice=f"If the site has changed, {names.WHERE} is the one file to change.",
    )


def answer_of(found: JsonObject) -> Answer:
    kinds: dict[str, Kind] = {"company": "company", "results": "results"}
    return Answer(
        kind=kinds.get(text(found, "kind"), "nothing"),
        rows=tuple(strings(found, "rows")),
        more=found.get("more") is True,
        said=text(found, "said"),
    )


async def page_of_company(screen: Screen) -> str:
    """Its HTML, with the box that it stands in."""
    wanted: Json = {"contents": [*names.CONTENTS], "company": names.COMPANY.selector}
    return str(await screen.read(PAGE_OF_COMPANY, wanted))


async def meaning(screen: Screen, error: SiteDown | SiteChanged) -> Outage:
    """What the page that came instead means: TurnedAway, SiteDown for a closed site, else the error itself
    with what the page shows."""
    evidence = await screen.evidence()
    said = " ".join(text(evidence, "text").split())
    shown = f"The page {text(evidence, 'page')} (status {screen.status}) shows « {said[:SHOWN_CHARACTERS]} »."
    words = plain(said)
    if any(one in words for one in names.REFUSALS) or await asked_soon(screen, HOLDS, [*names.REFUSAL_MARKS]):
        return TurnedAway(f"The site turns this machine away. {shown}")
    if screen.status in names.REFUSAL_STATUSES:
        return TurnedAway(f"The site refuses with status {screen.status}. {shown}")
    if any(one in words for one in names.CLOSED):
        return SiteDown(f"The site says that it is closed. {shown}")
    kind = SiteDown if screen.status >= ERROR_STATUS or screen.trouble else type(error)
    return kind(f"{error.sentence} {shown}", advice=error.advice)


async def asked_soon(screen: Screen, script: str, argument: Json) -> bool:
    """What the script says of the page; False when it cannot be asked soon."""
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(SOON_SECONDS):
            return bool(await screen.page.evaluate(script, argument))
    return False
