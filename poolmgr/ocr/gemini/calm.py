"""Pauses of one child while the service is overloaded or silent: all of its calls wait for one moment."""

import asyncio
import random

from poolmgr.domain.errors import ModelDown
from poolmgr.telemetry.events import emit

STEEPEST = 30


class Calm:
    """Seconds. Calls that fail together are one failure: what fails during a pause does not lengthen it."""

    def __init__(self, first: float, longest: float) -> None:
        self.first = first
        self.longest = longest
        self.failures = 0
        self.until = 0.0

    @property
    def left_seconds(self) -> float:
        """Of a pause; 0 or less = there is none."""
        return self.until - asyncio.get_running_loop().time()

    async def wait(self) -> None:
        left = self.left_seconds
        if left > 0:
            await asyncio.sleep(left)

    def began(self, error: ModelDown) -> None:
        """Said once, until it is over."""
        now = asyncio.get_running_loop().time()
        if not self.failures:
            emit("model.down", error=str(error))
        if now >= self.until:
            full = min(self.longest, self.first * 2.0 ** min(self.failures, STEEPEST))
            self.until = now + full * random.uniform(0.5, 1.0)
            self.failures += 1

    def over(self) -> None:
        if self.failures:
            self.failures = 0
            emit("model.up")
