"""Who is logged in: one session an account, ended by its next login, by leaving, or by idleness."""

import time
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from poolmgr.local.replica.asked import Asked
from poolmgr.local.replica.register import Choice, Paper

COOKIE = "ASPSESSIONIDSIRF"
# no number is given twice: a page of an ended session never shows what another one bought
NUMBERS = count(1)


@dataclass(kw_only=True)
class Demand:
    """One order on its way: what was found for it, what was chosen, and the sale once it is made."""

    number: int
    asked: Asked
    offered: Choice | None = None
    paper: Paper | None = None
    sale: str = ""
    was_saved: bool = False


@dataclass(kw_only=True)
class Session:
    token: str
    account: str
    seen: float
    demands: list[Demand] = field(default_factory=list)

    def demand(self, asked: Asked) -> Demand:
        self.demands.append(Demand(number=next(NUMBERS), asked=asked))
        return self.demands[-1]

    def demand_of(self, number: str) -> Demand | None:
        return next((demand for demand in self.demands if str(demand.number) == number), None)


class Sessions:
    def __init__(self) -> None:
        self.by_token: dict[str, Session] = {}

    def open(self, account: str) -> Session:
        session = Session(token=uuid4().hex, account=account, seen=time.monotonic())
        self.by_token[session.token] = session
        return session

    def live(self, token: str, *, idle_seconds: float) -> Session | None:
        """The session of a cookie, which this use keeps alive."""
        session = self.by_token.get(token)
        if session is None:
            return None
        if time.monotonic() - session.seen > idle_seconds:
            self.end(session)
            return None
        session.seen = time.monotonic()
        return session

    def evict(self, account: str, *, idle_seconds: float) -> int:
        """Ends what the account has open; how many of them were still alive."""
        ended = [session for session in self.by_token.values() if session.account == account]
        for session in ended:
            self.end(session)
        return sum(time.monotonic() - session.seen <= idle_seconds for session in ended)

    def end(self, session: Session) -> None:
        self.by_token.pop(session.token, None)

    def clear(self) -> None:
        self.by_token.clear()
