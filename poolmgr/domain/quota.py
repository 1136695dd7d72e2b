"""The shared limit of a paid model: what is asked before each call and told after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from poolmgr.domain.errors import DocumentError
from poolmgr.domain.jobs import EnvironmentName, JobKind, RowId
from poolmgr.domain.json import Json, JsonObject

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Google counts days by this calendar: ai.google.dev/gemini-api/docs/rate-limits."""

Window = Literal["minute", "day", "unknown"]
"""What a refusal (429) says is spent: unknown = the service gave no details."""


@dataclass(frozen=True, kw_only=True)
class Asker:
    """For whom a call is made: shares are kept by environment, costs by document too (None = of no row)."""

    environment: EnvironmentName
    kind: JobKind
    row_id: RowId | None = None


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One call that may go now. tokens: the computed estimate of its input that was reserved."""

    id: str
    asker: Asker
    tokens: int


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What one call took, as the service counted it: tokens. output includes thinking."""

    model: str
    input: int
    output: int


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A call the service refused. retry_seconds: what it asked to wait, None = it did not say."""

    window: Window
    retry_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Of one model: requests and input tokens in any window of so many seconds (Google's is a minute)."""

    requests: int
    tokens: int
    window_seconds: float = 60.0

    @property
    def ahead_seconds(self) -> float:
        """So far ahead turns are given out: longer, and who comes first in rank would wait for it."""
        return min(1.0, self.window_seconds / 10)

    def check(self, tokens: int) -> None:
        """Raises DocumentError for a call that could not go in any window."""
        if tokens > self.tokens:
            raise DocumentError(
                f"One call of {tokens:,} tokens, and quota.tokens_a_minute is {self.tokens:,}.",
                advice="Ask for fewer pages at a time, or raise the limit if Google grants more.",
            )

    def part(self, share: float) -> "Limit":
        """Of several who cannot speak with each other, each: at least one request in its window."""
        window = self.window_seconds * max(1.0, 1 / (self.requests * share))
        stretched = window / self.window_seconds * share
        return Limit(
            requests=max(1, int(self.requests * stretched)),
            tokens=max(1, int(self.tokens * stretched)),
            window_seconds=window,
        )


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A limit as it is now. requests, tokens: of the last window. factor: of the limit, after refusals.

    paused_seconds, stopped_seconds: 0 = it is not; stopped = the day is spent. waiting: calls by environment.
    """

    model: str
    limit: Limit
    requests: int
    tokens: int
    factor: float
    paused_seconds: float
    stopped_seconds: float
    waiting: dict[str, int]

    def as_json(self) -> JsonObject:
        return {
            "model": self.model,
            "requests": self.requests,
            "requests_limit": int(self.limit.requests * self.factor),
            "tokens": self.tokens,
            "tokens_limit": int(self.limit.tokens * self.factor),
            "factor": round(self.factor, 3),
            "paused_seconds": round(self.paused_seconds, 1),
            "stopped_seconds": round(self.stopped_seconds),
            "waiting": dict[str, Json](self.waiting),
        }


def next_day(now: datetime, zone: ZoneInfo) -> datetime:
    """The midnight after `now` by that calendar, in UTC's terms or any other's."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)


class Quota(Protocol):
    async def reserve(self, asker: Asker, tokens: int) -> Grant:
        """Waits for the turn. Raises Spent, which says until when, while the day is spent; DocumentError for
        more tokens than a whole minute has."""
        ...

    async def settle(self, grant: Grant, usage: Usage | None) -> None:
        """Told once after each call. None = nobody knows what it took: the estimate counts."""
        ...

    async def refused(self, refusal: Refusal) -> None:
        """Pauses everybody who shares the limit. The call itself is settled beside it, as any other."""
        ...

    async def close(self) -> None: ...


class Meter(Protocol):
    """Where the use of a limit can be read."""

    async def standing(self) -> Standing:
        """Raises StoreUnreachable, StoreError."""
        ...

    async def close(self) -> None: ...
