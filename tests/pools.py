"""The real pool in a test: `registre-pool run` as a subprocess, on a test's own database and folder."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Self, TypeAlias
from uuid import uuid4

import psutil
from psycopg.types.json import Jsonb

from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import JsonObject, record, records, text
from poolmgr.pool import control
from tests.clusters import Database
from tests.waiting import until

Setting: TypeAlias = str | float | bool | None
STATUS_SECONDS = 2.0
READY_SECONDS = 30.0
STOP_SECONDS = 60.0
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "TESSDATA_PREFIX")
QUICK: JsonObject = {
    "ocr.children": 2,
    # Books next to nothing: how many fit is the matter of the tests of capacity.
    "server.reserve_cpu_percent": 0,
    "server.registre_cpu": 0.1,
    "server.index_cpu": 0.1,
    "server.acte_cpu": 0.1,
    "server.registre_ram_gb": 0.05,
    "server.index_ram_gb": 0.05,
    "server.acte_ram_gb": 0.05,
    "pool.beat_seconds": 0.2,
    "pool.beat_missed_seconds": 3,
    "pool.idle_claim_seconds": 1,
    "pool.release_repeat_seconds": 0.5,
    "queue.depth_seconds": 0.1,
    "queue.rescue_seconds": 0.5,
    "queue.call_timeout_seconds": 2,
    "queue.retry_seconds": [0.1, 0.1, 0.1],
}


def environment() -> dict[str, str]:
    """What a subprocess of ours inherits: nothing that could configure it."""
    return {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}


def command(
    *words: str, folder: Path, timeout_seconds: float = 60, piped: str = ""
) -> "subprocess.CompletedProcess[str]":
    """One verb as an operator types it, in a folder without configuration. piped: what is on its stdin."""
    return subprocess.run(
        [sys.executable, "-m", "poolmgr", *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
        input=piped,
    )


def configuration(folder: Path, database: Database, settings: JsonObject) -> str:
    """config.toml with the test's database as the environment dev, unless `settings` say otherwise.

    None = not written at all.
    """
    dev: JsonObject = {
        "environments.dev.database_url": database.url,
        "environments.dev.documents_folder": str(folder / "documents"),
        "environments.dev.predecessor_beside": False,
    }
    tables: dict[str, list[str]] = {}
    for dotted, value in (settings | dev | settings).items():
        if value is None:
            continue
        table, _, key = dotted.rpartition(".")
        tables.setdefault(table, []).append(f"{key} = {json.dumps(value)}")
    return "\n".join(line for table, keys in tables.items() for line in (f"[{table}]", *keys))


class Pool:
    """Started by `with`; whatever is left of it is killed at the end. `variables`: for its process."""

    def __init__(self, folder: Path, database: Database, **settings: Setting) -> None:
        self.folder = folder
        self.database = database
        self.control_path = folder / "control.sock"
        self.log = folder / "pool.log"
        named = {key.replace("__", "."): value for key, value in settings.items()}
        own = {
            "pool.data_folder": str(folder),
            "pool.control_socket": str(self.control_path),
            "log.format": "json",
            # Pools of other tests are other machines.
            "server.bookings_folder": str(folder / "bookings"),
        }
        self.settings: JsonObject = {**QUICK, **own, **named}
        self.config = folder / "config.toml"
        self.variables: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def running(self) -> "subprocess.Popen[bytes]":
        assert self.process is not None
        return self.process

    @property
    def pid(self) -> int:
        return self.running.pid

    def configure(self, **settings: Setting) -> None:
        """Writes config.toml again with these keys changed."""
        self.settings |= {key.replace("__", "."): value for key, value in settings.items()}
        self.config.write_text(configuration(self.folder, self.database, self.settings))

    def start(self) -> None:
        self.configure()
        with self.opened_log() as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "poolmgr", "--config", str(self.config), "run"],
                cwd=self.folder,
                env=environment() | self.variables,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            )

    def opened_log(self) -> IO[bytes]:
        return self.log.open("ab")

    def kill(self) -> None:
        """SIGKILL, and the end of every descendant."""
        if self.process is None:
            return
        below = self.descendants() if self.process.poll() is None else []
        self.process.kill()
        self.process.wait()
        for process in below:
            if process.is_running():
                process.kill()

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.pid).children(recursive=True)

    def status(self) -> JsonObject:
        """{} while nothing answers."""
        try:
            return control.ask(self.control_path, "status", STATUS_SECONDS)
        except PoolError:
            return {}

    def children(self, kind: str = "ocr") -> list[JsonObject]:
        return [child for child in records(self.status(), "children") if child.get("kind") == kind]

    def child(self, name: str) -> JsonObject:
        """{} when there is no such place or nothing answers."""
        found = [child for child in records(self.status(), "children") if child.get("name") == name]
        return found[0] if found else {}

    def events(self, name: str) -> list[JsonObject]:
        """What the log says of one event, oldest first."""
        lines = [line for line in self.log.read_text().splitlines() if f'"{name}"' in line]
        return [event for line in lines if (event := json.loads(line)).get("event") == name]

    def is_ready(self) -> bool:
        assert self.running.poll() is None, self.log.read_text()
        found = records(self.status(), "children")
        return bool(found) and all(text(child, "state") in ("idle", "busy") for child in found)

    def hears_the_database(self) -> bool:
        """Whether every environment was heard of, and none is down."""
        known = record(self.status(), "environments")
        return bool(known) and all(record(known, name).get("outage") is None for name in known)

    def wait_until_ready(self) -> None:
        until(self.is_ready, READY_SECONDS, "the pool's readiness")

    def send(self, number: signal.Signals) -> None:
        self.running.send_signal(number)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.send(signal.SIGTERM)
        return self.running.wait(STOP_SECONDS)


def put(folder: Path, database: Database, documents: Iterable[tuple[str, bytes | None]]) -> list[str]:
    """Documents (kind, bytes; None = missing in storage) into storage and queue; the rows' ids."""
    rows = []
    with database.connect("service_role") as connection:
        for kind, data in documents:
            row = str(uuid4())
            bucket = "index" if kind == "ocr_index" else "actes"
            place = folder / "documents" / bucket / f"{row}.pdf"
            place.parent.mkdir(parents=True, exist_ok=True)
            if data is not None:
                place.write_bytes(data)
            job = {"document_number": "1 234 567", "supabase_path": f"{bucket}/{row}.pdf"}
            connection.execute("select pool_enqueue(%s, %s, %s)", (row, kind, Jsonb(job)))
            rows.append(row)
    return rows


def states(database: Database, rows: Sequence[str]) -> list[str]:
    """The rows' states, in their order, as people see them."""
    query = "select row_id::text, state from public.pool_board where row_id = any(%s::uuid[])"
    with database.connect("service_role") as connection:
        found: dict[str, str] = dict(connection.execute(query, (list(rows),)).fetchall())
    return [found.get(row, "lost") for row in rows]
