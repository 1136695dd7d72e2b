"""How many jobs a child may take now, and if fewer than it could, why."""

import asyncio
import math
from collections.abc import Callable
from typing import Literal

from poolmgr.domain.jobs import JobKind

Cause = Literal["browser", "site", "accounts", "lender", "spool"]
"""accounts: none is free; lender: the database that lends them does not answer."""


class Gate:
    """Open while nothing keeps it closed or narrow; single kinds of job may rest while others go on.

    `say` hears the sentence of what closes it, "" when it is open again. `opened` is called each time there
    may be more room than before: whoever waits may ask for work again.
    """

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self.say = say
        self.opened: Callable[[], None] = nothing
        self.limits: dict[Cause, tuple[int, str]] = {}
        self.timers: dict[Cause, asyncio.TimerHandle] = {}
        self.resting: dict[JobKind, asyncio.TimerHandle] = {}
        self.occupied: set[JobKind] = set()
        self.said = ""

    @property
    def width(self) -> float:
        """At most so many jobs at a time."""
        return min((limit for limit, _ in self.limits.values()), default=math.inf)

    def close(self, cause: Cause, sentence: str, limit: int = 0) -> None:
        """No more jobs than `limit`, until `open`; a rest of the same cause does not end it."""
        self.stop_timer(cause)
        self.limit_to(limit, cause, sentence)

    def open(self, cause: Cause) -> None:
        self.stop_timer(cause)
        if self.limits.pop(cause, None) is not None:
            self.tell()
            self.opened()

    def rest(self, cause: Cause, sentence: str, seconds: float, limit: int = 0) -> None:
        """Closed for that long, counted from now; a longer rest of the same cause is not made shorter."""
        loop = asyncio.get_running_loop()
        end = max(loop.time() + seconds, self.stop_timer(cause))
        self.limit_to(limit, cause, sentence)
        self.timers[cause] = loop.call_at(end, self.open, cause)

    def takes(self, kind: JobKind) -> bool:
        return kind not in self.resting and kind not in self.occupied

    def occupy(self, kind: JobKind) -> None:
        """No more jobs of that kind until `vacate`: the one in work is all there can be."""
        self.occupied.add(kind)

    def vacate(self, kind: JobKind) -> None:
        self.occupied.discard(kind)
        self.opened()

    def rest_kind(self, kind: JobKind, seconds: float) -> None:
        """No jobs of that kind for so long, counted from now; a longer rest is not made shorter."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        if timer := self.resting.get(kind):
            end = max(end, timer.when())
            timer.cancel()
        self.resting[kind] = loop.call_at(end, self.wake_kind, kind)

    def wake_kind(self, kind: JobKind) -> None:
        del self.resting[kind]
        self.opened()

    def stop_timer(self, cause: Cause) -> float:
        """When it would have opened, on the loop's clock."""
        timer = self.timers.pop(cause, None)
        if timer is None:
            return 0.0
        timer.cancel()
        return timer.when()

    def limit_to(self, limit: int, cause: Cause, sentence: str) -> None:
        before = self.width
        self.limits[cause] = (limit, sentence)
        self.tell()
        if self.width > before:
            self.opened()

    def tell(self) -> None:
        """Only what keeps everything out is trouble."""
        sentence = next((why for limit, why in self.limits.values() if not limit), "")
        if sentence != self.said:
            self.said = sentence
            if self.say:
                self.say(sentence)


def nothing() -> None:
    """Nobody waits yet."""
