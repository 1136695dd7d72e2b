"""The child that looks ahead: depths, hints, rescues, releases of the dead, and the rows of worker_status."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

import orjson

from poolmgr.domain.json import Json, JsonObject, items, number, record, text
from poolmgr.domain.ports import Show
from poolmgr.workers.child import DRAINED
from poolmgr.workers.environments import ScoutClocks, Watch, Watched
from poolmgr.workers.metering import Metering
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.showing import Showing
from poolmgr.workers.tasks import Tasks


class Scout:
    """Watches every environment beside the others; the first one holds worker_status.

    figures: where the parent's measurements are kept; None = nowhere. metering: where models are paid for.

    Made inside a running event loop. Told by `hear`: release, workers, wake, drain, stop.
    """

    jobs = 0

    def __init__(
        self,
        environments: Sequence[Watched],
        *,
        host: str,
        clocks: ScoutClocks,
        pipe: Pipe,
        show: Show | None = None,
        figures: Path | None = None,
        metering: Metering | None = None,
    ) -> None:
        self.metering = metering
        self.figures = figures
        self.keeping: asyncio.Task[None] | None = None
        self.clocks = clocks
        self.pipe = pipe
        self.watches = [Watch(one, host, clocks, pipe) for one in environments]
        self.showing = Showing(show, clocks, pipe) if show else None
        self.beats: list[Json] = []
        self.news = asyncio.Event()
        self.beating = asyncio.Lock()
        self.tasks = Tasks()
        self.releases: dict[str, asyncio.Task[None]] = {}
        self.leaving = asyncio.Event()
        self.deadline_seconds = clocks.drain

    def hear(self, message: JsonObject) -> None:
        match text(message, "word"):
            case "release":
                crashed = message.get("crashed") is True
                self.begin_release(text(message, "worker"), text(message, "reason"), crashed=crashed)
            case "workers":
                self.beats = items(message, "workers")
                self.news.set()
                if self.showing:
                    self.showing.rows = self.beats
                    self.showing.reason = text(message, "reason")
            case "figures":
                self.keeping = self.tasks.start(self.keep(record(message, "figures")))
            case "wake":
                for watch in self.watches:
                    watch.hint.set()
            case "drain":
                self.leave_within(number(message, "deadline_seconds", self.clocks.drain))
            case "stop":
                self.leave_within(0)
            case "mode" | "pauses":
                pass
            case other:
                self.pipe.event("message.unknown", message=other)

    async def keep(self, figures: JsonObject) -> None:
        """What the pool measured, in a file for its next life. A full disk costs that, and no more."""
        if self.figures is None:
            return
        try:
            await asyncio.to_thread(replace_file, self.figures, orjson.dumps(figures))
        except OSError as error:
            self.pipe.event("figures.lost", error=f"{self.figures}: {error.strerror or error}")

    def leave_within(self, seconds: float) -> None:
        self.deadline_seconds = min(self.deadline_seconds, max(0.0, seconds))
        self.leaving.set()

    async def run(self) -> int:
        """Raises what nobody foresaw; the parent repeats to the next scout what was not acknowledged."""
        told = self.tasks.start(self.hear_the_end())
        for watch in self.watches:
            for one in watch.beside():
                self.tasks.start(one)
        self.tasks.start(self.beat())
        if self.showing:
            self.tasks.start(self.showing.keep())
        if self.metering:
            self.tasks.start(self.metering.keep(self.clocks, self.pipe))
        await asyncio.wait({told, self.tasks.failure}, return_when=asyncio.FIRST_COMPLETED)
        self.tasks.check()
        await self.leave()
        self.tasks.cancel()
        return DRAINED

    async def hear_the_end(self) -> None:
        await self.leaving.wait()

    async def leave(self) -> None:
        """Finishes the releases and writes the last rows, all at once and for no longer than one answer.

        What is not released then runs out by itself: a stop must not wait for an environment that is down.
        It fits into what the parent waits for, twice the deadline: a killed scout looks like a fault.
        """
        last = {self.tasks.start(self.say_workers()), *self.releases.values()}
        if self.showing:
            last.add(self.tasks.start(self.showing.finish()))
        if self.keeping:
            last.add(self.keeping)
        await asyncio.wait(last, timeout=min(self.deadline_seconds, self.clocks.answer) or self.clocks.stop)

    def begin_release(self, worker: str, reason: str, *, crashed: bool) -> None:
        """Once per worker at a time: the parent repeats itself until it hears `released`."""
        if not worker or worker in self.releases:
            return
        self.releases[worker] = self.tasks.start(self.release(worker, reason, crashed=crashed))
        self.releases[worker].add_done_callback(lambda _: self.releases.pop(worker))

    async def release(self, worker: str, reason: str, *, crashed: bool) -> None:
        """Everywhere, and no environment waits for another; the parent hears when all have answered."""
        first = [
            asyncio.create_task(watch.release(worker, reason, crashed=crashed)) for watch in self.watches
        ]
        again = [
            self.release_again(watch, one, worker, reason, crashed=crashed)
            for watch, one in zip(self.watches, first, strict=True)
        ]
        await asyncio.gather(self.tell_released(worker, first), *again)

    async def tell_released(self, worker: str, first: Sequence[asyncio.Task[int]]) -> None:
        self.pipe.send("released", worker=worker, count=sum(await asyncio.gather(*first)))

    async def release_again(
        self, watch: Watch, first: asyncio.Task[int], worker: str, reason: str, *, crashed: bool
    ) -> None:
        """Once more a little later: a claim may be committed after its worker died."""
        await first
        await self.pause(self.clocks.release_repeat)
        if late := await watch.release(worker, reason, crashed=crashed):
            self.pipe.event("release.late", environment=watch.name, worker=worker, count=late)

    async def pause(self, seconds: float) -> None:
        """Shorter when we leave."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.leaving.wait()

    async def beat(self) -> None:
        """At once when the parent says something new, else every `beat` seconds what it said last."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.clocks.beat):
                    await self.news.wait()
            self.news.clear()
            await self.say_workers()

    async def say_workers(self) -> None:
        """One after the other, so that older rows never replace newer ones."""
        async with self.beating:
            beats = self.beats
            if beats and self.watches and await self.watches[0].beat(beats):
                self.pipe.send("told", workers=gone(beats))


def replace_file(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(data)
    beside.replace(path)


def gone(beats: list[Json]) -> list[Json]:
    """The workers that are no more: their last row is written."""
    rows = [beat for beat in beats if isinstance(beat, dict)]
    return [text(row, "worker_id") for row in rows if text(row, "status") == "offline"]
