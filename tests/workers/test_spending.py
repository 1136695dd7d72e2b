"""The day's money for models: noted where it was spent, and a limit over all environments."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from poolmgr.domain.errors import Spent, StoreUnreachable
from poolmgr.domain.jobs import EnvironmentName, RowId
from poolmgr.domain.json import JsonObject, whole
from poolmgr.domain.outcomes import OutsideTrouble
from poolmgr.domain.ports import Costs
from poolmgr.domain.quota import Asker, Limit, Usage
from poolmgr.domain.rates import Pricing
from poolmgr.stores.quota.alone import AloneQuota
from poolmgr.workers.spending import PaidQuota, Spending
from poolmgr.workers.verdicts import verdict
from tests.waiting import async_until
from tests.workers.stage import happened

PROD, DEV = EnvironmentName("prod"), EnvironmentName("dev")
MODEL = "gemini-3.8-flash"
ASKER = Asker(environment=PROD, kind="ocr_index", row_id=RowId("row-1"))
PAGE = Usage(model=MODEL, input=1_000_000, output=0)
"""A dollar, at the price below."""


@dataclass
class Noted(Costs):
    """An environment's table. away: it notes all, and its answer is lost. hangs: until it `answers`."""

    away: bool = False
    hangs: bool = False
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    earlier: int = 0
    batches: dict[str, Sequence[JsonObject]] = field(default_factory=dict)

    async def add(self, batch: str, costs: Sequence[JsonObject]) -> int:
        if self.hangs:
            await self.answers.wait()
        self.batches.setdefault(batch, costs)
        if self.away:
            raise StoreUnreachable("nobody there")
        return self.earlier + sum(whole(one, "cad_micros") for one in self.lines)

    async def days(self, days: int) -> list[JsonObject]:
        return self.lines

    async def close(self) -> None: ...

    @property
    def lines(self) -> list[JsonObject]:
        return [one for costs in self.batches.values() for one in costs]


@dataclass
class Scene:
    prod: Noted = field(default_factory=Noted)
    dev: Noted = field(default_factory=Noted)
    said: list[tuple[str, bool]] = field(default_factory=list)

    def spending(self, cad_a_day: float, look_seconds: float = 0.01) -> Spending:
        return Spending(
            {PROD: self.prod, DEV: self.dev},
            Pricing(usd_to_cad=1.0, input_usd=1.0, output_usd=1.0),
            cad_a_day=cad_a_day,
            look_seconds=look_seconds,
            say=lambda name, error: self.said.append((name, bool(error))),
        )


def paid(spending: Spending) -> PaidQuota:
    return PaidQuota(AloneQuota(Limit(requests=100_000, tokens=10**12)), spending, MODEL)


async def test_each_call_is_noted_with_its_document_in_its_environment() -> None:
    scene = Scene()
    spending = scene.spending(10)
    quota = paid(spending)
    for _ in range(3):
        await quota.settle(await quota.reserve(ASKER, 5), PAGE)
    await quota.settle(await quota.reserve(ASKER, 5), None)
    await spending.close()
    lines = scene.prod.lines
    assert {one["row_id"] for one in lines} == {"row-1"}
    assert sum(whole(one, "calls") for one in lines) == 4
    assert sum(whole(one, "input_tokens") for one in lines) == 3_000_005, "an unknown one at its estimate"
    assert scene.dev.lines == []


async def test_what_all_environments_spent_together_stops_calls_until_midnight() -> None:
    scene = Scene(prod=Noted(earlier=2_500_000), dev=Noted(earlier=1_000_000))
    quota = paid(scene.spending(4))
    await quota.settle(await quota.reserve(ASKER, 5), PAGE)
    with pytest.raises(Spent, match=r"4\.50 of 4\.00 CAD") as raised:
        await quota.reserve(ASKER, 5)
    told = verdict(raised.value)
    assert isinstance(told, OutsideTrouble)
    assert told.after_seconds is not None
    assert 0 < told.after_seconds <= 25 * 3600
    await quota.spending.close()


async def test_without_any_money_no_call_is_made_and_no_database_is_asked() -> None:
    scene = Scene()
    with pytest.raises(Spent, match=r"quota\.cad_a_day"):
        await paid(scene.spending(0)).reserve(ASKER, 5)
    assert scene.prod.batches == {}


async def test_a_lost_answer_is_asked_for_again_and_nothing_is_noted_twice() -> None:
    scene = Scene(prod=Noted(away=True))
    quota = paid(scene.spending(10))
    await quota.settle(await quota.reserve(ASKER, 5), PAGE)
    await async_until(lambda: happened(len(scene.prod.lines) == 1))
    await quota.settle(await quota.reserve(ASKER, 5), PAGE)
    assert quota.spending.micros == 2_000_000, "what it was not told yet counts all the same"
    scene.prod.away = False
    await async_until(lambda: happened(scene.said == [("prod", True), ("prod", False)]))
    await quota.spending.close()
    assert sum(whole(one, "calls") for one in scene.prod.lines) == 2


async def test_a_database_that_hangs_holds_up_the_first_call_a_moment_and_later_ones_not_at_all() -> None:
    hanging = Noted(hangs=True)
    quota = paid(Scene(prod=hanging).spending(10, look_seconds=0.2))
    for patience in (5, 0.1, 0.1):
        async with asyncio.timeout(patience):
            await quota.settle(await quota.reserve(ASKER, 5), PAGE)
    hanging.answers.set()
    await quota.spending.close()
    assert sum(whole(one, "calls") for one in hanging.lines) == 3


async def test_a_database_is_not_asked_before_each_call() -> None:
    scene = Scene()
    quota = paid(scene.spending(10, look_seconds=60))
    for _ in range(20):
        await quota.settle(await quota.reserve(ASKER, 5), PAGE if _ == 0 else None)
    assert len(scene.prod.batches) == 1
    await quota.spending.close()
