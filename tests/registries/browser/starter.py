"""`python -m tests.registries.browser.starter FOLDER WORKER [ACCOUNT [CHROMIUM]]`: starts a browser with an
empty page, says whether it is in its sandbox, then waits. As another account when root names one."""

import asyncio
import os
import pwd
import sys
from pathlib import Path

from tests.registries.browsers import made


def become(account: str) -> None:
    """For good. Only now: what was imported may lie where that account cannot read."""
    entry = pwd.getpwnam(account)
    os.setgroups([])
    os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
    os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)


async def main(folder: str, worker: str, account: str = "", chromium: str = "") -> None:
    if account:
        become(account)
    browser = made(Path(folder), worker, browser=chromium)
    await browser.start()
    await (await browser.new_context()).new_page()
    print("started", "sandboxed" if browser.sandboxed else "bare", sep="\n", flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
