"""A genuine PostgREST before a database of the measurement's own, and clients that speak to it straight."""

import http.client
import os
import platform
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from supabase import AsyncClient
from yarl import URL

from bench.server import Server
from poolmgr.domain.errors import NotAvailable
from poolmgr.stores.project import Project
from tests.project.keys import SECRET, key

PROGRAM = Path(__file__).parents[1] / ".venv" / "postgrest" / "postgrest"
HOST = "127.0.0.1"
POOL = 10
START_SECONDS = 20.0
LOOK_SECONDS = 0.05


class Straight(Project):
    """A project that is its PostgREST alone: nothing stands before it which would strip /rest/v1."""

    def client(self, connections: int) -> AsyncClient:
        client = super().client(connections)
        client.rest_url = URL(self.url)
        return client


def project(url: str) -> Straight:
    return Straight(url=url, key=SecretStr(key("service_role")))


def program() -> Path:
    """Raises NotAvailable."""
    found = Path(os.environ.get("POSTGREST", PROGRAM))
    if not found.is_file():
        raise NotAvailable(
            f"{found} is not here, and the queue is measured over it.",
            advice=f"`make setup-dev` installs it on x86-64; this is {platform.machine()}.",
        )
    return found


@contextmanager
def serving(server: Server, database: str) -> Iterator[str]:
    """Its address, once it has read the schema; with as many connections of its own as a hosted one."""
    port = free_port()
    settings = {
        "PGRST_DB_URI": server.server.url("authenticator", database),
        "PGRST_DB_SCHEMAS": "public",
        "PGRST_DB_ANON_ROLE": "anon",
        "PGRST_DB_MAX_ROWS": "1000",
        "PGRST_DB_POOL": str(POOL),
        "PGRST_JWT_SECRET": SECRET,
        "PGRST_SERVER_HOST": HOST,
        "PGRST_SERVER_PORT": str(port),
        "PGRST_LOG_LEVEL": "crit",
    }
    with (server.folder / f"{database}.postgrest").open("w") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", str(program())],
            env=settings | {"PATH": os.environ["PATH"]},
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(port)
            yield f"http://{HOST}:{port}"
        finally:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
    return port


def wait_for(port: int) -> None:
    """Raises RuntimeError when it does not come."""
    deadline = time.monotonic() + START_SECONDS
    while not answers(port):
        if time.monotonic() > deadline:
            raise RuntimeError(f"PostgREST does not answer on port {port}")
        time.sleep(LOOK_SECONDS)


def answers(port: int) -> bool:
    """Before its schema is read it says 503."""
    connection = http.client.HTTPConnection(HOST, port)
    try:
        connection.request("GET", "/no_such_table")
        return connection.getresponse().status != 503
    except OSError:
        return False
    finally:
        connection.close()
