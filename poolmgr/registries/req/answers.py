"""What a page of the register of companies shows: a company, a list of them, none, or a ban."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Error

from poolmgr.domain.errors import Outage, SiteChanged, SiteDown, TurnedAway
from poolmgr.domain.json import Json, JsonObject, strings, text
from poolmgr.registries.browser.screen import ERROR_STATUS, MARK, Screen
from poolmgr.registries.req import names
from poolmgr.registries.req.scripts import IS_ANOTHER, LOOK, PAGE_OF_COMPANY
from poolmgr.registries.words import plain

Kind = Literal["company", "results", "nothing"]
ROW = "data-pool-row"
"""Put on the buttons « Consulter » with their place in the list, from 0."""

NEXT_PAGE = "data-pool-next"
SHOWN_CHARACTERS = 200
SOON_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """rows: what stands beside each « Consulter »; more: another page of them follows; said: of nothing."""

    kind: Kind
    rows: tuple[str, ...] = ()
    more: bool = False
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Before:
    """What a page showed before it was left: its state, to be told from the next, and its notices."""

    state: str = ""
    notes: tuple[str, ...] = ()


def what_to_look_for(before: Before | None) -> dict[str, Json]:
    return {
        "mark": MARK,
        "before": before.state if before else None,
        "notes": [*before.notes] if before else [],
        "company": names.COMPANY.selector,
        "consult": names.CONSULT.selector,
        "elsewhere": [*names.CONSULT_ELSEWHERE],
        "label": names.CONSULT.label,
        "next": names.NEXT.selector,
        "nextLabel": names.NEXT.label,
        "notices": names.NOTICES,
        "pair": names.PAIR,
        "nothing": [*names.NOTHING_FOUND],
        "bans": [*names.BAN_MARKS],
        "row": ROW,
        "onward": NEXT_PAGE,
    }


async def shown_by(screen: Screen) -> Before:
    found = await screen.read(LOOK, what_to_look_for(None))
    if not isinstance(found, dict):
        return Before()
    return Before(state=text(found, "state"), notes=tuple(strings(found, "notes")))


async def wait_for_answer(screen: Screen, before: Before, what: str) -> Answer:
    """Of the page as it is after the one that showed `before`. Raises SiteDown, SiteChanged, BrowserLost."""
    try:
        found = await screen.until(LOOK, what_to_look_for(before), what)
    except SiteDown:
        if screen.trouble or not await asked_soon(screen, IS_ANOTHER, MARK):
            raise
        raise SiteChanged(
            f"{what}: the page that came has no list of results, no company and no notice known here.",
            advice=f"If the site has changed, {names.WHERE} is the one file to change.",
        ) from None
    if text(found, "kind") == "ban":
        raise SiteDown(f"{what}: another page came.")
    return answer_of(found)


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
    if any(one in words for one in names.BANS) or await screen.holds(names.BAN_MARKS):
        return TurnedAway(f"The site turns this machine away. {shown}")
    if screen.status in names.BAN_STATUSES:
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
