"""How many jobs a child may take now, and if fewer than it could, why."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from poolmgr.domain.jobs import JobKind

Cause = Literal["browser", "site", "accounts", "lender", "spool"]
"""site: it is down; accounts: none is free; lender: the database that lends them does not answer."""

Reason = Literal["hours"]
"""Why one registry is not used, while others are."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """No more jobs than `most` at a time, and why. kind: of which alone there are none when that is 0."""

    most: int
    why: str
    kind: JobKind | None

    @property
    def width(self) -> float:
        return math.inf if self.kind and not self.most else self.most

    def shuts(self, kind: JobKind) -> bool:
        return self.kind == kind and not self.most


class Gate:
    """Open while nothing keeps it closed or narrow; single kinds of job may be shut out, or rest for a while.

    claims: the kinds of job there are.

    `say` hears the sentence of what closes it, "" when it is open again. `opened` is called each time there
    may be more room than before: whoever waits may ask for work again.
    """

    def __init__(self, say: Callable[[str], None] | None = None, claims: Sequence[JobKind] = ()) -> None:
        self.say = say
        self.claims = tuple(claims)
        self.outside: dict[tuple[JobKind, Reason], str] = {}
        self.opened: Callable[[], None] = nothing
        self.limits: dict[Cause, Limit] = {}
        self.timers: dict[Cause, asyncio.TimerHandle] = {}
        self.resting: dict[JobKind, asyncio.TimerHandle] = {}
        self.occupied: set[JobKind] = set()
        self.said = ""

    @property
    def width(self) -> float:
        """At most so many jobs at a time."""
        return min((limit.width for limit in self.limits.values()), default=math.inf)

    def shut(self, kind: JobKind, reason: Reason, sentence: str) -> None:
        """No more jobs of that kind, until `let`."""
        self.outside[kind, reason] = sentence
        self.tell()

    def let(self, kind: JobKind, reason: Reason) -> None:
        if self.outside.pop((kind, reason), None) is not None:
            self.tell()
            self.opened()

    def close(self, cause: Cause, sentence: str, limit: int = 0, kind: JobKind | None = None) -> None:
        """No more jobs than `limit`, or none of that kind, until `open`; no rest of that cause ends it."""
        self.stop_timer(cause)
        self.limit_to(cause, Limit(most=limit, why=sentence, kind=kind))

    def open(self, cause: Cause) -> None:
        self.stop_timer(cause)
        if self.limits.pop(cause, None) is not None:
            self.tell()
            self.opened()

    def rest(
        self, cause: Cause, sentence: str, seconds: float, limit: int = 0, kind: JobKind | None = None
    ) -> None:
        """Closed for that long, counted from now; a longer rest of the same cause is not made shorter."""
        loop = asyncio.get_running_loop()
        end = max(loop.time() + seconds, self.stop_timer(cause))
        self.limit_to(cause, Limit(most=limit, why=sentence, kind=kind))
        self.timers[cause] = loop.call_at(end, self.open, cause)

    def takes(self, kind: JobKind) -> bool:
        """Whether jobs of that kind may be begun, if there is room for any."""
        return kind not in self.resting and kind not in self.occupied and self.is_let(kind)

    def is_let(self, kind: JobKind) -> bool:
        return not any(kind == one for one, _ in self.outside) and not any(
            limit.shuts(kind) for limit in self.limits.values()
        )

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

    def limit_to(self, cause: Cause, limit: Limit) -> None:
        width, before = self.width, self.limits.get(cause)
        self.limits[cause] = limit
        self.tell()
        if self.width > width or (before and limit.most > before.most):
            self.opened()

    def tell(self) -> None:
        """Only what keeps everything out is trouble."""
        limits = self.limits.values()
        sentence = next((limit.why for limit in limits if not limit.width), "")
        if not sentence and self.claims and not any(map(self.is_let, self.claims)):
            shut = (limit.why for limit in limits if any(map(limit.shuts, self.claims)))
            sentence = " ".join(dict.fromkeys((*self.outside.values(), *shut)))
        if sentence != self.said:
            self.said = sentence
            if self.say:
                self.say(sentence)


def nothing() -> None:
    """Nobody waits yet."""
