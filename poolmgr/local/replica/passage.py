"""What every request passes at each step: it is counted, and the faults that are set there meet it."""

import asyncio
from collections import Counter
from collections.abc import Callable

from starlette.responses import Response
from uvicorn.server import ServerState

from poolmgr.local.replica import notices
from poolmgr.local.replica.connections import HangUp
from poolmgr.local.replica.faults import Fault, Faults, When
from poolmgr.local.replica.sessions import Sessions
from poolmgr.local.replica.visit import Visit


class Abandoned(Exception):
    """The client left while its request hung: nothing more is done for it."""


class Passage:
    def __init__(self, faults: Faults, sessions: Sessions, server: ServerState) -> None:
        self.faults = faults
        self.sessions = sessions
        self.server = server
        self.reached: Counter[str] = Counter()
        self.waiting: Counter[str] = Counter()
        self.released = asyncio.Event()

    async def through(self, step: str, visit: Visit, effect: Callable[[], Response]) -> Response:
        """The step's own answer, or that of a fault; `effect` is what the step does on the server."""
        self.reached[step] += 1
        early = await self.meet(step, "before", visit)
        if early is not None:
            return early
        answer = effect()
        return await self.meet(step, "after", visit) or answer

    async def meet(self, step: str, when: When, visit: Visit) -> Response | None:
        for fault in self.faults.take(step, when):
            match fault.name:
                case "slow":
                    await asyncio.sleep(fault.seconds)
                case "hang":
                    await self.hang(step, visit)
                case _:
                    return self.reply(fault, visit)
        return None

    def reply(self, fault: Fault, visit: Visit) -> Response:
        match fault.name:
            case "disconnect":
                return HangUp(self.server)
            case "session_expiry":
                if visit.session is not None:
                    self.sessions.end(visit.session)
                return notices.expired()
        return notices.OF_FAULT[fault.name]()

    async def hang(self, step: str, visit: Visit) -> None:
        """Until everybody is let go. Raises Abandoned when the client leaves first."""
        released = asyncio.create_task(self.released.wait())
        left = asyncio.create_task(gone(visit))
        self.waiting[step] += 1
        try:
            await asyncio.wait((released, left), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.waiting[step] -= 1
            let_go = released.done()
            for task in (released, left):
                task.cancel()
        if not let_go:
            raise Abandoned

    def release(self) -> None:
        """Lets go all requests that hang now; later ones hang again."""
        self.released.set()
        self.released = asyncio.Event()


async def gone(visit: Visit) -> None:
    """Returns when the client has closed its connection; its body was read before."""
    while (await visit.request.receive())["type"] != "http.disconnect":
        pass
