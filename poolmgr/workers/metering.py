"""What models take and cost, looked at for people: use of the limits, and the day's money everywhere."""

import asyncio
from collections.abc import Mapping, Sequence

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import whole
from poolmgr.domain.ports import Costs, Show
from poolmgr.domain.quota import Meter, Standing
from poolmgr.workers.environments import ScoutClocks
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.trouble import Trouble, within


class Metering:
    """Tells the parent, and Redis where there is one, every `beat` seconds. meters: none without a Redis.

    An environment that does not answer counts with what it said last; others say that it is down.
    """

    def __init__(
        self,
        meters: Sequence[Meter],
        costs: Mapping[EnvironmentName, Costs],
        *,
        limit_micros: int,
        show: Show | None,
    ) -> None:
        self.meters = meters
        self.costs = costs
        self.limit_micros = limit_micros
        self.show = show
        self.spent: dict[EnvironmentName, int] = dict.fromkeys(costs, 0)

    async def keep(self, clocks: ScoutClocks, pipe: Pipe) -> None:
        """Until cancelled."""
        redis = Trouble(lambda error: pipe.event("use.unanswered" if error else "use.answered", error=error))
        while True:
            await asyncio.gather(*(self.look_at(name, clocks.answer) for name in self.costs))
            standings: list[Standing] = []
            try:
                standings = await within(clocks.answer, self.standings())
                redis.over()
            except (StoreError, StoreUnreachable) as error:
                redis.began(error)
            pipe.send(
                "models",
                limits=[one.as_json() for one in standings],
                spent_micros=sum(self.spent.values()),
                limit_micros=self.limit_micros,
            )
            await asyncio.sleep(clocks.beat)

    async def look_at(self, name: EnvironmentName, seconds: float) -> None:
        try:
            lines = await within(seconds, self.costs[name].days(1))
        except (StoreError, StoreUnreachable):
            return
        self.spent[name] = sum(whole(line, "cad_micros") for line in lines)

    async def standings(self) -> list[Standing]:
        found = [await meter.standing() for meter in self.meters]
        if self.show:
            await self.show.show_use(found)
        return found
