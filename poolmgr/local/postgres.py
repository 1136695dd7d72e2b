"""A PostgreSQL of our own: made, started, adopted and stopped in one folder, reached through a socket.

Everyone who reaches the socket is trusted (`--auth-local=trust`). That is sound because its folder is 0700:
only the account of the server, and root, can reach it. No TCP port is opened; `fsync` stays on by default.
"""

import math
import os
import shutil
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from poolmgr.domain.errors import NotAvailable, StoreUnreachable
from poolmgr.local import accounts, processes
from poolmgr.local.accounts import Account
from poolmgr.local.failures import failed, last_lines, writing
from poolmgr.local.programs import Postgres

PORT = 5432
SUPERUSER = "supabase_admin"
PROCESS = "postgres"
# pg_ctl hands the folder to a shell between double quotes.
UNSAFE = frozenset('"$`\\\n')


@dataclass(frozen=True, kw_only=True)
class Server:
    """`folder` holds `data/` and `log`; `settings` are added to postgresql.conf at each start."""

    folder: Path
    sockets: Path
    account: Account
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{quote(database)}?host={quote(str(self.sockets), safe='')}&port={PORT}"

    @property
    def superuser_url(self) -> str:
        return self.url(SUPERUSER, "postgres")


def data_major(folder: Path) -> int | None:
    """The major version that wrote the data, None before there is any."""
    try:
        return int((folder / "data" / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def process(folder: Path) -> psutil.Process | None:
    """The running server of this folder."""
    return processes.find(folder / "data" / "postmaster.pid", PROCESS, folder / "data")


def start(server: Server, found: Postgres, *, timeout_seconds: float) -> bool:
    """Makes sure that it runs and answers, in its own session; False when it did already (it is adopted).

    A caller that is a child subreaper would become the daemon's parent: start it before becoming one.
    Raises NotAvailable or StoreUnreachable.
    """
    if adopt(server, timeout_seconds=timeout_seconds):
        return False
    clear_away(server, timeout_seconds=timeout_seconds)
    initialise(server, found, timeout_seconds=timeout_seconds)
    configure(server)
    seconds = str(math.ceil(timeout_seconds))
    words: list[str | Path] = [found.folder / "pg_ctl", "start", "-s", "-w", "-t", seconds]
    words += ["-D", server.data, "-l", server.log]
    answer = accounts.run(server.account, words, timeout_seconds=timeout_seconds + 5)
    if answer.code != 0:
        raise failed("PostgreSQL did not start", f"{answer.output}\n{last_lines(server.log)}", server.log)
    return True


def adopt(server: Server, *, timeout_seconds: float) -> bool:
    """Whether a server runs here and answers. One without its socket serves nobody: it is stopped."""
    running = process(server.folder)
    if running is None:
        return False
    deadline = time.monotonic() + timeout_seconds
    while processes.alive(running) and (server.sockets / f".s.PGSQL.{PORT}").exists():
        try:
            with psycopg.connect(server.superuser_url, connect_timeout=2):
                return True
        except psycopg.OperationalError as silent:
            if time.monotonic() > deadline:
                raise StoreUnreachable(
                    f"PostgreSQL runs as process {running.pid} but does not answer: {silent}",
                    advice=f"See {server.log}, or: registre-pool local down",
                ) from silent
            time.sleep(0.05)
    stop(server.folder, timeout_seconds=timeout_seconds)
    return False


def clear_away(server: Server, *, timeout_seconds: float) -> None:
    """Makes way for a start after a crash: ends what outlived the server, forgets pids reused since.

    PostgreSQL refuses to start over a pid file whose pid exists, be it another process by now or a zombie.
    The pid file of a dead process stays: PostgreSQL itself then checks the shared memory that it names.
    """
    left = processes.everyone(PROCESS, server.data) if server.data.exists() else []
    if left:
        processes.end(left, [signal.SIGTERM, signal.SIGKILL], timeout_seconds=timeout_seconds)
    with writing(server.folder):
        for lock in (server.data / "postmaster.pid", server.sockets / f".s.PGSQL.{PORT}.lock"):
            pid = processes.written_pid(lock)
            if pid is None or psutil.pid_exists(pid):
                lock.unlink(missing_ok=True)


def initialise(server: Server, found: Postgres, *, timeout_seconds: float) -> None:
    """Makes the data folder, whole or not at all. Raises NotAvailable when another major version wrote it."""
    major = data_major(server.folder)
    if major is not None:
        if major != found.major:
            raise NotAvailable(
                f"{server.data} was written by PostgreSQL {major}, and {found.folder} is {found.version}.",
                advice=f"Set local.postgres_folder to a PostgreSQL {major}, or move {server.data} away.",
            )
        return
    if UNSAFE.intersection(str(server.data)):
        raise NotAvailable(
            f'PostgreSQL cannot be started in {server.data}: its name holds one of " $ ` \\ or a line end.',
            advice="Set pool.data_folder to a folder with a plain name.",
        )
    with writing(server.folder):
        accounts.own_folder(server.account, server.folder)
        unfinished = server.folder / "data.new"
        if unfinished.exists():
            shutil.rmtree(unfinished)
    words: list[str | Path] = [found.folder / "initdb", "-D", unfinished, "-U", SUPERUSER, "--encoding=UTF8"]
    words += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
    if server.settings.get("fsync") == "off":
        words.append("--no-sync")
    answer = accounts.run(server.account, [*words, "--locale=C.UTF-8"], timeout_seconds=timeout_seconds)
    if answer.code != 0 and "invalid locale" in answer.output:
        answer = accounts.run(server.account, [*words, "--locale=C"], timeout_seconds=timeout_seconds)
    if answer.code != 0:
        raise failed("PostgreSQL could not make its data folder", answer.output, server.log)
    unfinished.rename(server.data)


def configure(server: Server) -> None:
    """Writes postgresql.conf anew: what is not in it has PostgreSQL's own default."""
    settings = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(server.sockets),
        "unix_socket_permissions": "0700",
        "lc_messages": "C",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # A statement may hold the text of a document, and the log is no place for it.
        "log_min_error_statement": "panic",
        "log_checkpoints": "off",
        **server.settings,
    }
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()]
    file = server.data / "postgresql.conf"
    with writing(server.folder):
        file.write_text("# Written by registre-pool at each start.\n" + "".join(lines))
        if server.account.lent:
            os.chown(file, server.account.uid, server.account.gid)


def stop(folder: Path, *, timeout_seconds: float) -> bool:
    """Fast, then immediate, then by force with all of its processes; False when nothing ran."""
    running = process(folder)
    if running is None:
        return False
    try:
        processes.end([running], [signal.SIGINT, signal.SIGQUIT], timeout_seconds=timeout_seconds)
    except StoreUnreachable:
        everyone = processes.everyone(PROCESS, folder / "data")
        processes.end(everyone, [signal.SIGKILL], timeout_seconds=timeout_seconds)
    return True
