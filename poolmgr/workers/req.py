"""The work of a registre child: a session's query -> every company of the REQ that answers to it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from playwright.async_api import BrowserContext

from poolmgr.config.settings import Settings
from poolmgr.domain.errors import (
    BrowserLost,
    NotAvailable,
    OrderError,
    PoolError,
    SiteChanged,
    SiteDown,
    TurnedAway,
)
from poolmgr.domain.jobs import Claim
from poolmgr.domain.json import Json, JsonObject, text
from poolmgr.domain.outcomes import Done, GiveUp, Outcome, Released
from poolmgr.domain.ports import Documents
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.req import names
from poolmgr.registries.req.searching import Findings, Pace, Searching
from poolmgr.workers.banned import Banned
from poolmgr.workers.gate import Gate
from poolmgr.workers.readiness import FIRST_PAUSE_SECONDS
from poolmgr.workers.trouble import Backoff
from poolmgr.workers.verdicts import verdict
from poolmgr.workers.visits import TooMany, Visit, Visits

LONGEST_QUERY = 500
MOST_NOTES = 20


class ReqWork:
    """Searches cost nothing and need no account. What an earlier try wrote is replaced by the result.

    visiting: a session of the browser of its own. doubt_browser: hears why it may have to be proven again.
    """

    def __init__(
        self,
        visiting: Callable[[], AbstractAsyncContextManager[BrowserContext]],
        *,
        settings: Settings,
        banned: Banned,
        gate: Gate,
        visits: Visits,
        doubt_browser: Callable[[str], None],
    ) -> None:
        self.visiting = visiting
        self.req = settings.req
        self.step_seconds = settings.registre.step_seconds
        self.banned = banned
        self.gate = gate
        self.visits = visits
        self.wait_seconds = settings.registre.account_wait_seconds
        self.doubt_browser = doubt_browser
        self.pace = Pace(settings.req.pause_seconds)
        self.backoff = Backoff(FIRST_PAUSE_SECONDS, settings.registre.site_pause_seconds)

    async def __call__(self, claim: Claim, _documents: Documents) -> Outcome:
        if left_alone := self.banned.standing():
            return left_alone
        try:
            query = query_of(claim)
            return outcome_of(query, await self.search(query))
        except PoolError as error:
            return self.judge(error)

    async def search(self, query: str) -> Findings:
        """With what was found by then when the time is over. Raises TimeoutError when that is nothing."""
        async with self.visits.entered("req", self.req.limits) as visit, self.visiting() as context:
            screen = await Screen.opened(context, self.step_seconds, names.WHERE)
            searching = Searching(screen, query, self.req, Turn(self.pace, visit))
            try:
                async with asyncio.timeout(self.req.job_seconds):
                    findings = await searching.run()
            except TimeoutError:
                findings = searching.findings
                if not findings.companies:
                    raise
                findings.trail.append({"stopped": f"req.job_seconds = {self.req.job_seconds:g}"})
        self.backoff.reset()
        self.banned.served()
        return findings

    def judge(self, error: PoolError) -> Outcome:
        """What an error means for the job, and for the jobs after it."""
        match error:
            case TooMany():
                self.gate.rest_kind("req", self.wait_seconds)
                return Released(error=error.sentence, after_seconds=self.wait_seconds)
            case TurnedAway():
                return self.banned.turned_away(error.sentence)
            case BrowserLost() | NotAvailable():
                self.doubt_browser(str(error))
            case SiteDown() | SiteChanged():
                self.gate.rest_kind("req", self.backoff.pause())
        return verdict(error)


class Turn:
    """Of one job: this child's own pause, then the turn among all machines."""

    def __init__(self, pace: Pace, visit: Visit) -> None:
        self.pace = pace
        self.visit = visit

    async def wait(self) -> None:
        """Raises TooMany."""
        await self.pace.wait()
        await self.visit.turn()


def query_of(claim: Claim) -> str:
    """Raises OrderError."""
    query = " ".join(text(claim.job, "initial_search_query").split())
    if not query:
        raise OrderError("The session has nothing to search for.", advice="Fill initial_search_query.")
    if len(query) > LONGEST_QUERY:
        raise OrderError(f"The session's query is longer than {LONGEST_QUERY} characters.")
    return query


def outcome_of(query: str, findings: Findings) -> Outcome:
    notes = shortened(findings.trail)
    if not findings.companies:
        return GiveUp(error=not_found(query), trail=notes)
    companies: list[Json] = [
        {"neq": company.neq or None, "cleaned_data": company.cleaned_data} for company in findings.companies
    ]
    result: JsonObject = {"results_count": findings.shown, "companies": companies}
    return Done(result=result, trail=notes)


def not_found(query: str) -> str:
    """As the product shows it to its users."""
    return f"Aucune entreprise trouvée au Registre des entreprises pour « {query} »."


def shortened(trail: list[Json]) -> list[Json]:
    more = len(trail) - MOST_NOTES
    return trail if more <= 0 else [*trail[:MOST_NOTES], {"more notes": more}]
