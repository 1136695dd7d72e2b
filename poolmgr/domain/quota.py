"""The shared limit of a paid model: what is asked before each call and told after it."""

from dataclasses import dataclass
from typing import Literal, Protocol

from poolmgr.domain.jobs import EnvironmentName, JobKind

Window = Literal["minute", "day", "unknown"]
"""What a refusal (429) says is spent: unknown = the service gave no details."""


@dataclass(frozen=True, kw_only=True)
class Asker:
    """For whom a call is made: shares are kept by environment and kind."""

    environment: EnvironmentName
    kind: JobKind


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


class Quota(Protocol):
    async def reserve(self, asker: Asker, tokens: int) -> Grant:
        """Waits for the turn. Raises an Outage, which says until when, while the day is spent."""
        ...

    async def settle(self, grant: Grant, usage: Usage | None) -> None:
        """Told once after each call. None = nobody knows what it took: the estimate counts."""
        ...

    async def refused(self, refusal: Refusal) -> None:
        """Pauses everybody who shares the limit."""
        ...
