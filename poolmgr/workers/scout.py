"""The child that looks ahead: depths, hints, rescues, releases of the dead, and the rows of worker_status."""

import asyncio
import contextlib
from collections.abc import Sequence

from poolmgr.domain.json import Json, JsonObject, items, number, text
from poolmgr.workers.child import DRAINED
from poolmgr.workers.environments import ScoutClocks, Watch, Watched
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.tasks import Tasks


class Scout:
    """Watches every environment beside the others; the first one holds worker_status.

    Made inside a running event loop. Told by `hear`: release, workers, wake, drain, stop.
    """

    jobs = 0

    def __init__(
        self, environments: Sequence[Watched], *, host: str, clocks: ScoutClocks, pipe: Pipe
    ) -> None:
        self.clocks = clocks
        self.pipe = pipe
        self.watches = [Watch(one, host, clocks, pipe) for one in environments]
        self.beats: list[Json] = []
        self.news = asyncio.Event()
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
            case "wake":
                for watch in self.watches:
                    watch.hint.set()
            case "drain":
                self.leave_within(number(message, "deadline_seconds", self.clocks.drain))
            case "stop":
                self.leave_within(0)
            case "mode" | "pause" | "resume":
                pass
            case other:
                self.pipe.event("message.unknown", message=other)

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
        await asyncio.wait({told, self.tasks.failure}, return_when=asyncio.FIRST_COMPLETED)
        self.tasks.check()
        await self.leave()
        self.tasks.cancel()
        return DRAINED

    async def hear_the_end(self) -> None:
        await self.leaving.wait()

    async def leave(self) -> None:
        """Finishes the releases, then says that everybody is offline; neither for longer than one answer.

        What is not released then runs out by itself: a stop must not wait for an environment that is down.
        Both fit into what the parent waits for, twice the deadline: a killed scout looks like a fault.
        """
        seconds = self.deadline_seconds
        if pending := set(self.releases.values()):
            await asyncio.wait(pending, timeout=min(seconds, self.clocks.answer))
        offline = self.tasks.start(self.say_offline())
        last = min(self.clocks.stop, seconds / 2) if seconds else self.clocks.stop
        await asyncio.wait({offline}, timeout=last)

    def begin_release(self, worker: str, reason: str, *, crashed: bool) -> None:
        """Once per worker at a time: the parent repeats itself until it hears `released`."""
        if not worker or worker in self.releases:
            return
        self.releases[worker] = self.tasks.start(self.release(worker, reason, crashed=crashed))
        self.releases[worker].add_done_callback(lambda _: self.releases.pop(worker))

    async def release(self, worker: str, reason: str, *, crashed: bool) -> None:
        """Everywhere; and once more a little later: a claim may be committed after its worker died."""
        count = await self.release_everywhere(worker, reason, crashed=crashed)
        self.pipe.send("released", worker=worker, count=count)
        await self.pause(self.clocks.release_repeat)
        if late := await self.release_everywhere(worker, reason, crashed=crashed):
            self.pipe.event("release.late", worker=worker, count=late)

    async def release_everywhere(self, worker: str, reason: str, *, crashed: bool) -> int:
        calls = (watch.release(worker, reason, crashed=crashed) for watch in self.watches)
        return sum(await asyncio.gather(*calls))

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
            await self.say_workers(self.beats)

    async def say_workers(self, beats: list[Json]) -> None:
        if beats and self.watches:
            await self.watches[0].beat(beats)

    async def say_offline(self) -> None:
        final: JsonObject = {"status": "offline", "current_job_id": None}
        gone = [beat | final for beat in self.beats if isinstance(beat, dict)]
        await self.say_workers(list(gone))
