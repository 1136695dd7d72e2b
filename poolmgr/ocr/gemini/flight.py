"""How many bytes are on their way to the model at a time: what one child may hold in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MEGABYTE = 1_000_000


class Flight:
    """First come, first served, so that a large one is not passed by small ones for ever. One that is larger
    than everything flies alone."""

    def __init__(self, megabytes: float) -> None:
        self.most = megabytes * MEGABYTE
        self.inside = 0.0
        self.changed = asyncio.Condition()
        self.turn = asyncio.Lock()

    @asynccontextmanager
    async def room(self, size: float) -> AsyncIterator[None]:
        """size: bytes, at least about."""
        held = min(size, self.most)
        async with self.turn, self.changed:
            await self.changed.wait_for(lambda: self.inside + held <= self.most)
            self.inside += held
        try:
            yield
        finally:
            async with self.changed:
                self.inside -= held
                self.changed.notify_all()
