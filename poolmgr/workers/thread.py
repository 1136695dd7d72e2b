"""The one thread of a child in which documents are opened: PyMuPDF takes no two."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias, TypeVar

from poolmgr.workers.verdicts import Stuck

T = TypeVar("T")
Stop: TypeAlias = Callable[[], bool]


class OneThread:
    """Works come one after the other. stop_seconds: what one that is told to stop may take to end."""

    def __init__(self, stop_seconds: float) -> None:
        self.stop_seconds = stop_seconds
        self.pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ocr")
        self.is_stuck = False

    async def __call__(self, work: Callable[[], T]) -> T:
        """What is cancelled while it waits never begins. Raises what the work raises, Stuck."""
        return await self.run(lambda _: work())

    async def run(self, work: Callable[[Stop], T], seconds: float | None = None) -> T:
        """Raises TimeoutError after `seconds`, Stuck when the work does not end then."""
        told = threading.Event()
        submitted = self.pool.submit(work, told.is_set)
        running = asyncio.wrap_future(submitted)
        try:
            await asyncio.wait({running}, timeout=seconds)
        finally:
            if not running.done():
                told.set()
                await self.see_it_end(submitted, running)
        if told.is_set():
            raise TimeoutError(f"Reading took longer than {seconds:g} s.")
        return running.result()

    async def see_it_end(self, submitted: Future[T], running: asyncio.Future[T]) -> None:
        """Waits for the thread, not longer than agreed. Raises Stuck when it goes on."""
        if submitted.cancel():
            return
        await asyncio.wait({running}, timeout=self.stop_seconds)
        if not running.done():
            self.is_stuck = True
            self.check()
        running.exception()

    def check(self) -> None:
        """Raises Stuck when a work was told to stop and goes on: whoever comes next would wait for ever."""
        if self.is_stuck:
            raise Stuck(f"The thread that reads went on {self.stop_seconds:g} s after it was told to stop.")
