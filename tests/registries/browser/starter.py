"""`python -m tests.registries.browser.starter FOLDER WORKER`: starts a browser, says so, then waits."""

import asyncio
import sys
from pathlib import Path

from tests.registries.browsers import made


async def main() -> None:
    await made(Path(sys.argv[1]), sys.argv[2]).start()
    print("started", flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
