"""Real PostgreSQL clusters for tests: each version found, started once a session; a fresh database a test.

`cluster` and `database` run a test on every version; `newest_cluster` and `any_database` on the newest alone;
`private_cluster` is a test's own to stop, kill and freeze.
"""

import asyncio
import atexit
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil
import psycopg
import pytest
from psycopg import sql

from poolmgr.local import accounts, postgres, processes, programs, roles, sockets, valkey
from poolmgr.local.programs import Postgres
from poolmgr.local.replica import server as replica
from poolmgr.pool.kernel import state_of
from poolmgr.stores import migrations
from tests.waiting import until

TEMPLATE = "registre_template"
START_SECONDS = 30.0
STOP_SECONDS = 20.0
PREFIX = "registre-pool-tests-"
PLACES = (Path("/dev/shm"), Path(tempfile.gettempdir()))
ROOM_BYTES = 2 * 1024**3
FOLDER = re.compile(rf"{PREFIX}(\d+)-(\d+)-.*")
# A test's data need not outlive the machine, only a killed server; and nothing runs that no test started.
# Shared memory as files in the data folder goes with it, also after a SIGKILL.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "dynamic_shared_memory_type": "mmap",
}
SERVERS = (postgres.PROCESS, *valkey.PROCESSES, replica.PROCESS)


def make_shelf() -> Path:
    """For copies of the servers' programs: a checkout under /root is closed to their account."""
    folder = Path(tempfile.mkdtemp(prefix="registre-pool-programs-"))
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


SHELF = make_shelf()
ACCOUNT = accounts.choose(SHELF / "none")
VERSIONS = [programs.within_reach(version, ACCOUNT, SHELF) for version in programs.every_postgres()]
VALKEY = programs.valkey_within_reach(programs.valkey(), ACCOUNT, SHELF)


@dataclass(frozen=True, kw_only=True)
class Database:
    """One test's own database, migrated, in a cluster built like a hosted one."""

    cluster: "Cluster"
    name: str
    opened: list[psycopg.Connection] = field(default_factory=list)

    @property
    def url(self) -> str:
        """As `postgres`: owner of the database, no superuser."""
        return self.cluster.server.url("postgres", self.name)

    @property
    def superuser_url(self) -> str:
        return self.cluster.server.url(postgres.SUPERUSER, self.name)

    def url_as(self, role: str) -> str:
        """As `anon`, `authenticated` or `service_role`, in the way PostgREST becomes them."""
        return f"{self.cluster.server.url('authenticator', self.name)}&options={quote(f'-c role={role}')}"

    def connect(self, role: str = "postgres") -> psycopg.Connection:
        """Autocommit; closed at the end of the test. `role` may also be `supabase_admin`."""
        urls = {"postgres": self.url, postgres.SUPERUSER: self.superuser_url}
        connection = psycopg.connect(urls.get(role) or self.url_as(role), autocommit=True)
        self.opened.append(connection)
        return connection

    def close(self) -> None:
        for connection in self.opened:
            connection.close()


class Cluster:
    """One running PostgreSQL in a folder of its own."""

    def __init__(self, version: Postgres, folder: Path) -> None:
        self.version = version
        account = accounts.choose(folder)
        place = sockets.prepare(folder / "sockets", account)
        self.server = postgres.Server(
            folder=folder / "postgres", sockets=place, account=account, settings=FAST
        )
        self.databases: list[Database] = []
        self.numbers = count(1)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for database in self.databases:
            database.close()
        self.thaw()
        self.stop()

    def start(self) -> None:
        postgres.start(self.server, self.version, timeout_seconds=START_SECONDS)

    def stop(self) -> None:
        postgres.stop(self.server.folder, timeout_seconds=STOP_SECONDS)

    @property
    def tree(self) -> list[psutil.Process]:
        """The postmaster and its children, the postmaster first; empty when it does not run."""
        postmaster = postgres.process(self.server.folder)
        return [postmaster, *postmaster.children(recursive=True)] if postmaster else []

    def freeze(self) -> None:
        """Connections stay open, nothing answers. The postmaster first: what it forks would go on."""
        for process in self.tree[:1]:
            stand_still(process)
        for process in self.tree[1:]:
            stand_still(process)

    def thaw(self) -> None:
        for process in self.tree:
            processes.send(process, signal.SIGCONT)

    def kill(self) -> None:
        """The whole tree at once, as a power cut; `start` recovers."""
        victims = self.tree
        processes.end(victims, [signal.SIGKILL], timeout_seconds=STOP_SECONDS)

    def run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.server.superuser_url, autocommit=True) as connection:
            connection.execute(statement)

    def prepare_template(self) -> None:
        """Like a hosted project, then migrated as its owner."""
        roles.create_database(self.server.superuser_url, TEMPLATE)
        roles.prepare(self.server.url(postgres.SUPERUSER, TEMPLATE))
        asyncio.run(migrations.apply(self.server.url("postgres", TEMPLATE)))

    def create_database(self) -> Database:
        name = f"test_{next(self.numbers)}"
        statement = sql.SQL("create database {} owner postgres template {} strategy file_copy")
        self.run(statement.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
        self.databases.append(Database(cluster=self, name=name))
        return self.databases[-1]

    def drop_database(self, database: Database) -> None:
        self.databases.remove(database)
        database.close()
        self.run(sql.SQL("drop database {} with (force)").format(sql.Identifier(database.name)))


class Clusters:
    """All clusters of the session: each version made and migrated once, started when first asked for."""

    def __init__(self) -> None:
        prefix = f"{PREFIX}{os.getpid()}-{start_ticks(os.getpid())}-"
        self.folder = Path(tempfile.mkdtemp(prefix=prefix, dir=roomiest()))
        self.folder.chmod(0o711)
        sweep(self.folder)
        self.shared: dict[int, Cluster] = {}
        self.seeds: dict[int, Path] = {}
        self.numbers = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for cluster in self.shared.values():
            cluster.close()
        remove(self.folder)

    def shared_cluster(self, version: Postgres) -> Cluster:
        if version.major not in self.shared:
            self.shared[version.major] = self.private_cluster(version)
        return self.shared[version.major]

    def private_cluster(self, version: Postgres) -> Cluster:
        """Started, from a copy of the migrated seed of that version: no initdb, no migration."""
        folder = self.new_folder(f"{version.major}-{next(self.numbers)}")
        cluster = Cluster(version, folder)
        accounts.own_folder(cluster.server.account, cluster.server.folder)
        copy_data(self.seed(version), cluster.server.folder)
        cluster.start()
        return cluster

    def seed(self, version: Postgres) -> Path:
        """A stopped cluster's folder that others are copied from."""
        if version.major not in self.seeds:
            with Cluster(version, self.new_folder(f"seed-{version.major}-{next(self.numbers)}")) as cluster:
                cluster.prepare_template()
            self.seeds[version.major] = cluster.server.folder
        return self.seeds[version.major]

    def new_folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(mode=0o711)
        return folder


def copy_data(source: Path, target: Path) -> None:
    """With owners and modes, as PostgreSQL demands them; the kernel shares the blocks where it can."""
    answer = accounts.run(
        accounts.ourselves(), ["cp", "-a", "--reflink=auto", source / "data", target], timeout_seconds=30
    )
    assert answer.code == 0, answer.output


def remove(folder: Path) -> None:
    """With every server in it, also one that a failed test left running."""
    left = [process for process in psutil.process_iter() if runs_in(process, folder)]
    for process in left:
        processes.send(process, signal.SIGCONT)
    processes.end(left, [signal.SIGQUIT, signal.SIGKILL], timeout_seconds=STOP_SECONDS)
    for link in folder.rglob("sockets"):
        sockets.remove(link)
    shutil.rmtree(folder)


def runs_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.name() in SERVERS and folder in Path(process.cwd()).parents
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def sweep(own: Path) -> None:
    """Ends and removes what a killed session left behind; another session's live clusters are let be."""
    for folder in (folder for place in PLACES for folder in place.glob(f"{PREFIX}*")):
        name = FOLDER.fullmatch(folder.name)
        if name is None or start_ticks(int(name[1])) == name[2]:
            continue
        # Two sessions may sweep at once: the one whose rename succeeds has it.
        with suppress(FileNotFoundError):
            remove(folder.rename(folder.with_name(f"{own.name}-{folder.name}")))


def roomiest() -> Path:
    """Memory where there is plenty: a disk shared with others makes each new cluster wait for theirs."""
    return next(place for place in PLACES if place.is_dir() and shutil.disk_usage(place).free > ROOM_BYTES)


def start_ticks(pid: int) -> str | None:
    """When the process started, in ticks since boot (proc(5), field 22): no other has this and the pid."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return None


@pytest.fixture(scope="session")
def clusters() -> Iterator[Clusters]:
    with Clusters() as all_clusters:
        yield all_clusters


@pytest.fixture
def open_folder(clusters: Clusters) -> Iterator[Path]:
    """Unlike root's `tmp_path` a folder that the servers' account can enter; servers in it are ended."""
    folder = clusters.new_folder(f"test-{next(clusters.numbers)}")
    yield folder
    remove(folder)


@pytest.fixture(scope="session", params=VERSIONS, ids=lambda version: f"pg{version.major}")
def cluster(request: pytest.FixtureRequest, clusters: Clusters) -> Cluster:
    """Every version found, one after the other."""
    return clusters.shared_cluster(request.param)


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    """A fresh migrated database on every version found."""
    fresh = cluster.create_database()
    yield fresh
    cluster.drop_database(fresh)


@pytest.fixture(scope="session")
def newest_cluster(clusters: Clusters) -> Cluster:
    return clusters.shared_cluster(max(VERSIONS, key=lambda version: version.major))


@pytest.fixture
def any_database(newest_cluster: Cluster) -> Iterator[Database]:
    """A fresh migrated database on the newest version, for what does not depend on the version."""
    fresh = newest_cluster.create_database()
    yield fresh
    newest_cluster.drop_database(fresh)


@pytest.fixture
def other_database(newest_cluster: Cluster) -> Iterator[Database]:
    """A second one beside `any_database`: another environment."""
    fresh = newest_cluster.create_database()
    yield fresh
    newest_cluster.drop_database(fresh)


@pytest.fixture
def private_cluster(clusters: Clusters) -> Iterator[Cluster]:
    """A test's own, of the newest version."""
    own = clusters.private_cluster(max(VERSIONS, key=lambda version: version.major))
    with own:
        yield own


def pytest_report_header() -> list[str]:
    databases = ", ".join(f"{version.version} ({version.folder})" for version in VERSIONS)
    return [f"PostgreSQL: {databases}", f"Valkey: {VALKEY}"]


def stand_still(process: psutil.Process) -> None:
    processes.send(process, signal.SIGSTOP)
    until(lambda: state_of(process.pid) in ("T", "Z", ""), 5, f"the stop of {process.pid}")
