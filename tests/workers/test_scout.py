import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from poolmgr.config.settings import (
    EnvironmentSettings,
    FoncierSettings,
    MoneySettings,
    QueueSettings,
    RdprmSettings,
    Settings,
)
from poolmgr.domain.errors import NotMigrated, StoreError, StoreUnreachable
from poolmgr.domain.jobs import Rescue, RowId
from poolmgr.domain.json import JsonObject, number, records
from poolmgr.workers.child import DRAINED
from poolmgr.workers.environments import ScoutClocks, Watched, configuration
from poolmgr.workers.scout import Scout
from tests.waiting import async_until
from tests.workers.queues import HANG, LOSE, REFUSE, QueueInMemory
from tests.workers.stage import Parent, happened, line

CLOCKS = ScoutClocks(
    depth=0.03,
    depth_idle=0.06,
    idle_after=60.0,
    rescue=0.03,
    beat=30,
    answer=0.2,
    release_repeat=0.1,
    spool=1.0,
    drain=30,
    stop=0.3,
    patience=5.0,
)
BEAT: JsonObject = {"worker_id": "worker-1", "status": "busy", "current_job_id": "x", "jobs_completed": 3}


@dataclass
class Ears:
    """A LISTEN that can be fed, and that dies when told to."""

    hints: asyncio.Queue[str | Exception] = field(default_factory=asyncio.Queue)
    opened: int = 0

    async def listen(self, channel: str) -> AsyncIterator[str]:
        self.opened += 1
        while True:
            hint = await self.hints.get()
            if isinstance(hint, Exception):
                raise hint
            yield hint


@dataclass
class Lookout:
    scout: Scout
    parent: Parent
    ending: asyncio.Task[int]

    async def ends(self, within_seconds: float = 5.0) -> int:
        async with asyncio.timeout(within_seconds):
            return await self.ending


@asynccontextmanager
async def scouting(
    *queues: QueueInMemory,
    ears: Ears | None = None,
    clocks: ScoutClocks = CLOCKS,
    told: Callable[[], JsonObject] | None = None,
) -> AsyncIterator[Lookout]:
    async with line() as (parent, pipe):
        watched = [
            Watched(
                queue=queue,
                configuration=told or partial(dict, of=queue.name),
                listen=ears.listen if ears else None,
            )
            for queue in queues
        ]
        scout = Scout(watched, host="here", clocks=clocks, pipe=pipe)
        ending = asyncio.create_task(scout.run())
        try:
            yield Lookout(scout, parent, ending)
        finally:
            if not ending.done():
                scout.hear({"word": "stop"})
                await asyncio.wait({ending})


async def test_each_environment_is_configured_once_and_its_depths_are_told_again_and_again() -> None:
    prod, dev = QueueInMemory("prod", rows=3), QueueInMemory("dev")
    async with scouting(prod, dev) as lookout:
        heard = await lookout.parent.hears("depths", 8)
    assert prod.configurations == [{"of": "prod"}]
    assert dev.configurations == [{"of": "dev"}]
    first = next(message for message in heard if message["environment"] == "prod")
    assert records(first, "depths") == [
        {
            "kind": "ocr_index",
            "ready": 3,
            "running": 0,
            "oldest_ready_seconds": None,
            "next_not_before": None,
        }
    ]


async def test_an_environment_that_is_down_is_told_after_each_try_and_delays_nobody() -> None:
    prod, dev = QueueInMemory("prod"), QueueInMemory("dev")
    prod.always["configure"] = HANG
    async with scouting(prod, dev) as lookout:
        await lookout.parent.hears("outage")
        told = len(lookout.parent.heard("depths"))
        await lookout.parent.hears("depths", told + 5)
        outages = await lookout.parent.hears("outage", 2)
        assert {message["environment"] for message in outages} == {"prod"}
        assert all(message["error"] == "No answer within 0.2 s." for message in outages)
        assert 0 < number(outages[0], "retry_seconds") <= CLOCKS.pauses.first
        assert number(outages[1], "retry_seconds") <= 2 * CLOCKS.pauses.first
        del prod.always["configure"]

        async def is_over() -> bool:
            return lookout.parent.heard("outage")[-1]["error"] == ""

        await async_until(is_over, what="the end of the outage")


async def test_depths_say_how_long_a_slow_environment_takes_to_answer() -> None:
    queue = QueueInMemory()
    async with scouting(queue, clocks=replace(CLOCKS, patience=0.0)) as lookout:
        heard = await lookout.parent.hears("depths", 4)
    assert [bool(message["slow_seconds"]) for message in heard[:4]] == [False, False, True, True]


async def test_after_an_outage_the_environment_is_configured_again() -> None:
    queue = QueueInMemory()
    queue.plan["depths"] = ["", REFUSE]
    async with scouting(queue) as lookout:
        await lookout.parent.hears("outage", 2)
    assert len(queue.configurations) == 2


async def test_what_is_not_the_same_any_more_is_told_the_environment_again() -> None:
    """Prices change at midnight."""
    queue, cents = QueueInMemory(), {"land": 150}
    async with scouting(queue, told=lambda: {"prices": dict(cents)}) as lookout:
        await lookout.parent.hears("depths", 2)
        cents["land"] = 155
        await async_until(lambda: happened(len(queue.configurations) > 1), what="the new price")
    assert queue.configurations == [{"prices": {"land": 150}}, {"prices": {"land": 155}}]


async def test_the_dead_are_released_everywhere_and_once_more_later() -> None:
    prod, dev = QueueInMemory("prod", rows=1), QueueInMemory("dev", rows=2)
    prod.claimed("a", ["ocr_index"], "worker-9", 1)
    async with scouting(prod, dev) as lookout:
        lookout.scout.hear({"word": "release", "worker": "worker-9", "reason": "died", "crashed": True})
        (released,) = await lookout.parent.hears("released")
        assert released == {"word": "released", "worker": "worker-9", "count": 1}
        dev.claimed("committed after the release", ["ocr_index"], "worker-9", 2)
        (late,) = await lookout.parent.hears_of("release.late")
    assert late == {"environment": "dev", "worker": "worker-9", "count": 2}
    assert prod.released_workers == [("worker-9", True)] * 2
    assert len(lookout.parent.heard("released")) == 1


async def test_the_dead_are_released_again_though_another_environment_is_still_silent() -> None:
    prod, dev = QueueInMemory("prod"), QueueInMemory("dev", rows=2)
    prod.always["release_worker"] = HANG
    async with scouting(prod, dev, clocks=replace(CLOCKS, answer=60)) as lookout:
        lookout.scout.hear({"word": "release", "worker": "worker-9", "reason": "died", "crashed": True})
        await async_until(lambda: happened(dev.released_workers == [("worker-9", True)]))
        dev.claimed("committed after the release", ["ocr_index"], "worker-9", 2)
        await lookout.parent.hears_of("release.late")
        assert not lookout.parent.heard("released"), "not everywhere yet"


async def test_a_release_waits_for_the_environment_that_is_down_and_is_kept_once() -> None:
    prod, dev = QueueInMemory("prod"), QueueInMemory("dev")
    dev.plan["release_worker"] = [REFUSE, LOSE, HANG]
    async with scouting(prod, dev) as lookout:
        for _ in range(3):
            lookout.scout.hear({"word": "release", "worker": "worker-9", "reason": "", "crashed": False})
        await async_until(lambda: happened(dev.calls["release_worker"] >= 2))
        assert not lookout.parent.heard("released")
        assert prod.released_workers == [("worker-9", False)]
        await lookout.parent.hears("released")
        assert len(lookout.parent.events("release.unanswered")) == 1


async def test_an_environment_that_is_not_migrated_holds_up_no_release() -> None:
    prod, dev = QueueInMemory("prod"), QueueInMemory("dev")
    dev.always["release_worker"] = NotMigrated("no such function")
    async with scouting(prod, dev) as lookout:
        lookout.scout.hear({"word": "release", "worker": "worker-9", "reason": "", "crashed": False})
        await lookout.parent.hears("released")


async def test_a_rescued_row_is_said_once_while_it_is_reported() -> None:
    queue = QueueInMemory()
    row = Rescue(kind="rdprm", row_id=RowId("r"), worker=None, reason="running without a lease: look at it")
    queue.left_behind = [row]
    async with scouting(queue) as lookout:
        await async_until(lambda: happened(queue.calls["rescue"] >= 3))
        queue.left_behind = [row, replace(row, row_id=RowId("s"))]
        rescued = await lookout.parent.hears_of("job.rescued", 2)
    assert [event["row"] for event in rescued] == ["r", "s"]
    assert rescued[0]["environment"] == "prod"


GONE: JsonObject = BEAT | {"worker_id": "worker-0", "status": "offline", "current_job_id": None}


async def test_worker_status_is_written_in_the_first_environment_and_the_last_rows_before_it_leaves() -> None:
    prod, dev = QueueInMemory("prod"), QueueInMemory("dev")
    async with scouting(prod, dev) as lookout:
        lookout.scout.hear({"word": "workers", "workers": [BEAT]})
        await async_until(lambda: happened(prod.beats == [[BEAT]]))
        lookout.scout.hear({"word": "workers", "workers": [GONE]})
        lookout.scout.hear({"word": "drain", "deadline_seconds": 5})
        assert await lookout.ends() == DRAINED
        assert lookout.parent.heard("told")[-1]["workers"] == ["worker-0"]
    assert prod.beats[-1] == [GONE]
    assert not dev.beats


async def test_a_scout_that_leaves_alone_says_of_nobody_that_he_is_gone() -> None:
    queue = QueueInMemory()
    async with scouting(queue) as lookout:
        lookout.scout.hear({"word": "workers", "workers": [BEAT]})
        lookout.scout.hear({"word": "drain", "deadline_seconds": 5})
        assert await lookout.ends() == DRAINED
    assert queue.beats[-1] == [BEAT]


async def test_whose_last_row_is_not_written_is_not_told_as_gone() -> None:
    queue = QueueInMemory()
    queue.plan["beat"] = [REFUSE]
    async with scouting(queue) as lookout:
        lookout.scout.hear({"word": "workers", "workers": [GONE, BEAT]})
        await lookout.parent.hears_of("worker_beat.unanswered")
        assert not lookout.parent.heard("told")
        lookout.scout.hear({"word": "workers", "workers": [GONE, BEAT]})
        (told,) = await lookout.parent.hears("told")
    assert told["workers"] == ["worker-0"]


async def test_a_worker_status_that_cannot_be_written_is_said_once_and_tried_again() -> None:
    queue = QueueInMemory()
    queue.plan["beat"] = [REFUSE, StoreError("no"), HANG]
    async with scouting(queue, clocks=replace(CLOCKS, beat=0.02)) as lookout:
        lookout.scout.hear({"word": "workers", "workers": [BEAT]})
        await lookout.parent.hears_of("worker_beat.answered")
        assert len(lookout.parent.events("worker_beat.unanswered")) == 1


async def test_a_drain_finishes_releases_without_waiting_for_their_repeat() -> None:
    queue = QueueInMemory()
    async with scouting(queue, clocks=replace(CLOCKS, release_repeat=60)) as lookout:
        lookout.scout.hear({"word": "release", "worker": "worker-9", "reason": "", "crashed": False})
        lookout.scout.hear({"word": "drain", "deadline_seconds": 30})
        assert await lookout.ends() == DRAINED
        assert lookout.parent.heard("released")
    assert len(queue.released_workers) == 2


@pytest.mark.parametrize("word", ["drain", "stop"])
async def test_leaving_is_bounded_though_nothing_answers(word: str) -> None:
    queue = QueueInMemory()
    for function in ("configure", "depths", "release_worker", "beat", "rescue"):
        queue.always[function] = HANG
    async with scouting(queue) as lookout:
        lookout.scout.hear({"word": "workers", "workers": [BEAT]})
        lookout.scout.hear({"word": "release", "worker": "worker-9", "reason": "", "crashed": False})
        await async_until(lambda: happened(queue.calls["release_worker"] == 1))
        began = time.monotonic()
        lookout.scout.hear({"word": word, "deadline_seconds": 60})
        assert await lookout.ends() == DRAINED
        assert time.monotonic() - began < 2 * (CLOCKS.answer + CLOCKS.stop)


async def test_a_hint_is_looked_into_at_once() -> None:
    queue, ears = QueueInMemory(), Ears()
    async with scouting(queue, ears=ears, clocks=replace(CLOCKS, depth=30, depth_idle=30)) as lookout:
        await lookout.parent.hears("depths")
        queue.waiting.append("new")
        ears.hints.put_nowait("ocr_index")
        heard = await lookout.parent.hears("depths", 2)
    assert number(records(heard[1], "depths")[0], "ready") == 1


async def test_when_the_listener_dies_the_looks_go_on_and_it_is_said_once() -> None:
    queue, ears = QueueInMemory(), Ears()
    async with scouting(queue, ears=ears) as lookout:
        for _ in range(2):
            ears.hints.put_nowait(StoreUnreachable("does not hear its own NOTIFY"))
        await async_until(lambda: happened(ears.opened == 3))
        told = len(lookout.parent.heard("depths"))
        await lookout.parent.hears("depths", told + 2)
        assert len(lookout.parent.events("hints.unanswered")) == 1
        assert not lookout.parent.heard("outage")
        ears.hints.put_nowait("ocr_index")
        await lookout.parent.hears_of("hints.answered")


async def test_where_listening_is_impossible_it_is_tried_once() -> None:
    queue, ears = QueueInMemory(), Ears()
    ears.hints.put_nowait(StoreError("a transaction pooler cannot LISTEN"))
    async with scouting(queue, ears=ears) as lookout:
        await lookout.parent.hears_of("hints.unanswered")
        await lookout.parent.hears("depths", 4)
    assert ears.opened == 1


async def test_looks_get_rarer_when_nothing_happens_and_frequent_again_on_a_hint() -> None:
    queue, ears = QueueInMemory(), Ears()
    calm = replace(CLOCKS, idle_after=0.1, depth=0.01, depth_idle=30)
    async with scouting(queue, ears=ears, clocks=calm) as lookout:
        await lookout.parent.hears("depths", 2)
        looked = 0

        async def is_calm() -> bool:
            nonlocal looked
            before, looked = looked, queue.calls["depths"]
            await asyncio.wait({lookout.ending}, timeout=0.1)
            return before == looked

        await async_until(is_calm)
        ears.hints.put_nowait("ocr_index")
        await async_until(lambda: happened(queue.calls["depths"] >= looked + 3))


async def test_what_the_pool_measured_is_written_whole_and_a_folder_that_is_gone_costs_only_that(
    tmp_path: Path,
) -> None:
    async with line() as (parent, pipe):
        file = tmp_path / "measured.json"
        scout = Scout([], host="here", clocks=CLOCKS, pipe=pipe, figures=file)
        ending = asyncio.create_task(scout.run())
        scout.hear({"word": "figures", "figures": {"costs": {"index": {"samples": 1}}}})
        await async_until(lambda: happened(file.exists()), what="the file")
        assert json.loads(file.read_text()) == {"costs": {"index": {"samples": 1}}}
        scout.figures = tmp_path / "gone" / "measured.json"
        scout.hear({"word": "figures", "figures": {}})
        await parent.hears_of("figures.lost")
        scout.hear({"word": "stop"})
        assert await ending == DRAINED


async def test_an_unforeseen_error_ends_the_scout() -> None:
    queue = QueueInMemory()
    queue.plan["depths"] = [ValueError("a bug")]
    async with scouting(queue) as lookout:
        await asyncio.wait({lookout.ending}, timeout=5)
        assert isinstance(lookout.ending.exception(), ValueError)


def test_the_configuration_says_what_the_functions_need_to_know() -> None:
    settings = Settings(
        queue=QueueSettings(max_attempts=5, retry_seconds=(1.0, 2.0)),
        money=MoneySettings(land_cents_a_day=3000, reuse_days_plan=7),
        foncier=FoncierSettings(price_cents=200),
        rdprm=RdprmSettings(complete_sessions=True),
    )
    environment = EnvironmentSettings(extraction=False, predecessor_beside=False)
    assert configuration(settings, environment, date(2026, 11, 26)) == {
        "max_attempts": 5,
        "max_outages": 20,
        "retry_seconds": [1.0, 2.0],
        "switches": {"land": False, "ocr": True, "req": True, "rdprm": True},
        "budgets": {"land": 3000, "rdprm": 0},
        "prices": {"land": 200, "rdprm": 1200},
        "reuse_days": {"acte": 3650, "plan": 7, "index": 0},
        "land_unknown": "hold",
        "predecessor_beside": False,
        "complete_sessions": True,
    }
