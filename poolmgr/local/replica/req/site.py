"""The site's state, and its pages: a search is kept by the server, and over when a company was looked at."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.server import ServerState

from poolmgr.local.replica.dressing import dressed
from poolmgr.local.replica.markup import redirect
from poolmgr.local.replica.passage import Abandoned
from poolmgr.local.replica.req import search_pages
from poolmgr.local.replica.req.companies import PAGE_SIZE, Company, Entry, Register
from poolmgr.local.replica.req.company_page import company_page
from poolmgr.local.replica.req.faults import ReqFaults, ReqPassage
from poolmgr.local.replica.req.markup import answer
from poolmgr.local.replica.req.vocabulary import COMPANY, CONSULT, RESULTS, SEARCH
from poolmgr.local.replica.sessions import Sessions
from poolmgr.local.replica.visit import Visit, parse

COOKIE = "ASP.NET_SessionId"
NUMBER_DIGITS = 10


@dataclass
class Search:
    """What one visitor asked for last: its list, and the company that he looks at."""

    entries: list[Entry] = field(default_factory=list)
    company: Company | None = None


Page: TypeAlias = Callable[["ReqSite", Visit, Search], Response]


class ReqSite:
    """asked: every search that was made, as it was typed. consulted: the numbers of the files looked at."""

    def __init__(self, server: ServerState) -> None:
        self.register = Register()
        self.page_size = PAGE_SIZE
        self.faults = ReqFaults()
        self.passage = ReqPassage(self.faults, Sessions(), server)
        self.searches: dict[str, Search] = {}
        self.asked: list[str] = []
        self.consulted: list[str] = []

    def reset(self) -> None:
        self.register.forget_added()
        self.page_size = PAGE_SIZE
        self.faults.clear()
        self.passage.release()
        self.passage.reached.clear()
        self.searches.clear()
        self.asked.clear()
        self.consulted.clear()

    def routes(self) -> list[Route]:
        return [
            self.route(SEARCH, "page", show_search, "GET"),
            self.route(SEARCH, "search", make_search, "POST"),
            self.route(RESULTS, "results", show_results, "GET"),
            self.route(CONSULT, "consult", consult, "POST"),
            self.route(COMPANY, "company", show_company, "GET"),
        ]

    def route(self, path: str, step: str, page: Page, method: str) -> Route:
        async def endpoint(request: Request) -> Response:
            visit = await self.visit(request)
            token = request.cookies.get(COOKIE) or uuid4().hex
            search = self.searches.setdefault(token, Search())
            try:
                response = await self.passage.through(step, visit, lambda: page(self, visit, search))
            except Abandoned:
                return Response(status_code=499)
            response.set_cookie(COOKIE, token, httponly=True)
            return dressed(response, self.faults)

        return Route(path, endpoint, methods=[method])

    async def visit(self, request: Request) -> Visit:
        return Visit(
            request=request,
            look=self.faults.look(blank=False),
            query=parse(request.url.query.encode(), "utf-8"),
            form=parse(await request.body(), "utf-8"),
            session=None,
        )

    def is_set(self, fault: str) -> bool:
        return bool(self.faults.standing(fault))


def show_search(site: ReqSite, visit: Visit, _search: Search) -> Response:
    return answer(search_pages.search_page(visit.look, covered=site.is_set("cover")))


def make_search(site: ReqSite, visit: Visit, search: Search) -> Response:
    query = visit.value("objetRecherche")
    if visit.value("ConditionUtilisationCochee") != "true":
        return answer(search_pages.search_page(visit.look, query, search_pages.NO_TERMS))
    if not query:
        return answer(search_pages.search_page(visit.look, query, search_pages.NO_WORDS))
    site.asked.append(query)
    search.entries, search.company = [], None
    if len(query) == NUMBER_DIGITS and query.isdecimal():
        search.company = site.register.with_number(query)
        if search.company:
            site.consulted.append(query)
            return redirect(COMPANY)
        return answer(search_pages.nothing_page(visit.look, query))
    search.entries = site.register.with_words(query)
    if site.is_set("duplicate_results"):
        search.entries = [one for one in search.entries for _ in range(2)]
    return redirect(RESULTS) if search.entries else answer(search_pages.nothing_page(visit.look, query))


def show_results(site: ReqSite, visit: Visit, search: Search) -> Response:
    number = visit.query.get("page", "1")
    if not search.entries or not number.isdecimal() or number == "0":
        return redirect(SEARCH)
    size, late = site.page_size, site.is_set("late_rows")
    return answer(search_pages.results_page(visit.look, search.entries, int(number), size, late=late))


def consult(site: ReqSite, visit: Visit, search: Search) -> Response:
    """The list is over with that: who wants another of its lines asks again."""
    place = visit.form.get("rang", "")
    if not place.isdecimal() or int(place) >= len(search.entries):
        return redirect(SEARCH)
    search.company, search.entries = search.entries[int(place)].company, []
    site.consulted.append(search.company.neq)
    return redirect(COMPANY)


def show_company(_site: ReqSite, visit: Visit, search: Search) -> Response:
    return answer(company_page(visit.look, search.company)) if search.company else redirect(SEARCH)
