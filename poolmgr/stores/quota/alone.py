"""A process that keeps to its part of the limit by itself: no Redis is configured, or it is away."""

import asyncio
import random
import time
from datetime import UTC, datetime
from uuid import uuid4

from poolmgr.domain.errors import Spent
from poolmgr.domain.quota import PACIFIC, Asker, Grant, Limit, Quota, Refusal, Usage, next_day

LEAST_PAUSE_SECONDS = 2.0
JITTER_SECONDS = 1.0
CUT = 0.8
FLOOR = 0.25


class AloneQuota(Quota):
    """`Quota` of one process: paced, one call after the other, none made up for later.

    limit: its part. Estimates count: what a call really took comes too late to matter at this pace.
    """

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.factor = 1.0
        self.next_at = 0.0
        self.paused_until = 0.0
        self.refusals = 0
        self.stopped_until: datetime | None = None

    async def reserve(self, asker: Asker, tokens: int) -> Grant:
        self.limit.check(tokens)
        self.check_day()
        start = max(time.monotonic(), self.next_at)
        share = max(1 / self.limit.requests, tokens / self.limit.tokens) / self.factor
        self.next_at = start + share * self.limit.window_seconds
        while (pause := max(start, self.paused_until) - time.monotonic()) > 0:
            await asyncio.sleep(pause)
            self.check_day()
        return Grant(id=uuid4().hex, asker=asker, tokens=tokens)

    def begin_after(self, seconds: float) -> None:
        """No call goes before that; then not all processes at once."""
        spacing = self.limit.window_seconds / self.limit.requests
        self.next_at = max(self.next_at, time.monotonic() + seconds + random.uniform(0, spacing))

    @property
    def seconds_to_turn(self) -> float:
        """Until the next call may go."""
        return max(0.0, max(self.next_at, self.paused_until) - time.monotonic())

    def check_day(self) -> None:
        if self.stopped_until and (seconds := (self.stopped_until - datetime.now(UTC)).total_seconds()) > 0:
            raise day_spent(seconds)

    async def settle(self, grant: Grant, usage: Usage | None) -> None:  # noqa: ARG002 (the port's)
        if usage is not None:
            self.refusals = 0

    async def refused(self, refusal: Refusal) -> None:
        now = time.monotonic()
        if refusal.window == "day":
            self.stopped_until = next_day(datetime.now(UTC), PACIFIC)
            return
        is_first = self.paused_until <= now
        seconds = max(refusal.retry_seconds or 0.0, LEAST_PAUSE_SECONDS)
        if refusal.window == "unknown":
            self.refusals += is_first
            seconds = min(60.0, seconds * 2.0 ** max(0, self.refusals - 1))
        elif is_first:
            self.factor = max(FLOOR, self.factor * CUT)
        self.paused_until = max(self.paused_until, now + seconds + random.uniform(0, JITTER_SECONDS))

    async def close(self) -> None:
        """Holds nothing."""


def day_spent(seconds: float) -> Spent:
    return Spent(
        f"Google's limit of the day is reached until midnight Pacific, in {seconds / 3600:.1f} h.",
        seconds=seconds,
        advice="AI Studio shows the project's limits, and how to get higher ones.",
    )
