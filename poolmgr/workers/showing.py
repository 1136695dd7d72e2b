"""Keeping what people see of the workers up to date; nothing waits for it, and its loss stops nothing."""

import asyncio

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.domain.json import Json
from poolmgr.domain.ports import Show
from poolmgr.workers.environments import ScoutClocks
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.trouble import Trouble, within


class Showing:
    """`rows`, `reason`: what the parent said last of its workers, and of their split."""

    def __init__(self, show: Show, clocks: ScoutClocks, pipe: Pipe) -> None:
        self.show = show
        self.clocks = clocks
        self.pipe = pipe
        self.rows: list[Json] = []
        self.reason = ""
        self.trouble = Trouble(self.say, clocks.pauses.backoff())

    def say(self, error: str) -> None:
        self.pipe.event("redis.down" if error else "redis.up", error=error)

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            pause = await self.once()
            await asyncio.sleep(pause or self.clocks.beat)

    async def once(self) -> float:
        """Seconds to leave it alone; 0 = it answered."""
        rows = [row for row in self.rows if isinstance(row, dict)]
        try:
            await within(self.clocks.answer, self.show.show(rows, self.reason))
        except (StoreError, StoreUnreachable) as error:
            return self.trouble.began(error)
        self.trouble.over()
        return 0.0

    async def finish(self) -> None:
        """Once more, with the last rows."""
        await self.once()
