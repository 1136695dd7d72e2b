"""An embedded PostgreSQL of the measurement's own, on a disk and with normal durability."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from poolmgr.local import accounts, postgres, programs, roles, sockets
from poolmgr.stores import migrations
from poolmgr.stores.migration_files import shipped

TIMEOUT_SECONDS = 60.0
SETTINGS = {"max_connections": "200", "shared_preload_libraries": "pg_stat_statements"}
OCR_INDEX = (
    "create index waiting on public.extraction_queue (document_source, created_at, id) where status_id = 3"
)


@dataclass(frozen=True, kw_only=True)
class Server:
    """`folder` is free for the measurement's own files."""

    folder: Path
    server: postgres.Server
    version: str

    def url(self, database: str) -> str:
        """As the owner, `postgres`."""
        return self.server.url("postgres", database)

    def url_as(self, role: str, database: str) -> str:
        """In the way PostgREST becomes that role."""
        return f"{self.server.url('authenticator', database)}&options={quote(f'-c role={role}')}"

    def superuser_url(self, database: str) -> str:
        return self.server.url(postgres.SUPERUSER, database)

    @property
    def postmaster(self) -> psutil.Process:
        """Raises RuntimeError when the server is gone."""
        found = postgres.process(self.server.folder)
        if found is None:
            raise RuntimeError("the measurement's PostgreSQL does not run any more")
        return found

    def empty(self, name: str) -> str:
        """A database like a hosted one, without a table; its url."""
        roles.create_database(self.server.superuser_url, name)
        roles.prepare(self.superuser_url(name))
        return self.url(name)

    def migrated(self, name: str) -> str:
        url = self.empty(name)
        asyncio.run(migrations.apply(url))
        return url

    def before_us(self, name: str) -> str:
        """The product's tables alone, without a trigger of ours; and the index that its query would want."""
        url = self.empty(name)
        asyncio.run(migrations.apply(url, files=shipped()[:1]))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(OCR_INDEX)
        return url


@contextmanager
def running() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="registre-pool-bench-"))
    folder.chmod(0o711)
    account = accounts.choose(folder / "postgres")
    shelf = folder / "programs"
    shelf.mkdir(mode=0o755)
    found = programs.within_reach(programs.postgres("", None), account, shelf)
    place = sockets.prepare(folder / "sockets", account)
    server = postgres.Server(folder=folder / "postgres", sockets=place, account=account, settings=SETTINGS)
    try:
        postgres.start(server, found, timeout_seconds=TIMEOUT_SECONDS)
        yield Server(folder=folder, server=server, version=found.version)
    finally:
        postgres.stop(server.folder, timeout_seconds=TIMEOUT_SECONDS)
        sockets.remove(folder / "sockets")
        shutil.rmtree(folder)
