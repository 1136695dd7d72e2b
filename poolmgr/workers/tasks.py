"""Tasks that go on beside each other."""

import asyncio
from collections.abc import Coroutine


class Tasks:
    """`failure` gets the first error that none of them foresaw; it never gets a value."""

    def __init__(self) -> None:
        self.running: set[asyncio.Task[None]] = set()
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self.running.add(task)
        task.add_done_callback(self.end)
        return task

    def end(self, task: asyncio.Task[None]) -> None:
        self.running.discard(task)
        if not task.cancelled() and (error := task.exception()) and not self.failure.done():
            self.failure.set_exception(error)

    def check(self) -> None:
        """Raises the failure, if there is one."""
        if self.failure.done():
            self.failure.result()

    def cancel(self) -> None:
        """Asks all of them to end, and waits for none."""
        for task in self.running:
            task.cancel()
