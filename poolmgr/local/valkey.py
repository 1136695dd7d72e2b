"""A Valkey of our own: a unix socket in a private folder, no TCP port, nothing kept on disk."""

import signal
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from poolmgr.local import accounts, processes
from poolmgr.local.accounts import Account
from poolmgr.local.failures import failed, last_lines, writing

SOCKET = "valkey.sock"
PID_FILE = "pid"
PROCESSES = ("valkey-server", "redis-server")


@dataclass(frozen=True, kw_only=True)
class Server:
    folder: Path
    sockets: Path
    account: Account

    @property
    def socket(self) -> Path:
        return self.sockets / SOCKET

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"


def process(folder: Path) -> psutil.Process | None:
    """The running server of this folder."""
    found = (processes.find(folder / PID_FILE, name, folder) for name in PROCESSES)
    return next((one for one in found if one is not None), None)


def answers(server: Server) -> bool:
    """Whether it answers PING within a second."""
    once = Retry(NoBackoff(), 0)
    client = redis.Redis(unix_socket_path=str(server.socket), socket_timeout=1, retry=once)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def start(server: Server, program: Path, *, timeout_seconds: float) -> bool:
    """Makes sure that it runs and answers; False when it did already. Daemonised, in its own session.

    Raises NotAvailable or StoreUnreachable.
    """
    if process(server.folder) is not None and answers(server):
        return False
    stop(server.folder, timeout_seconds=timeout_seconds)
    with writing(server.folder):
        accounts.own_folder(server.account, server.folder)
    words: list[str | Path] = [
        program,
        "--port",
        "0",
        "--unixsocket",
        server.socket,
        "--unixsocketperm",
        "700",
    ]
    words += ["--daemonize", "yes", "--dir", server.folder]
    words += ["--pidfile", server.folder / PID_FILE, "--logfile", server.log]
    words += ["--save", "", "--appendonly", "no"]
    answer = accounts.run(server.account, words, timeout_seconds=timeout_seconds)
    deadline = time.monotonic() + timeout_seconds
    while answer.code == 0 and time.monotonic() < deadline:
        if answers(server):
            return True
        time.sleep(0.01)
    raise failed("Valkey did not start", f"{answer.output}\n{last_lines(server.log)}", server.log)


def stop(folder: Path, *, timeout_seconds: float) -> bool:
    """False when nothing ran."""
    running = process(folder)
    if running is None:
        return False
    processes.end([running], [signal.SIGTERM, signal.SIGKILL], timeout_seconds=timeout_seconds)
    return True
