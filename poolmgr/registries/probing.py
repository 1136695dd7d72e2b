"""Comparing a registry's pages, as they are now, with what this program leans on there.

Nothing is filled in and nothing is pressed here: how a page is reached is the registry's own matter.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from playwright.async_api import Locator

from poolmgr.domain.errors import Outage, SiteChanged, TurnedAway
from poolmgr.domain.json import JsonObject, records, text
from poolmgr.domain.matching import Ambiguous, Found, match
from poolmgr.registries.browser.screen import LABEL, Screen, says
from poolmgr.registries.browser.steps import step
from poolmgr.registries.names import Name
from poolmgr.registries.words import plain

Verdict: TypeAlias = Literal["same", "changed", "new", "unseen", "unreached"]
"""same: as it is known. changed: not so any more. new: a field that nobody knew of. unseen: not to be seen
without paying, or not always there. unreached: the way to it failed."""

KNOWN = "data-pool-known"
"""Put on everything that was recognised: what bears it is no candidate for a new name."""

SHOWN_CANDIDATES = 3
SHOWN_CHARACTERS = 100
TWICE = 2

OPTIONS = "(select) => ({options: [...select.options].map((one) => ({text: one.text.trim()}))})"
# What could be pressed or filled and was not recognised. A field counts as new where the site may want it
# filled: it is shown, and stands in a form with something that is known.
STRANGERS = """(known) => {
  const says = (one) => ((one.tagName === "A" ? one.title : one.tagName === "INPUT" ? one.value : "")
    || one.innerText || "").replace(/\\s+/g, " ").trim();
  const shown = (one) => one.type !== "hidden" && one.getClientRects().length > 0;
  const pressed = ["submit", "button", "image", "reset"];
  return {strangers: [...document.querySelectorAll("input, select, textarea, button, a, area")]
    .filter((one) => !one.hasAttribute(known))
    .map((one) => ({
      kind: one.tagName.toLowerCase(), name: one.name || one.id || "",
      says: one.tagName === "SELECT" || one.tagName === "TEXTAREA" ? "" : says(one),
      isNew: ["INPUT", "SELECT", "TEXTAREA"].includes(one.tagName) && shown(one)
        && !pressed.includes(one.type) && !!one.form && !!one.form.querySelector(`[${known}]`)}))};
}"""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One thing of a page. expected: as the registry's names have it; found: what stands there instead, or
    why it was not looked at. origin and trust: of the name, where it says them."""

    page: str
    what: str
    verdict: Verdict
    expected: str = ""
    found: str = ""
    origin: str = ""
    trust: str = ""


class Probing:
    """`points`: what was looked at until now, in its order. page: the title of the one that is looked at."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.points: list[Point] = []
        self.page = ""

    @asynccontextmanager
    async def looking_at(self, page: str) -> AsyncIterator[None]:
        """That a page cannot be reached is a point, too, as is what stopped the look when nothing was found
        that says it better; the others are looked at all the same. Raises TurnedAway.
        """
        self.page = page
        try:
            yield
        except TurnedAway:
            raise
        except SiteChanged as error:
            if not any((one.page, one.verdict) == (self.page, "changed") for one in self.points):
                self.note("the page", "changed", found=error.sentence)
        except Outage as error:
            self.note("the page", "unreached", found=error.sentence)

    def note(
        self, what: str, verdict: Verdict, *, expected: str = "", found: str = "", name: Name | None = None
    ) -> None:
        self.points.append(
            Point(
                page=self.page,
                what=what,
                verdict=verdict,
                expected=expected,
                found=found,
                origin=name.origin if name else "",
                trust=name.trust if name else "",
            )
        )

    def unseen(self, page: str, names: Sequence[Name], why: str) -> None:
        self.page = page
        for name in names:
            self.note(name.what, "unseen", expected=expected_of(name), found=why, name=name)

    async def compare(self, *names: Name, any_of: bool = False, may_lack: bool = False) -> None:
        """Those of one page. any_of: where one has a label, any that its selector finds may say it, not the
        first alone. may_lack: a page without them is as good."""
        instead: dict[Name, list[str]] = {}
        for name in names:
            found = await self.all_of(name)
            for one in found:
                await self.recognise(one, name)
            said = [await self.label_of(one, name) for one in (found if any_of else found[:1])]
            if found and is_said(name, said):
                self.note(name.what, "same", expected=expected_of(name), name=name)
            else:
                instead[name] = said
        for name, said in instead.items():
            found_instead = (
                "not shown now" if may_lack else said_instead(name, said) or await self.nearest(name)
            )
            verdict: Verdict = "unseen" if may_lack else "changed"
            self.note(name.what, verdict, expected=expected_of(name), found=found_instead, name=name)

    async def label_of(self, one: Locator, name: Name) -> str:
        return text(await self.screen.element(one, LABEL, name.what), "label")

    async def compare_options(self, name: Name, wanted: Sequence[str], many: int = 0) -> None:
        """Of a list: each wanted one is meant by exactly one option, as an order's words are; no text stands
        there twice. many: so many different ones, where the list is known to be complete."""
        found = await self.all_of(name)
        if not found:
            return  # a point already, by its name
        shown = await self.screen.element(found[0], OPTIONS, name.what)
        options = [text(one, "text") for one in records(shown, "options")]
        for one in wanted:
            self.note(
                f"option of the {name.what}",
                "same" if isinstance(match(one, options), Found) else "changed",
                expected=one,
                found=other_options(one, options),
            )
        twice = [one for one in dict.fromkeys(options) if one and options.count(one) >= TWICE]
        if twice:
            self.note(f"options of the {name.what}", "changed", expected="each once", found="; ".join(twice))
        chosen = len({plain(one) for one in options if one} - {""})
        if many:
            # One of them may be the sentence that asks to choose.
            verdict: Verdict = "same" if chosen in (many, many + 1) else "changed"
            self.note(f"options of the {name.what}", verdict, expected=str(many), found=str(chosen))

    async def compare_words(self, what: str, *wanted: str) -> None:
        """That the page shows one of them."""
        said = str(await self.screen.read("() => document.body ? document.body.innerText : ''"))
        here = any(f" {plain(one)} " in f" {plain(said)} " for one in wanted)
        lines = [line for line in map(shortened, said.splitlines()) if line]
        self.note(
            what,
            "same" if here else "changed",
            expected=" or ".join(f"« {one} »" for one in wanted),
            found=""
            if here
            else "; ".join(f"« {one} »" for one in like(wanted[0], lines)) or "an empty page",
        )

    async def note_new(self) -> None:
        """Fields of a form that nobody knew of: one that has to be filled would spoil every order."""
        for one in await self.strangers():
            if one.get("isNew") is True:
                self.note("field", "new", found=called(one))

    async def all_of(self, name: Name) -> list[Locator]:
        async with step(f"Looking for the {name.what}", self.screen.seconds):
            return await self.screen.find(name).all()

    async def recognise(self, one: Locator, name: Name) -> None:
        """Of what only its label tells from all others, nothing but what says it is."""
        if is_said(name, [await self.label_of(one, name)]):
            await self.screen.element(one, f"(one) => {{ one.setAttribute('{KNOWN}', ''); }}", name.what)

    async def strangers(self) -> list[JsonObject]:
        found = await self.screen.read(STRANGERS, KNOWN)
        return records(found, "strangers") if isinstance(found, dict) else []

    async def nearest(self, name: Name) -> str:
        """What the page has that may be it under another name, the most alike first."""
        kinds = re.findall(r"\b(input|select|textarea|button|a|area)(?=[#\[.:,]|$)", name.selector)
        strangers = [one for one in await self.strangers() if not kinds or text(one, "kind") in kinds]
        wanted = name.label or " ".join(dict.fromkeys(re.findall(r'[#"]([\w-]+)', name.selector)))
        candidates = {called(one): None for one in strangers if text(one, "name") or text(one, "says")}
        return "not there; there is: " + "; ".join(like(wanted, [*candidates])) if candidates else "not there"


def is_said(name: Name, labels: Sequence[str]) -> bool:
    """Whether one of them is the name's; something without a label is known by its selector alone."""
    wanted = name.label.split("|") if name.label else []
    return not wanted or any(says(label, word) for label in labels for word in wanted)


def said_instead(name: Name, labels: Sequence[str]) -> str:
    """Empty when nothing is there that says anything."""
    return ", ".join(f"« {one} »" for one in like(name.label, [one for one in dict.fromkeys(labels) if one]))


def expected_of(name: Name) -> str:
    return f"« {name.label.replace('|', ' » or « ')} »" if name.label else name.selector


def other_options(wanted: str, options: Sequence[str]) -> str:
    """What a list has instead of an option; empty when it has exactly that one."""
    match match(wanted, options):
        case Found():
            return ""
        case Ambiguous(indices=indices):
            return "several: " + "; ".join(options[one] for one in indices)
        case _:
            return "not there; there is: " + "; ".join(like(wanted, [one for one in options if one]))


def like(wanted: str, candidates: Sequence[str]) -> list[str]:
    """At most three, the most alike first."""

    def alike(one: str) -> float:
        return SequenceMatcher(None, wanted.lower(), one.lower()).ratio()

    return [shortened(one) for one in sorted(candidates, key=alike, reverse=True)[:SHOWN_CANDIDATES]]


def called(stranger: JsonObject) -> str:
    """`select selCadst`, `input btnEnvoi « Envoyer »`."""
    said = f"« {shortened(text(stranger, 'says'))} »" if text(stranger, "says") else ""
    return " ".join(part for part in (text(stranger, "kind"), text(stranger, "name"), said) if part)


def shortened(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[: SHOWN_CHARACTERS - 1]}…"
