"""Stores that do not answer: waiting no longer than agreed, asking again later, saying it once."""

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from poolmgr.domain.errors import PoolError, StoreUnreachable

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 10.0
ANSWERS = 3
ANSWER_SLACK = 1.1
"""A store keeps to its time by itself, and says more about it; we wait that much longer before we say it."""
Result = TypeVar("Result")


def boottime() -> float:
    """Seconds that also pass while the machine or the process sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


async def within(seconds: float, call: Awaitable[Result]) -> Result:
    """The answer, or StoreUnreachable after `seconds`: the call is then cancelled and not waited for.

    A cancelled call to a stopped server may need seconds of its own to end.
    """
    task = asyncio.ensure_future(call)
    task.add_done_callback(forget)  # also when we are cancelled in the moment in which it fails
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    if task.done():
        return task.result()
    raise StoreUnreachable(f"No answer within {seconds:g} s.")


def forget(task: asyncio.Future[Result]) -> None:
    """Marks an error as seen: there may be nobody any more who waits for this answer."""
    if not task.cancelled():
        task.exception()


@dataclass(frozen=True, kw_only=True)
class Pauses:
    """Seconds that a store in trouble is left alone: at first, and at most."""

    first: float = FIRST_PAUSE_SECONDS
    longest: float = LONGEST_PAUSE_SECONDS

    def backoff(self, longest: float = math.inf) -> "Backoff":
        longest = min(self.longest, longest)
        return Backoff(min(self.first, longest), longest)


class Backoff:
    """Pauses that double up to the longest; each is cut by up to a half: many must not march in step."""

    def __init__(
        self, first_seconds: float = FIRST_PAUSE_SECONDS, longest_seconds: float = LONGEST_PAUSE_SECONDS
    ) -> None:
        self.first_seconds = first_seconds
        self.longest_seconds = longest_seconds
        self.failures = 0

    def pause(self) -> float:
        """Seconds until the next try; longer with every call."""
        full = min(self.longest_seconds, self.first_seconds * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return full * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        self.failures = 0


class Pace:
    """Whether answers come within `patience` seconds, by the last `ANSWERS`: a single one is no news."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.last: deque[float] = deque(maxlen=ANSWERS)
        self.slow = False

    def judged(self, seconds: float) -> float:
        """The seconds of this answer while they are slow, else 0."""
        self.last.append(seconds)
        if len(self.last) == ANSWERS and min(self.last) > self.patience:
            self.slow = True
        elif max(self.last) <= self.patience:
            self.slow = False
        return seconds if self.slow else 0.0


class Trouble:
    """Whether something answers. `say` hears the error when the trouble begins, "" when it is over."""

    def __init__(self, say: Callable[[str], None], backoff: Backoff | None = None) -> None:
        self.say = say
        self.backoff = backoff or Backoff()
        self.lasting = False

    def began(self, error: PoolError) -> float:
        """Seconds to leave it alone."""
        if not self.lasting:
            self.lasting = True
            self.say(str(error))
        return self.backoff.pause()

    def over(self) -> None:
        self.backoff.reset()
        if self.lasting:
            self.lasting = False
            self.say("")
