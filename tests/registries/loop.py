"""One event loop for all coroutines of these tests: a browser belongs to the loop that started it."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")


class Loop:
    """Made when first needed; it stands still between tests."""

    def __init__(self) -> None:
        self.runner: asyncio.Runner | None = None

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        if self.runner is None:
            self.runner = asyncio.Runner()
        task = self.runner.get_loop().create_task(work)
        try:
            return self.runner.run(wait_for(task))
        finally:
            if not task.done():  # the test's time was over
                self.runner.run(end(task))

    def close(self) -> None:
        if self.runner is not None:
            self.runner.close()


async def wait_for(task: asyncio.Task[Result]) -> Result:
    return await task


async def end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


LOOP = Loop()
