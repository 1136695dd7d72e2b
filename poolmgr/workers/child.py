"""The life of a child: ready, beating, hearing its parent, gone."""

import asyncio
import signal
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeAlias

from poolmgr.domain.children import ChildStart
from poolmgr.domain.json import JsonObject
from poolmgr.telemetry import logs
from poolmgr.workers.pipe import Pipe

DRAINED = 0
CRASHED = 1
PARENT_GONE = 69
STUCK = 75
FLUSH_SECONDS = 1.0
MOST_THREADS = 64
"""A name that nobody resolves or a disk that hangs holds its thread for minutes, whatever asked for it: what
another environment needs must find one that is free."""


class Work(Protocol):
    """What a child does between ready and gone."""

    @property
    def jobs(self) -> int:
        """How many jobs are in its hands now."""
        ...

    def hear(self, message: JsonObject) -> None:
        """A message from the parent. Never waits and never raises: it only notes what is to be done."""
        ...

    async def run(self) -> int:
        """Works until it is told to go; its value is the exit code."""
        ...


Maker: TypeAlias = Callable[[Pipe], Work]
"""Makes the work inside the child's own event loop: clients are opened after the fork."""


def run(start: ChildStart, make: Maker, beat_seconds: float) -> int:
    """Lives until the work is done or the parent is gone. The caller leaves by `os._exit` with the value.

    Nothing is awaited at the end: a hung database or a thread stuck in C must not hold the process.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="child"))
    return loop.run_until_complete(live(start, make, beat_seconds))


async def live(start: ChildStart, make: Maker, beat_seconds: float) -> int:
    pipe = await Pipe.opened(start.pipe)
    asyncio.get_running_loop().set_exception_handler(lambda _, context: tell_stray(pipe, context))
    work = make(pipe)
    obey_signals(work)
    pipe.send("ready")
    working = asyncio.create_task(work.run(), name="work")
    hearing = asyncio.create_task(hear(pipe, work), name="hear")
    beating = asyncio.create_task(beat(pipe, work, beat_seconds), name="beat")
    ended, _ = await asyncio.wait({working, hearing, beating}, return_when=asyncio.FIRST_COMPLETED)
    code = exit_code(ended, working, pipe)
    if code != PARENT_GONE:
        await pipe.flush(FLUSH_SECONDS)
    for task in (hearing, beating, working):
        task.cancel()
    return code


def tell_stray(pipe: Pipe, context: dict[str, Any]) -> None:
    """What asyncio would print by itself: as an event it is one line, and its secrets are masked."""
    error = context.get("exception")
    lines = traceback.format_exception(error) if isinstance(error, BaseException) else []
    pipe.event("child.stray", error=f"{context.get('message')}: {error!r}", traceback="".join(lines))


def exit_code(ended: set[asyncio.Task[int]], working: asyncio.Task[int], pipe: Pipe) -> int:
    """Of the first task that ended; a crash is told before the child leaves."""
    first = working if working in ended else ended.pop()
    error = first.exception()
    if error is None:
        return first.result()
    pipe.event("child.failed", error=repr(error), traceback="".join(traceback.format_exception(error)))
    return CRASHED


async def hear(pipe: Pipe, work: Work) -> int:
    async for message in pipe.messages():
        if message["word"] == "level":
            hear_level(message)
        else:
            work.hear(message)
    return PARENT_GONE


def hear_level(message: JsonObject) -> None:
    """How much this process logs from now on; a word that is none changes nothing."""
    for level in logs.PRIORITIES:
        if message.get("level") == level:
            logs.listen_from(level)


async def beat(pipe: Pipe, work: Work, seconds: float) -> int:
    while True:
        pipe.send("beat", state="busy" if work.jobs else "idle", jobs=work.jobs)
        await asyncio.sleep(seconds)


def obey_signals(work: Work) -> None:
    """The parent speaks by the pipe. Somebody else's SIGTERM is a drain; Ctrl-C is not for us."""
    drain: JsonObject = {"word": "drain"}
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.hear, drain)
    for other in (signal.SIGINT, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
