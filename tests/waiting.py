"""Waiting for a condition instead of sleeping: the one place in tests where time passes."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PAUSE_SECONDS = 0.01


def until(condition: Callable[[], object], within_seconds: float = 10.0, what: str = "the condition") -> None:
    """Returns as soon as the condition is true; fails the test when it never is."""
    deadline = time.monotonic() + within_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not become true within {within_seconds} s")
        time.sleep(PAUSE_SECONDS)


async def async_until(
    condition: Callable[[], Awaitable[object]], within_seconds: float = 10.0, what: str = "the condition"
) -> None:
    deadline = time.monotonic() + within_seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not become true within {within_seconds} s")
        await asyncio.sleep(PAUSE_SECONDS)
