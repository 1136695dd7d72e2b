"""The site's state in one place, and how a request comes to a page of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.server import ServerState

from poolmgr.local.replica import notices, visit
from poolmgr.local.replica.accounts import ACCOUNTS
from poolmgr.local.replica.dressing import dressed
from poolmgr.local.replica.faults import Faults
from poolmgr.local.replica.passage import Abandoned, Passage
from poolmgr.local.replica.rdprm.site import RdprmSite
from poolmgr.local.replica.register import Register
from poolmgr.local.replica.req.site import ReqSite
from poolmgr.local.replica.sessions import COOKIE, Demand, Session, Sessions
from poolmgr.local.replica.till import Till
from poolmgr.local.replica.visit import Visit

# of an occasional client
SESSION_SECONDS = 1200.0
# how the save link delivers: into its own frame as a file or to be shown, into a new window likewise
SAVE_MODES = ("attachment", "inline", "popup", "popup_inline")


@dataclass(kw_only=True)
class Choices:
    """What may be set from outside and holds until it is set again."""

    save_mode: str = "attachment"
    session_seconds: float = SESSION_SECONDS
    blank_first_option: bool = False
    accounts: dict[str, str] = field(default_factory=lambda: {a.username: a.password for a in ACCOUNTS})


class Site:
    def __init__(self, register: Register, till: Till, server: ServerState) -> None:
        self.register = register
        self.till = till
        self.faults = Faults()
        self.sessions = Sessions()
        self.choices = Choices()
        self.passage = Passage(self.faults, self.sessions, server)
        self.rdprm = RdprmSite(till, server)
        self.req = ReqSite(server)

    async def open(self, request: Request) -> Visit:
        query, form = await visit.read(request)
        token = request.cookies.get(COOKIE, "")
        return Visit(
            request=request,
            look=self.faults.look(blank=self.choices.blank_first_option),
            query=query,
            form=form,
            session=self.sessions.live(token, idle_seconds=self.choices.session_seconds),
        )


Page: TypeAlias = Callable[[Site, Visit], Awaitable[Response]]
PageInside: TypeAlias = Callable[[Site, Visit, Session], Awaitable[Response]]
PageOfDemand: TypeAlias = Callable[[Site, Visit, Demand], Awaitable[Response]]


def outside(site: Site, path: str, page: Page) -> Route:
    """A page that anybody may see."""

    async def endpoint(request: Request) -> Response:
        try:
            return dressed(await page(site, await site.open(request)), site.faults)
        except Abandoned:
            return Response(status_code=499)

    return Route(path, endpoint, methods=["GET", "POST"])


def inside(site: Site, path: str, page: PageInside) -> Route:
    """A page of a session; who has none is sent to log in."""

    async def with_session(site: Site, visit: Visit) -> Response:
        if visit.session is None:
            return notices.expired()
        return await page(site, visit, visit.session)

    return outside(site, path, with_session)


def of_demand(site: Site, path: str, page: PageOfDemand) -> Route:
    """A page about one order of the session."""

    async def with_demand(site: Site, visit: Visit, session: Session) -> Response:
        demand = session.demand_of(visit.query.get("noDemnd", ""))
        if demand is None:
            return notices.not_here()
        return await page(site, visit, demand)

    return inside(site, path, with_demand)
