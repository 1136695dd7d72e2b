"""A genuine PostgREST before one database of a cluster, as a hosted project runs it."""

import http.client
import os
import platform
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clusters import Database
from tests.project.keys import SECRET
from tests.waiting import until

PROGRAM = Path(__file__).parents[2] / ".venv" / "postgrest" / "postgrest"
START_SECONDS = 20.0
NO_PROGRAM = f"PostgREST comes for x86-64 alone, and this is {platform.machine()}"


def require() -> Path:
    """Skips on a processor without one; fails where it only was not installed."""
    if platform.machine() != "x86_64":
        pytest.skip(NO_PROGRAM)
    program = Path(os.environ.get("POSTGREST", PROGRAM))
    assert program.is_file(), f"{program} is missing: run `make setup-dev`"
    return program


@contextmanager
def serving(database: Database) -> Iterator[Path]:
    """Its unix socket."""
    program = require()
    with tempfile.TemporaryDirectory(prefix="rest-") as folder:
        place = Path(folder) / "socket"
        settings = {
            "PGRST_DB_URI": database.cluster.server.url("authenticator", database.name),
            "PGRST_DB_SCHEMAS": "public",
            "PGRST_DB_ANON_ROLE": "anon",
            "PGRST_DB_MAX_ROWS": "1000",
            "PGRST_DB_POOL": "10",
            "PGRST_JWT_SECRET": SECRET,
            "PGRST_SERVER_UNIX_SOCKET": str(place),
            "PGRST_LOG_LEVEL": "crit",
        }
        with (Path(folder) / "log").open("w+") as log:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", str(program)],
                env=settings | {"PATH": os.environ["PATH"]},
                stdout=log,
                stderr=log,
            )
            try:
                until(lambda: is_ready(place), START_SECONDS, "PostgREST answers")
                yield place
            finally:
                process.kill()
                process.wait()


def is_ready(place: Path) -> bool:
    """Before its schema is read it answers 503."""
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    try:
        connection.sock.connect(str(place))
        connection.request("GET", "/no_such_table")
        return connection.getresponse().status != 503
    except OSError:
        return False
    finally:
        connection.close()
