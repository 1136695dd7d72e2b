"""A search in the register of companies: from what was asked for to every company that answers to it."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urljoin

from poolmgr.config.settings import ReqSettings
from poolmgr.domain.errors import SiteChanged, SiteDown
from poolmgr.domain.json import Json
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.req import names
from poolmgr.registries.req.answers import (
    NEXT_PAGE,
    ROW,
    Answer,
    meaning,
    page_of_company,
    shown_by,
    wait_for_answer,
)
from poolmgr.registries.req.parsing import Company, parse

NUMBER = re.compile(r"[0-9][0-9 ]{8,20}[0-9]")
NEQ = re.compile(r"\b(?:11|22|33|88)(?:[ ]?[0-9]){8}\b")
"""Legal persons, sole proprietors, partnerships, public authorities."""

MOST_MISSED = 3
"""Results in a row that do not open: then it is the site that fails, not a result."""


def asked(query: str) -> str:
    """What is typed: a company's number without its spaces, a name with single ones."""
    words = " ".join(query.split())
    digits = words.replace(" ", "")
    return digits if NUMBER.fullmatch(words) and len(digits) == 10 else words


@dataclass
class Findings:
    """shown: so many results the site lists; companies: those that were opened, in its order."""

    shown: int = 0
    companies: list[Company] = field(default_factory=list)
    trail: list[Json] = field(default_factory=list)


class Waits(Protocol):
    """What every search waits for before it begins."""

    async def wait(self) -> None: ...


class Pace:
    """Begins no search sooner than `seconds` after the one before."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.next_at = 0.0

    async def wait(self) -> None:
        now = time.monotonic()
        begin = max(now, self.next_at)
        self.next_at = begin + self.seconds
        await asyncio.sleep(begin - now)


class Searching:
    """One search with a page of its own. `findings` grow while it runs, and count however it ends.

    at: the page of results that is shown, 0 when none is. missed: results in a row that did not open.
    """

    def __init__(self, screen: Screen, query: str, req: ReqSettings, pace: Waits) -> None:
        self.screen = screen
        self.query = asked(query)
        self.req = req
        self.pace = pace
        self.findings = Findings()
        self.seen: set[str] = set()
        self.at = 0
        self.missed = 0

    async def run(self) -> Findings:
        """Raises TurnedAway, SiteDown, SiteChanged, BrowserLost."""
        answer = await self.ask()
        if answer.kind == "company":
            self.findings.shown = 1
            self.keep(await self.read_company())
        elif answer.kind == "nothing":
            self.findings.trail.append({"said": answer.said})
        else:
            await self.open_all(answer)
        return self.findings

    async def open_all(self, answer: Answer) -> None:
        """Every result in its turn, page after page. Raises the last error when none could be opened."""
        number = 1
        while True:
            self.findings.shown += len(answer.rows)
            for place, row in enumerate(answer.rows):
                if not await self.take(number, place, row):
                    return
            if not answer.more:
                return
            number += 1
            answer = await self.list_of(number)

    async def take(self, number: int, place: int, row: str) -> bool:
        """One result; False = enough. A company that the list has under several names is opened once."""
        if len(self.findings.companies) >= self.req.max_results:
            self.note(number, place, "not opened", f"req.max_results = {self.req.max_results}")
            return False
        if (neq := neq_in(row)) and neq in self.seen:
            self.note(number, place, "same company", neq)
            return True
        try:
            self.keep(await self.tried(number, place, row))
        except (SiteDown, SiteChanged) as error:
            self.miss(number, place, error)
        return True

    def keep(self, company: Company) -> None:
        self.missed = 0
        if company.neq in self.seen:
            self.findings.trail.append({"same company": company.neq})
            return
        if company.neq:
            self.seen.add(company.neq)
        self.findings.companies.append(company)

    def miss(self, number: int, place: int, error: SiteDown | SiteChanged) -> None:
        """Raises the error when the site fails rather than this result: none was opened yet, or for long."""
        self.missed += 1
        if not self.findings.companies or self.missed >= MOST_MISSED:
            raise error
        self.note(number, place, "left out", error.sentence)

    def note(self, number: int, place: int, what: str, why: str) -> None:
        self.findings.trail.append({"page": number, "result": place + 1, what: why})

    async def tried(self, number: int, place: int, row: str) -> Company:
        """As often as the settings say; raises the last error."""
        for left in reversed(range(self.req.result_tries)):
            try:
                return await self.open_result(number, place, row)
            except (SiteDown, SiteChanged):
                self.at = 0
                if not left:
                    raise
        raise AssertionError

    async def open_result(self, number: int, place: int, row: str) -> Company:
        if self.at != number:
            answer = await self.list_of(number)
            if place >= len(answer.rows) or answer.rows[place] != row:
                raise SiteChanged(
                    f"Asked again, the site lists something else as result {place + 1} of page {number}."
                )
        self.at = 0
        button = self.screen.page.locator(f'[{ROW}="{place}"]').first

        async def press() -> None:
            await self.screen.press(button, names.CONSULT.what)

        answer = await self.answer_to(press, f"Opening result {place + 1}")
        if answer.kind != "company":
            raise self.screen.lacks(names.COMPANY)
        return await self.read_company()

    async def list_of(self, number: int) -> Answer:
        """The list asked for anew, and turned to that page: the site keeps no place in it."""
        answer = await self.ask()
        for turned in range(1, number):
            if answer.kind != "results" or not answer.more:
                raise SiteChanged(f"Asked again, the site lists {turned} pages of results, not {number}.")
            answer = await self.answer_to(self.turn, f"Turning to page {turned + 1}")
        if answer.kind != "results":
            raise self.screen.lacks(names.CONSULT)
        self.at = number
        return answer

    async def turn(self) -> None:
        await self.screen.press(self.screen.page.locator(f"[{NEXT_PAGE}]").first, names.NEXT.what)

    async def ask(self) -> Answer:
        """The search, from its empty page on."""
        self.at = 0
        await self.pace.wait()
        async with self.explained():
            await self.fill()
        answer = await self.answer_to(self.submit, "Searching")
        self.at = 1 if answer.kind == "results" else 0
        return answer

    async def fill(self) -> None:
        screen = self.screen
        await screen.open(urljoin(self.req.url, names.SEARCH_PAGE), "Opening the search page")
        await screen.need_all((names.QUERY, names.TERMS))
        await self.uncover()
        await screen.fill(names.QUERY, self.query)
        await screen.tick(names.TERMS)

    async def uncover(self) -> None:
        """A dialog may cover the form."""
        if button := await self.screen.saying(names.COVER):
            await self.screen.press(button, names.COVER.what)

    async def submit(self) -> None:
        screen = self.screen
        button = await screen.saying(names.SEARCH) or await screen.saying(names.SEARCH_ELSEWHERE)
        if button is None:
            raise self.screen.lacks(names.SEARCH)
        await self.screen.press(button, names.SEARCH.what)

    async def answer_to(self, press: Callable[[], Awaitable[None]], what: str) -> Answer:
        async with self.explained():
            before = await shown_by(self.screen)
            await self.screen.leave()
            await press()
            return await wait_for_answer(self.screen, before, what)

    async def read_company(self) -> Company:
        async with self.explained():
            return parse(await page_of_company(self.screen))

    @asynccontextmanager
    async def explained(self) -> AsyncIterator[None]:
        """An error says what the page shows instead, and a ban is told from a failure."""
        try:
            yield
        except (SiteDown, SiteChanged) as error:
            raise await meaning(self.screen, error) from None


def neq_in(row: str) -> str:
    """The one company's number that stands there; empty for none, and for several."""
    found = {"".join(one.split()) for one in NEQ.findall(row)}
    return found.pop() if len(found) == 1 else ""
