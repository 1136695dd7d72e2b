"""One environment as the scout sees it: how much waits there, who left what behind, whether it answers."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias, TypeVar

from poolmgr.config.settings import EnvironmentSettings, Settings
from poolmgr.domain.errors import NotMigrated, StoreError, StoreUnreachable
from poolmgr.domain.jobs import Depth, Rescue
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.ports import Queue
from poolmgr.workers.budgets import Budgets
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.salvage import Salvage
from poolmgr.workers.trouble import ANSWER_SLACK, Pace, Pauses, Trouble, within

Listen: TypeAlias = Callable[[str], AsyncIterator[str]]
"""Payloads of a channel until the connection is gone (StoreUnreachable); StoreError = never possible here."""

CHANNEL = "pool_ready"
# A flood of inserts brings a hint each; one look answers many.
LEAST_SECONDS_BETWEEN_LOOKS = 0.02
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Watched:
    """An environment to watch; `configuration` is what its functions are told, at the start and when it is
    not the same any more: prices change at midnight. `salvage` looks after its paid files, `budgets` after
    what may still be spent."""

    queue: Queue
    configuration: Callable[[], JsonObject]
    listen: Listen | None = None
    salvage: Salvage | None = None
    budgets: Budgets | None = None


@dataclass(frozen=True, kw_only=True)
class ScoutClocks:
    """Seconds: between looks, after a calm `idle_after`, between rescues, until an answer is given up.

    pauses: between the tries at an environment that is down. patience: whose answers take longer is slow.
    """

    depth: float
    depth_idle: float
    rescue: float
    beat: float
    answer: float
    release_repeat: float
    spool: float
    drain: float
    stop: float
    idle_after: float
    patience: float
    pauses: Pauses = field(default_factory=Pauses)


def scout_clocks(settings: Settings) -> ScoutClocks:
    queue, pool = settings.queue, settings.pool
    return ScoutClocks(
        depth=queue.depth_seconds,
        depth_idle=queue.depth_idle_seconds,
        idle_after=queue.idle_after_seconds,
        rescue=queue.rescue_seconds,
        beat=queue.beat_seconds,
        answer=queue.call_timeout_seconds * ANSWER_SLACK,
        release_repeat=pool.release_repeat_seconds,
        spool=settings.registre.spool_seconds,
        drain=pool.drain_seconds,
        stop=pool.kill_after_drain_seconds / 2,
        patience=queue.patience_seconds,
        pauses=Pauses(first=queue.pause_first_seconds, longest=queue.pause_max_seconds),
    )


def configuration(settings: Settings, environment: EnvironmentSettings, today: date) -> JsonObject:
    """The argument of `pool_configure` on a day of Quebec's."""
    queue, money = settings.queue, settings.money
    land, rdprm = settings.foncier, settings.rdprm
    return {
        "max_attempts": queue.max_attempts,
        "max_outages": queue.max_outages,
        "retry_seconds": list(queue.retry_seconds),
        "switches": {
            "land": environment.extraction,
            "ocr": environment.ocr,
            "req": environment.req,
            "rdprm": environment.rdprm,
        },
        "budgets": {"land": money.land_cents_a_day, "rdprm": money.rdprm_cents_a_day},
        "prices": {"land": land.highest_price("land", today), "rdprm": rdprm.highest_price("rdprm", today)},
        "reuse_days": {
            "acte": money.reuse_days_acte,
            "plan": money.reuse_days_plan,
            "index": money.reuse_days_index,
        },
        "land_unknown": money.land_unknown,
        "predecessor_beside": environment.predecessor_beside,
        "complete_sessions": settings.rdprm.complete_sessions,
    }


class Watch:
    """Everything the scout does for one environment; nothing here waits for another one."""

    def __init__(self, watched: Watched, host: str, clocks: ScoutClocks, pipe: Pipe) -> None:
        self.watched = watched
        self.queue = watched.queue
        self.host = host
        self.clocks = clocks
        self.pipe = pipe
        self.hint = asyncio.Event()
        self.configured: JsonObject | None = None
        self.told = asyncio.Event()
        self.left_behind: frozenset[Rescue] = frozenset()
        self.releasing = asyncio.Lock()
        self.pace = Pace(clocks.patience)
        self.outage = Trouble(self.say_end, clocks.pauses.backoff())
        self.troubles = {
            call: Trouble(self.sayer(call), clocks.pauses.backoff())
            for call in ("rescue", "release", "worker_beat", "hints", "spool", "budgets")
        }

    @property
    def name(self) -> str:
        return self.queue.environment

    def beside(self) -> tuple[Coroutine[None, None, None], ...]:
        """What goes on until the scout leaves."""
        going_on = [self.look(), self.rescue()]
        if self.watched.listen:
            going_on.append(self.hear_hints(self.watched.listen))
        if self.watched.salvage:
            going_on.append(self.look_after_spool(self.watched.salvage))
        if self.watched.budgets:
            going_on.append(self.watch_budgets(self.watched.budgets))
        return tuple(going_on)

    def say_outage(self, error: str, retry_seconds: float) -> None:
        """After every try that failed; the parent says it once."""
        self.pipe.send("outage", environment=self.name, error=error, retry_seconds=retry_seconds)

    def say_end(self, error: str) -> None:
        if not error:
            self.say_outage("", 0.0)

    def sayer(self, call: str) -> Callable[[str], None]:
        def say(error: str) -> None:
            word = "unanswered" if error else "answered"
            self.pipe.event(f"{call}.{word}", environment=self.name, error=error)

        return say

    async def answered(self, call: Awaitable[Result]) -> Result:
        """Raises StoreError or StoreUnreachable, the latter also after the agreed time."""
        return await within(self.clocks.answer, call)

    async def look(self) -> None:
        """Tells the parent the depths: soon after a hint, often while something happens, else seldom."""
        loop = asyncio.get_running_loop()
        busy_until = loop.time() + self.clocks.idle_after
        while True:
            self.hint.clear()
            asked_at = loop.time()
            try:
                depths = await self.depths()
            except (StoreUnreachable, StoreError) as error:
                self.configured = None
                pause = self.outage.began(error)
                self.say_outage(str(error), pause)
                await asyncio.sleep(pause)
                continue
            slow_seconds = self.pace.judged(loop.time() - asked_at)
            self.outage.over()
            self.pipe.send(
                "depths",
                environment=self.name,
                depths=[as_json(depth) for depth in depths],
                slow_seconds=slow_seconds,
            )
            if any(depth.ready or depth.running for depth in depths):
                busy_until = loop.time() + self.clocks.idle_after
            fast = loop.time() < busy_until
            if await self.is_hinted(self.clocks.depth if fast else self.clocks.depth_idle):
                busy_until = loop.time() + self.clocks.idle_after

    async def depths(self) -> list[Depth]:
        """Configures first, at the start and after each outage: it may be another database by then."""
        wanted = self.watched.configuration()
        if wanted != self.configured:
            differed = await self.answered(self.queue.configure(wanted))
            self.configured = wanted
            self.told.set()
            if differed:
                self.pipe.event("environment.configured", environment=self.name, differed=differed)
        return await self.answered(self.queue.depths(self.host))

    async def is_hinted(self, seconds: float) -> bool:
        await asyncio.sleep(LEAST_SECONDS_BETWEEN_LOOKS)
        try:
            async with asyncio.timeout(seconds):
                await self.hint.wait()
        except TimeoutError:
            return False
        return True

    async def hear_hints(self, listen: Listen) -> None:
        """Hints, where the database gives them. Without them the looks alone find work; said once."""
        trouble = self.troubles["hints"]
        while True:
            try:
                async for _ in listen(CHANNEL):
                    trouble.over()
                    self.hint.set()
                pause = trouble.began(StoreUnreachable("The listener ended."))
            except StoreUnreachable as error:
                pause = trouble.began(error)
            except StoreError as error:
                trouble.began(error)
                return
            await asyncio.sleep(pause)

    async def rescue(self) -> None:
        """What dead and foreign owners left behind, each row said once while it stays as it is."""
        trouble = self.troubles["rescue"]
        while True:
            await asyncio.sleep(self.clocks.rescue * random.uniform(0.8, 1.2))
            if self.outage.lasting:
                continue
            try:
                rows = frozenset(await self.answered(self.queue.rescue()))
            except (StoreUnreachable, StoreError) as error:
                await asyncio.sleep(trouble.began(error))
                continue
            trouble.over()
            for row in rows - self.left_behind:
                self.pipe.event("job.rescued", environment=self.name, **rescue_json(row))
            self.left_behind = rows

    async def look_after_spool(self, salvage: Salvage) -> None:
        """At once, then often: what is paid and lies here is told to the ledger and to the parent."""
        trouble = self.troubles["spool"]
        while True:
            try:
                found = await salvage.look()
            except (StoreUnreachable, StoreError) as error:
                await asyncio.sleep(trouble.began(error))
                continue
            trouble.over()
            self.pipe.send("spool", **found.as_json())
            for purchase, row in found.recovered.items():
                self.pipe.event("purchase.recovered", environment=self.name, row=row, purchase=purchase)
            await asyncio.sleep(self.clocks.spool * random.uniform(0.8, 1.2))

    async def watch_budgets(self, budgets: Budgets) -> None:
        """As often as the spool. Not before the functions know the operator's settings: those of yesterday
        would be said as today's."""
        trouble = self.troubles["budgets"]
        await self.told.wait()
        while True:
            try:
                found = await self.answered(budgets.look())
            except (StoreUnreachable, StoreError) as error:
                await asyncio.sleep(trouble.began(error))
                continue
            trouble.over()
            self.pipe.send("budgets", environment=self.name, budgets=[one.as_json() for one in found])
            await asyncio.sleep(self.clocks.spool * random.uniform(0.8, 1.2))

    async def release(self, worker: str, reason: str, *, crashed: bool) -> int:
        """How many claims of a dead worker were freed; tried until the environment answers.

        An environment that is not migrated holds no claim of anybody.
        """
        trouble = self.troubles["release"]
        async with self.releasing:
            while True:
                try:
                    count = await self.answered(self.queue.release_worker(worker, reason, crashed=crashed))
                except NotMigrated:
                    return 0
                except (StoreUnreachable, StoreError) as error:
                    await asyncio.sleep(trouble.began(error))
                else:
                    trouble.over()
                    return count

    async def beat(self, beats: list[Json]) -> bool:
        """Whether they are written."""
        try:
            await self.answered(self.queue.beat(beats))
        except (StoreUnreachable, StoreError) as error:
            self.troubles["worker_beat"].began(error)
            return False
        self.troubles["worker_beat"].over()
        return True


def as_json(depth: Depth) -> JsonObject:
    return {
        "kind": depth.kind,
        "ready": depth.ready,
        "running": depth.running,
        "oldest_ready_seconds": depth.oldest_ready_seconds,
        "next_not_before": depth.next_not_before,
    }


def rescue_json(row: Rescue) -> JsonObject:
    """`worker` of an event is who says it."""
    return {"kind": row.kind, "row": row.row_id, "owner": row.worker, "reason": row.reason}
