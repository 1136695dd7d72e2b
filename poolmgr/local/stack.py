"""The embedded stack: servers in the data folder, for a pool without configured environments.

<data folder>/local/
    lock         held while the stack is brought up or down
    postgres/    data/ and log        } these three belong to the servers' account,
    valkey/      pid and log          } and nobody else may enter them
    sockets/     or, where the path is too long for a socket, a link to a short folder
    replica/     the registry's stand-in: what it sold, url, pid and log
    documents/   files, as buckets of Storage would hold them
    programs/    only where the servers' account cannot run them where they are installed
"""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from poolmgr.config.settings import LocalSettings
from poolmgr.domain.errors import StoreUnreachable
from poolmgr.local import accounts, postgres, programs, roles, sockets, valkey
from poolmgr.local.failures import writing
from poolmgr.local.replica import server as replica
from poolmgr.local.replica.accounts import ACCOUNTS
from poolmgr.stores import migrations

DATABASE = "registre"
OWNER = "postgres"


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Where the stack is reached; `started` is whether this call started any of it."""

    database_url: str
    redis_url: str
    documents_folder: Path
    registry_url: str
    started: bool


@dataclass(frozen=True, kw_only=True)
class Status:
    """What runs; a pid is None for a server that does not."""

    database_url: str
    redis_url: str
    documents_folder: Path
    registry_url: str | None
    postgres_pid: int | None
    valkey_pid: int | None
    replica_pid: int | None

    @property
    def running(self) -> bool:
        return None not in (self.postgres_pid, self.valkey_pid, self.replica_pid)


@dataclass(frozen=True, kw_only=True)
class Samples:
    """The catalogue whose documents the replica of the registry sells; None is the catalogue's default."""

    seed: int | None = None
    jobs: int | None = None


DEFAULT_SAMPLES = Samples()
# A repeated `up` adds none, and what an operator did to one of them since then stays.
ADD_ACCOUNT = """
insert into public.worker_accounts (username, password)
select %(username)s, %(password)s
where not exists (select from public.worker_accounts where username = %(username)s)
"""


def silent(_: str) -> None:
    """Says nothing."""


def root(data_folder: Path) -> Path:
    return data_folder.absolute() / "local"


def servers(data_folder: Path) -> tuple[postgres.Server, valkey.Server]:
    """Both servers of a data folder, as they are or would be."""
    top = root(data_folder)
    account = accounts.choose(top / "postgres")
    place = sockets.place(top / "sockets")
    database = postgres.Server(folder=top / "postgres", sockets=place, account=account)
    return database, valkey.Server(folder=top / "valkey", sockets=place, account=account)


def up(
    data_folder: Path,
    settings: LocalSettings,
    *,
    samples: Samples = DEFAULT_SAMPLES,
    say: Callable[[str], None] = silent,
) -> Endpoints:
    """Starts what does not run, adopts what does, and applies the migrations. May be called twice at once.

    A replica that runs keeps its catalogue: `samples` are for one that is started now.

    Call it before becoming a child subreaper, or the servers become children of the caller.
    Raises NotAvailable, StoreUnreachable, or what a migration raises.
    """
    top = root(data_folder)
    limit = settings.start_timeout_seconds
    with writing(top):
        data_folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        top.mkdir(mode=0o711, exist_ok=True)
    with locked(top, timeout_seconds=limit):
        account = accounts.choose(top / "postgres")
        accounts.require_reach(account, top)
        shelf, documents = top / "programs", top / "documents"
        with writing(top):
            shelf.mkdir(mode=0o755, exist_ok=True)
            documents.mkdir(mode=0o700, exist_ok=True)
            sockets.prepare(top / "sockets", account)
        database, cache = servers(data_folder)
        started = start_postgres(database, settings, shelf, say)
        program = programs.valkey_within_reach(programs.valkey(), account, shelf)
        if valkey.start(cache, program, timeout_seconds=limit):
            say(f"Valkey started ({program}).")
            started = True
        database_url = database.url(OWNER, DATABASE)
        for name in asyncio.run(migrations.apply(database_url)):
            say(f"Applied {name}.")
        add_accounts(database_url)
        if start_replica(top / "replica", samples, limit, say):
            started = True
    return Endpoints(
        database_url=database_url,
        redis_url=cache.url,
        documents_folder=documents,
        registry_url=replica.url(top / "replica") or "",
        started=started,
    )


def start_postgres(
    server: postgres.Server, settings: LocalSettings, shelf: Path, say: Callable[[str], None]
) -> bool:
    """The server, and in it a database like a hosted one."""
    found = programs.postgres(settings.postgres_folder, postgres.data_major(server.folder))
    found = programs.within_reach(found, server.account, shelf)
    if postgres.data_major(server.folder) is None:
        say(f"PostgreSQL {found.version}: making a database folder in {server.folder}.")
    started = postgres.start(server, found, timeout_seconds=settings.start_timeout_seconds)
    if started:
        say(f"PostgreSQL {found.version} started as {server.account.name}.")
    roles.create_database(server.superuser_url, DATABASE)
    roles.prepare(server.url(postgres.SUPERUSER, DATABASE))
    return started


def add_accounts(database_url: str) -> None:
    """Those that the replica lets in."""
    try:
        with psycopg.connect(database_url) as connection:
            for account in ACCOUNTS:
                names = {"username": account.username, "password": account.password}
                connection.execute(ADD_ACCOUNT, names)
    except psycopg.Error as refused:
        raise StoreUnreachable(f"The replica's accounts could not be added: {refused}") from refused


def start_replica(folder: Path, samples: Samples, timeout_seconds: float, say: Callable[[str], None]) -> bool:
    server = replica.Server(folder=folder, seed=samples.seed, jobs=samples.jobs)
    started = replica.start(server, timeout_seconds=timeout_seconds)
    if started:
        say(f"The registry's replica started ({replica.url(folder)}).")
    return started


def down(data_folder: Path, *, timeout_seconds: float = 30, say: Callable[[str], None] = silent) -> bool:
    """Stops what runs; the data stay. False when nothing ran. Raises StoreUnreachable."""
    top = root(data_folder)
    if not top.is_dir():
        return False
    with locked(top, timeout_seconds=timeout_seconds):
        stopped = False
        if replica.stop(top / "replica", timeout_seconds=timeout_seconds):
            say("The registry's replica stopped.")
            stopped = True
        if valkey.stop(top / "valkey", timeout_seconds=timeout_seconds):
            say("Valkey stopped.")
            stopped = True
        if postgres.stop(top / "postgres", timeout_seconds=timeout_seconds):
            say("PostgreSQL stopped.")
            stopped = True
        sockets.remove(top / "sockets")
    return stopped


def status(data_folder: Path) -> Status:
    database, cache = servers(data_folder)
    database_process, cache_process = postgres.process(database.folder), valkey.process(cache.folder)
    folder = root(data_folder) / "replica"
    replica_process = replica.process(folder)
    return Status(
        database_url=database.url(OWNER, DATABASE),
        redis_url=cache.url,
        documents_folder=root(data_folder) / "documents",
        registry_url=replica.url(folder) if replica_process else None,
        postgres_pid=database_process.pid if database_process else None,
        valkey_pid=cache_process.pid if cache_process else None,
        replica_pid=replica_process.pid if replica_process else None,
    )


@contextmanager
def locked(top: Path, *, timeout_seconds: float) -> Iterator[None]:
    """One `up` or `down` at a time; the kernel frees the lock of a process that dies."""
    deadline = time.monotonic() + timeout_seconds
    with writing(top):
        handle = os.open(top / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not try_lock(handle):
            if time.monotonic() > deadline:
                raise StoreUnreachable(
                    f"Another command holds {top / 'lock'} for more than {timeout_seconds:g} s.",
                    advice=f"See which: fuser {top / 'lock'}",
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
