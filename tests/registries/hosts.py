"""A Chromium that nobody of ours started: what a hosted browser is."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import SecretStr

from poolmgr.local import accounts
from poolmgr.registries.browser.programs import find_chromium
from tests.waiting import until

KEY = "k3y-of-the-owner"
START_SECONDS = 30.0


class Host:
    """Its address carries a key, as those of hosted browsers do."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self.port = port

    @property
    def address(self) -> SecretStr:
        return SecretStr(f"http://127.0.0.1:{self.port}/?apiKey={KEY}")

    def pages(self) -> list[str]:
        """What is open in it."""
        found = httpx.get(f"http://127.0.0.1:{self.port}/json/list").json()
        return [page["url"] for page in found if page["type"] == "page"]


@contextmanager
def host(folder: Path, *, stranger: bool = False) -> Iterator[Host]:
    """stranger: as another user of this machine, who may write into no folder of ours."""
    profile = folder / "profile"
    profile.mkdir()
    account = accounts.choose(folder) if stranger else None
    if account is not None:
        os.chown(profile, account.uid, account.gid)
    process = subprocess.Popen(
        [
            str(find_chromium("").path),
            "--headless",
            "--no-sandbox",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HOME": str(profile), "TMPDIR": str(profile)},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    try:
        written = profile / "DevToolsActivePort"
        until(lambda: written.exists() and "\n" in written.read_text(), START_SECONDS, "the browser's port")
        yield Host(process, int(written.read_text().split()[0]))
    finally:
        process.kill()
        process.wait()
