"""The search pages at work: reloads after a choice, and the search itself, where most sales are made."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.responses import Response

from poolmgr.local.replica import paths
from poolmgr.local.replica.asked import Source
from poolmgr.local.replica.forms import SEARCH_BUTTONS, Filled, fill, search_page
from poolmgr.local.replica.markup import answer, link, message, page, redirect
from poolmgr.local.replica.register import Absent, Choice, Paper
from poolmgr.local.replica.sessions import Demand, Session
from poolmgr.local.replica.site import Site
from poolmgr.local.replica.visit import Visit

# what the page's script writes into txtEtat before a reload, and the step that it is
RELOADS = {"circn": "choose_circonscription", "cadst": "choose_cadastre"}


def search(source: Source) -> Callable[[Site, Visit, Session], Awaitable[Response]]:
    async def handle(site: Site, visit: Visit, session: Session) -> Response:
        filled = fill(source, visit)
        state = visit.value("txtEtat")
        if visit.request.method == "GET" or not state:
            blank = Filled(source=source)
            return await site.passage.through("search", visit, lambda: show(visit, session, blank))
        if state in RELOADS:
            return await site.passage.through(
                RELOADS[state], visit, lambda: show(visit, session, reloaded(filled, state))
            )
        return await submit(site, visit, session, filled)

    return handle


def show(visit: Visit, session: Session, filled: Filled, told: str = "") -> Response:
    return answer(search_page(visit.look, session.account, filled, told))


def reloaded(filled: Filled, state: str) -> Filled:
    """A choice empties those that depend on it, and nothing else."""
    if state == "circn":
        return replace(filled, cadastre="", designation="")
    return replace(filled, designation="")


async def submit(site: Site, visit: Visit, session: Session, filled: Filled) -> Response:
    if visit.pressed("btnCommd"):
        site.till.press(session.account, "Commander", visit.path, filled.asked())
        return ordered()
    _, word = SEARCH_BUTTONS[filled.source]
    site.till.press(session.account, word, visit.path, filled.asked())
    return await departing(site, visit, "submit", lambda: look_up(site, visit, session, filled))


def ordered() -> Response:
    """What a worker must never see."""
    told = message("Votre commande est enregistrée. Des frais de copie vous seront facturés.")
    return answer(page("Commande", told))


async def departing(site: Site, visit: Visit, step: str, effect: Callable[[], Response]) -> Response:
    """A step that may sell: its answer is then the first of the redirects to the document."""
    response = await site.passage.through(step, visit, effect)
    if response.headers.get("location", "").startswith(paths.REDIRECT):
        return await site.passage.through("redirect_1", visit, lambda: response)
    return response


def look_up(site: Site, visit: Visit, session: Session, filled: Filled) -> Response:
    missing = filled.missing()
    if missing:
        return show(visit, session, filled, missing)
    asked = filled.asked()
    finding = site.register.find(asked)
    match finding:
        case Absent(message=told):
            return show(visit, session, filled, told)
        case Choice():
            demand = session.demand(asked)
            demand.offered = finding
            path = paths.SIMILAR if asked.source == "acte" else paths.PLAN_CHOICE
            return redirect(paths.numbered(path, demand.number))
        case Paper():
            return choose(site, visit, session.demand(asked), finding)


def choose(site: Site, visit: Visit, demand: Demand, paper: Paper) -> Response:
    """A large document is confirmed before it is sold, any other is sold now."""
    demand.paper = paper
    if paper.large:
        return redirect(paths.numbered(paths.CONFIRM, demand.number))
    return sell(site, visit, demand)


def sell(site: Site, visit: Visit, demand: Demand) -> Response:
    """Once for each demand: a button pressed twice on one page is one sale."""
    if demand.paper is not None and not demand.sale:
        demand.sale = site.till.sell(visit.account, demand.paper.asked, demand.paper.title, visit.path)
    return redirect(f"{paths.numbered(paths.REDIRECT, demand.number)}&etape=2")


def back(demand: Demand) -> str:
    return link(paths.SEARCHES[demand.asked.source], "Nouvelle recherche")
