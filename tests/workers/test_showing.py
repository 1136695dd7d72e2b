"""Redis is shown the workers beside everything else the scout does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from poolmgr.domain.errors import StoreUnreachable
from poolmgr.domain.json import JsonObject
from poolmgr.domain.ports import Show
from poolmgr.domain.quota import Standing
from poolmgr.workers.environments import Watched
from poolmgr.workers.scout import Scout
from tests.waiting import async_until
from tests.workers.queues import QueueInMemory
from tests.workers.stage import Parent, happened, line
from tests.workers.test_scout import CLOCKS

ROW: JsonObject = {"worker_id": "worker-1", "status": "idle", "claims": ["ocr_index"]}


@dataclass
class Shown(Show):
    """away: it answers nothing."""

    away: bool = False
    seen: list[list[JsonObject]] = field(default_factory=list)

    async def show(self, workers: list[JsonObject], reason: str = "") -> None:
        if self.away:
            raise StoreUnreachable("nobody there")
        self.seen.append(workers)

    async def show_use(self, standings: Sequence[Standing]) -> None: ...


@asynccontextmanager
async def scouting(show: Show) -> AsyncIterator[tuple[Scout, Parent]]:
    async with line() as (parent, pipe):
        watched = [Watched(queue=QueueInMemory(), configuration=dict)]
        scout = Scout(watched, host="here", clocks=replace(CLOCKS, beat=0.02), pipe=pipe, show=show)
        ending = asyncio.create_task(scout.run())
        try:
            yield scout, parent
        finally:
            scout.hear({"word": "drain", "deadline_seconds": 5})
            await asyncio.wait({ending})


async def test_the_workers_are_shown_again_and_again_and_once_more_in_the_end() -> None:
    shown = Shown()
    async with scouting(shown) as (scout, _):
        scout.hear({"word": "workers", "workers": [ROW]})
        await async_until(lambda: happened(shown.seen.count([ROW]) > 2))
        gone = ROW | {"status": "offline"}
        scout.hear({"word": "workers", "workers": [gone]})
    assert shown.seen[-1] == [gone]


async def test_its_absence_is_said_once_and_its_return_too_and_nothing_else_waits_for_it() -> None:
    shown = Shown(away=True)
    async with scouting(shown) as (_, parent):
        await parent.hears_of("redis.down")
        await parent.hears("depths", 5)
        shown.away = False
        await parent.hears_of("redis.up")
        assert len(parent.events("redis.down")) == 1
