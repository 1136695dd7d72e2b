"""What a job does in the browser, step by step: told when it fails. Names of steps, never what was typed."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from poolmgr.domain.json import Json, JsonObject

MOST_STEPS = 200
"""The last of so many: a search of the REQ opens each of its results."""


class Story:
    """job: what is told of it beside. clock: of the job's time limit, once it runs."""

    def __init__(self, job: JsonObject) -> None:
        self.job = job
        self.began = time.monotonic()
        self.steps: deque[str] = deque(maxlen=MOST_STEPS)
        self.clock: asyncio.Timeout | None = None

    def tell(self, what: str) -> None:
        self.steps.append(f"{time.monotonic() - self.began:.1f} s: {what}")

    @property
    def is_late(self) -> bool:
        """Whether its time is over, so that it was cancelled by nobody else."""
        return self.clock is not None and self.clock.expired()

    def as_json(self) -> JsonObject:
        return {**self.job, "steps": list[Json](self.steps)}


STORY: ContextVar[Story | None] = ContextVar("STORY", default=None)
"""Of the job whose task this is."""


@contextmanager
def telling(job: JsonObject) -> Iterator[Story]:
    story = Story(job)
    before = STORY.set(story)
    try:
        yield story
    finally:
        STORY.reset(before)


def tell(what: str) -> None:
    if story := STORY.get():
        story.tell(what)


@asynccontextmanager
async def limited(seconds: float) -> AsyncIterator[None]:
    """As `asyncio.timeout`, and the story knows why it was broken off. Raises TimeoutError."""
    async with asyncio.timeout(seconds) as clock:
        if story := STORY.get():
            story.clock = clock
        yield
