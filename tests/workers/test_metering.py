"""What models take and cost is told to the parent, and shown in Redis."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from poolmgr.domain.errors import StoreUnreachable
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import JsonObject, records, text, whole
from poolmgr.domain.ports import Show
from poolmgr.domain.quota import Limit, Meter, Standing
from poolmgr.workers.metering import Metering
from tests.workers.stage import Parent, line
from tests.workers.test_scout import CLOCKS
from tests.workers.test_spending import Noted

STANDING = Standing(
    model="flash",
    limit=Limit(requests=1600, tokens=6_400_000),
    requests=7,
    tokens=9_000,
    factor=1.0,
    paused_seconds=0,
    stopped_seconds=0,
    waiting={"prod": 1},
)


@dataclass
class Measured(Meter, Show):
    away: bool = False
    shown: list[Sequence[Standing]] = field(default_factory=list)

    async def standing(self) -> Standing:
        if self.away:
            raise StoreUnreachable("nobody there")
        return STANDING

    async def show(self, workers: list[JsonObject], reason: str = "") -> None: ...

    async def show_use(self, standings: Sequence[Standing]) -> None:
        self.shown.append(standings)

    async def close(self) -> None: ...


@asynccontextmanager
async def metering(measured: Measured) -> AsyncIterator[Parent]:
    costs = {
        EnvironmentName(name): Noted(batches={"one": [{"cad_micros": micros}]})
        for name, micros in (("prod", 2_000_000), ("dev", 500_000))
    }
    async with line() as (parent, pipe):
        made = Metering([measured], costs, limit_micros=100_000_000, show=measured)
        keeping = asyncio.create_task(made.keep(CLOCKS, pipe))
        try:
            yield parent
        finally:
            keeping.cancel()


async def test_the_parent_hears_the_use_and_the_cost_of_all_environments_together() -> None:
    measured = Measured()
    async with metering(measured) as parent:
        told = (await parent.hears("models"))[0]
    assert (whole(told, "spent_micros"), whole(told, "limit_micros")) == (2_500_000, 100_000_000)
    (one,) = records(told, "limits")
    assert (text(one, "model"), whole(one, "requests"), whole(one, "tokens_limit")) == ("flash", 7, 6_400_000)
    assert measured.shown[0] == [STANDING]


async def test_without_redis_the_cost_is_still_told() -> None:
    async with metering(Measured(away=True)) as parent:
        await parent.hears_of("use.unanswered")
        assert records((await parent.hears("models"))[0], "limits") == []
