"""The replica from outside: started, adopted and stopped in one folder, on a port of this machine alone.

<folder>/  till.jsonl   what was sold and pressed, for good
           url, pid     of the one that runs, or ran last
           log
"""

import http.client
import importlib.util
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from poolmgr.domain.errors import NotAvailable
from poolmgr.local import accounts, processes
from poolmgr.local.failures import failed, last_lines, writing
from poolmgr.local.programs import INSTALL
from poolmgr.local.replica.paths import CONTROL

ADDRESS = "127.0.0.1"
PROCESS = "sirf-replica"
PID_FILE, URL_FILE, LOG, TILL = "pid", "url", "log", "till.jsonl"
PACKAGES = ("starlette", "uvicorn")


@dataclass(frozen=True, kw_only=True)
class Server:
    """`seed` and `jobs` are of the samples' catalogue; port 0 is the one of last time, else any."""

    folder: Path
    seed: int | None = None
    jobs: int | None = None
    port: int = 0

    @property
    def log(self) -> Path:
        return self.folder / LOG


def process(folder: Path) -> psutil.Process | None:
    """The running replica of this folder."""
    return processes.find(folder / PID_FILE, PROCESS, folder)


def url(folder: Path) -> str | None:
    """Where the replica of this folder is, or was when it ran last."""
    try:
        return (folder / URL_FILE).read_text().strip() or None
    except FileNotFoundError:
        return None


def answers(folder: Path) -> bool:
    """Whether it answers within a second, whatever faults are set."""
    address = urlsplit(url(folder) or "")
    connection = http.client.HTTPConnection(ADDRESS, address.port or 0, timeout=1)
    try:
        connection.request("GET", f"{CONTROL}steps")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def start(server: Server, *, timeout_seconds: float) -> bool:
    """Makes sure that it runs and answers; False when it did already. Daemonised, in its own session.

    Raises NotAvailable or StoreUnreachable.
    """
    if process(server.folder) is not None and answers(server.folder):
        return False
    if missing := [name for name in PACKAGES if importlib.util.find_spec(name) is None]:
        raise NotAvailable(f"{' and '.join(missing)} is not installed.", advice=INSTALL)
    stop(server.folder, timeout_seconds=timeout_seconds)
    us = accounts.ourselves()
    with writing(server.folder):
        accounts.own_folder(us, server.folder)
    port = server.port or urlsplit(url(server.folder) or "").port or 0
    words: list[str | Path] = [sys.executable, "-m", "poolmgr.local.replica", "--folder", server.folder]
    given = {"--seed": server.seed, "--jobs": server.jobs, "--port": port}
    words += [word for name, value in given.items() if value is not None for word in (name, str(value))]
    answer = accounts.run(us, words, timeout_seconds=timeout_seconds)
    deadline = time.monotonic() + timeout_seconds
    while answer.code == 0 and time.monotonic() < deadline:
        if process(server.folder) is not None and answers(server.folder):
            return True
        time.sleep(0.01)
    said = f"{answer.output}\n{last_lines(server.log)}"
    raise failed("The registry's replica did not start", said, server.log)


def stop(folder: Path, *, timeout_seconds: float) -> bool:
    """At once, whatever hangs in it; False when nothing ran."""
    running = process(folder)
    if running is None:
        return False
    processes.end([running], [signal.SIGTERM, signal.SIGKILL], timeout_seconds=timeout_seconds)
    return True
