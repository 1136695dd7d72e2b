"""The RDPRM's state in one place, and how a request comes to a page of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from uvicorn.server import ServerState

from poolmgr.local.replica.accounts import RDPRM, SearchAccount
from poolmgr.local.replica.connections import HangUp
from poolmgr.local.replica.dressing import dressed
from poolmgr.local.replica.faults import Fault, Faults
from poolmgr.local.replica.passage import Abandoned, Passage
from poolmgr.local.replica.rdprm import notices, paths, steps
from poolmgr.local.replica.sessions import Session, Sessions
from poolmgr.local.replica.till import Till
from poolmgr.local.replica.visit import Visit

COOKIE = "RDPRMSESSION"
SESSION_SECONDS = 1200.0
PRICE_CENTS = 1200
NUMBERS = count(1)


@dataclass(frozen=True, kw_only=True)
class RdprmFault(Fault):
    """As a fault of the land registry, with this site's own steps and names."""

    def check(self) -> None:
        if self.name not in steps.FAULTS:
            raise ValueError(f"name is one of {', '.join(steps.FAULTS)}")
        if self.name not in (*steps.STANDING, *steps.FILES) and self.step not in steps.STEPS:
            raise ValueError(f"step is one of {', '.join(steps.STEPS)}")
        known = {"renamed_field": steps.FIELDS, "changed_label": steps.LABELS}.get(self.name)
        if known is not None and self.field not in known:
            raise ValueError(f"field is one of {', '.join(known)}")


@dataclass(kw_only=True)
class Choices:
    """What may be set from outside and holds until it is set again.

    asks: whether it says the cost and asks at all, or searches at once. second_price_cents: what the second
    question says, when it says a price. looks: so often is asked whether the print is ready before it is.
    rows_seconds: an answer says « Aucun résultat » for so long before its rows come.
    """

    price_cents: int = PRICE_CENTS
    asks: bool = True
    second_price_cents: int = 0
    second_confirmation: bool = True
    shows_price: bool = True
    has_reference: bool = True
    asks_question: bool = True
    rows_seconds: float = 0.0
    prints_in_tab: bool = True
    viewer: str = "file"
    looks: int = 3
    session_seconds: float = SESSION_SECONDS
    account: SearchAccount = RDPRM


@dataclass(kw_only=True)
class Demand:
    """One search on its way; `sale` is its line in the till, once it is paid."""

    number: int
    account: str
    name: str
    reference: str
    price_cents: int
    asked_twice: bool = False
    sale: str = ""
    looks: int = 0

    @property
    def found(self) -> bool:
        return "inconnue" not in self.name.lower()

    @property
    def large(self) -> bool:
        return "volumineuse" in self.name.lower()


class RdprmPassage(Passage):
    """Answers of a fault in this site's own words; what the application calls gets them as they are."""

    def reply(self, fault: Fault, visit: Visit) -> Response:
        match fault.name:
            case "disconnect":
                return HangUp(self.server)
            case "session_expiry":
                if visit.session is not None:
                    self.sessions.end(visit.session)
                return expired(visit)
        return notices.OF_FAULT[fault.name]()


class RdprmSite:
    def __init__(self, till: Till, server: ServerState) -> None:
        self.till = till
        self.faults = Faults()
        self.sessions = Sessions()
        self.choices = Choices()
        self.passage = RdprmPassage(self.faults, self.sessions, server)
        self.demands: dict[int, Demand] = {}
        self.half_in: set[str] = set()
        """Cookies of those whose password was right and whose question is not answered yet."""

    async def open(self, request: Request) -> Visit:
        token = request.cookies.get(COOKIE, "")
        return Visit(
            request=request,
            look=self.faults.look(blank=False),
            query=fields(request.url.query),
            form=fields((await request.body()).decode("utf-8", "replace")),
            session=self.sessions.live(token, idle_seconds=self.choices.session_seconds),
        )

    def demand(self, visit: Visit) -> Demand:
        """A new one, of what the form says."""
        made = Demand(
            number=next(NUMBERS),
            account=visit.account,
            name=visit.value("nom"),
            reference=visit.value("reference"),
            price_cents=self.choices.price_cents,
        )
        self.demands[made.number] = made
        return made

    def demand_of(self, visit: Visit) -> Demand | None:
        number = visit.query.get("noDemande", "") or visit.value("noDemande")
        found = self.demands.get(int(number)) if number.isdigit() else None
        return found if found and found.account == visit.account else None

    def sell(self, demand: Demand) -> None:
        if not demand.sale:
            demand.sale = self.till.search(
                demand.account,
                name=demand.name,
                reference=demand.reference,
                price_cents=demand.price_cents,
                found=demand.found,
            )

    def restore(self) -> None:
        """Nothing is set any more and nothing hangs; who is logged in stays so."""
        self.faults.clear()
        self.passage.release()
        self.choices = Choices()

    def reset(self) -> None:
        """As after a start: nobody is logged in and nothing is set. The till alone forgets nothing."""
        self.restore()
        self.passage.reached.clear()
        self.sessions.clear()
        self.demands.clear()
        self.half_in.clear()


Page: TypeAlias = Callable[[RdprmSite, Visit], Awaitable[Response]]
PageInside: TypeAlias = Callable[[RdprmSite, Visit, Session], Awaitable[Response]]


def fields(raw: str) -> dict[str, str]:
    """Of a query or a posted form; the last of a name counts."""
    return {name: several[-1] for name, several in parse_qs(raw, keep_blank_values=True).items()}


def expired(visit: Visit) -> Response:
    """The application is told; a page sends to the services, where one logs in."""
    if "/api/" in visit.path:
        return JSONResponse({"expire": True}, 401)
    return RedirectResponse(f"{paths.SERVICES}?expir=1", 302)


def outside(site: RdprmSite, path: str, page: Page) -> Route:
    """A page that anybody may see."""

    async def endpoint(request: Request) -> Response:
        try:
            return dressed(await page(site, await site.open(request)), site.faults)
        except Abandoned:
            return Response(status_code=499)

    return Route(path, endpoint, methods=["GET", "POST"])


def inside(site: RdprmSite, path: str, page: PageInside) -> Route:
    """A page of a session; who has none is sent to log in."""

    async def with_session(site: RdprmSite, visit: Visit) -> Response:
        if visit.session is None:
            return expired(visit)
        return await page(site, visit, visit.session)

    return outside(site, path, with_session)
