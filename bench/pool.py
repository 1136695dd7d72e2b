"""The real pool as a subprocess: what it says, and the moment it was heard."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Self
from uuid import uuid4

import psycopg

from poolmgr.domain.json import Json, JsonObject, records, text, whole
from poolmgr.pool import control

STATUS_SECONDS = 5.0
READY_SECONDS = 60.0
STOP_SECONDS = 30.0
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR", "TESSDATA_PREFIX")
SETTINGS: Mapping[str, Json] = {
    "log.level": "debug",
    "log.format": "json",
    "pool.restart_first_seconds": 0.2,
    "server.reserve_cpu_percent": 0,
    "server.registre_cpu": 0.01,
    "server.registre_ram_gb": 0.01,
    "server.index_cpu": 0.01,
    "server.index_ram_gb": 0.01,
    "server.acte_cpu": 0.01,
    "server.acte_ram_gb": 0.01,
}
"""Beyond the defaults: every event is said, a kill every half second is not taken for a crash loop, and as
many children run as are measured, whatever the machine."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """An event of the pool; `at` is our own `time.monotonic()` when its line was read."""

    at: float
    fields: JsonObject


def event(word: str, /, **fields: Json) -> Callable[[Line], bool]:
    """To wait for."""
    wanted = {"event": word, **fields}
    return lambda line: all(line.fields.get(key) == value for key, value in wanted.items())


@dataclass(kw_only=True)
class Pool:
    folder: Path
    process: "subprocess.Popen[str]"
    lines: list[Line] = field(default_factory=list)
    heard: threading.Condition = field(default_factory=threading.Condition)
    ended: bool = False

    def listen(self) -> None:
        """Reads what the pool says until it ends; runs in a thread."""
        assert self.process.stderr is not None
        with self.process.stderr as said:
            for raw in said:
                at = time.monotonic()
                try:
                    fields = json.loads(raw)
                except ValueError:
                    sys.stderr.write(raw)
                    continue
                with self.heard:
                    self.lines.append(Line(at=at, fields=fields))
                    self.heard.notify_all()
        with self.heard:
            self.ended = True
            self.heard.notify_all()

    def wait(self, wanted: Callable[[Line], bool], since: int = 0, seconds: float = READY_SECONDS) -> Line:
        """The first such line from the nth on. Raises RuntimeError when none comes."""
        deadline, place = time.monotonic() + seconds, since
        with self.heard:
            while True:
                for line in self.lines[place:]:
                    if wanted(line):
                        return line
                place = len(self.lines)
                if self.ended or not self.heard.wait(max(0.0, deadline - time.monotonic())):
                    last = [line.fields for line in self.lines[-5:]]
                    raise RuntimeError(f"the pool did not say what was waited for; its last words: {last}")

    def children(self, kind: str = "ocr") -> list[JsonObject]:
        status = control.ask(self.folder / "control.sock", "status", STATUS_SECONDS)
        return [child for child in records(status, "children") if text(child, "kind") == kind]

    def pids(self) -> list[int]:
        return [whole(child, "pid") for child in self.children()]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(
    folder: Path,
    url: str,
    children: int,
    variant: str = "",
    more: Mapping[str, Json] = MappingProxyType({}),
) -> Iterator[Pool]:
    """`variant` as `bench.variant` has it, `trivial` = `bench.trivial`, else the command itself; `more` are
    settings by their dotted keys. Ready."""
    folder.mkdir(exist_ok=True)
    config = folder / "config.toml"
    config.write_text(configuration(folder, url, children, more))
    words = {"": ["poolmgr", "--config", str(config), "run"], "trivial": ["bench.trivial", str(config)]}
    with heard(folder, words.get(variant) or ["bench.variant", str(config), variant]) as pool:
        pool.wait(event("pool.ready"))
        yield pool


@contextmanager
def heard(
    folder: Path, words: Sequence[str], more: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Pool]:
    """A module of Python as a process that says its events on stderr; `more` are variables of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=Path(__file__).parents[1],
        env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | dict(more),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    pool = Pool(folder=folder, process=process)
    listener = threading.Thread(target=pool.listen, daemon=True)
    listener.start()
    try:
        yield pool
    finally:
        pool.stop()
        listener.join(STOP_SECONDS)


def configuration(folder: Path, url: str, children: int, more: Mapping[str, Json]) -> str:
    own = {
        "pool.data_folder": str(folder),
        "pool.control_socket": str(folder / "control.sock"),
        "ocr.children": children,
        "server.bookings_folder": str(folder / "bookings"),
    }
    tables: dict[str, list[str]] = {}
    for dotted, value in {**SETTINGS, **own, **more}.items():
        table, _, key = dotted.partition(".")
        tables.setdefault(table, []).append(f"{key} = {json.dumps(value)}")
    environment = [
        f"database_url = {json.dumps(url)}",
        f"documents_folder = {json.dumps(str(folder / 'documents'))}",
        "predecessor_beside = false",
    ]
    tables["environments.dev"] = environment
    return "\n".join(line for table, keys in tables.items() for line in (f"[{table}]", *keys))


class Product:
    """What the web product does: it puts a document into Storage and a row into its table."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder / "documents" / "index"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.connection = psycopg.connect(url, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def store(self, data: bytes) -> str:
        row = str(uuid4())
        (self.folder / f"{row}.pdf").write_bytes(data)
        return row

    def insert(self, row: str, most_attempts: int = 3, source: str = "index") -> None:
        self.connection.execute(
            "insert into extraction_queue (id, document_source, document_number, status_id, supabase_path,"
            " ocr_max_attempts) values (%s, %s, '1 234 567', 3, %s, %s)",
            (row, source, f"index/{row}.pdf", most_attempts),
        )
