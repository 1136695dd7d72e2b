"""A pool in a process of its own, forked from the test, with its own control socket and log."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import cloudpickle

from poolmgr.config.settings import LogSettings, PoolSettings, QueueSettings, ServerSettings, Settings
from poolmgr.domain.children import ChildSpec, ChildTarget, Crew
from poolmgr.domain.errors import NotRunning
from poolmgr.domain.jobs import OCR_KINDS, JobKind
from poolmgr.domain.json import Json, JsonObject, records, text, whole
from poolmgr.pool.control import ask
from poolmgr.pool.reloads import Crews, Reload, Reloaded
from poolmgr.pool.supervisor import Supervisor
from poolmgr.telemetry.events import Event, subscribe
from poolmgr.telemetry.logs import LogWriter, configure
from tests.waiting import until

FAST: Mapping[str, float] = {
    "beat_seconds": 0.1,
    "beat_missed_seconds": 3.0,
    "drain_seconds": 5.0,
    "paid_drain_seconds": 6.0,
    "kill_after_drain_seconds": 2.0,
    "stop_timeout_seconds": 20.0,
    "restart_first_seconds": 0.05,
    "restart_max_seconds": 0.4,
    "release_repeat_seconds": 0.2,
    "breaker_seconds": 0.5,
}


FORKS = sys.version_info < (3, 12) and "PARENTS_ARE_SPAWNED" not in os.environ
"""The variable tries on an older Python what a newer one does."""

ROOT = str(Path(__file__).parents[2])
BEGIN = "import pathlib, pickle, sys; pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())()"

FREE = ServerSettings(
    reserve_cpu_percent=0,
    registre_cpu=0.01,
    registre_ram_gb=0.001,
    index_cpu=0.01,
    index_ram_gb=0.001,
    acte_cpu=0.01,
    acte_ram_gb=0.001,
)
"""Books next to nothing: how many children fit is the matter of the tests of capacity."""


def quick_settings(folder: Path, **pool: float) -> Settings:
    values = {**FAST, **pool}
    return Settings(
        pool=PoolSettings.model_validate(
            {**values, "control_socket": str(folder / "c.sock"), "data_folder": str(folder), "host": "here"}
        ),
        queue=QueueSettings(beat_seconds=0.1),
        server=FREE.model_copy(update={"bookings_folder": str(folder / "bookings")}),
    )


def spec(
    name: str,
    target: ChildTarget,
    *,
    kind: str = "ocr",
    claims: tuple[JobKind, ...] = OCR_KINDS,
    boot_limit_seconds: float = 20.0,
    preload: tuple[str, ...] = (),
) -> ChildSpec:
    return ChildSpec(
        name=name,
        kind=kind,
        claims=claims if kind != "scout" else (),
        target=target,
        boot_limit_seconds=boot_limit_seconds,
        preload=preload,
    )


@dataclass(kw_only=True)
class RunningPool:
    """What a test may know of it: its answers, its log, its processes."""

    pid: int
    folder: Path
    code: int | None = None
    processes: set[int] = field(default_factory=set)

    def status(self) -> JsonObject:
        return ask(self.folder / "c.sock", "status", 10.0)

    def ask(self, word: str, **arguments: Json) -> JsonObject:
        return ask(self.folder / "c.sock", word, 10.0, **arguments)

    def children(self) -> list[JsonObject]:
        return records(self.status(), "children")

    def child(self, name: str) -> JsonObject:
        return next(row for row in self.children() if row["name"] == name)

    def pid_of(self, name: str) -> int:
        return whole(self.child(name), "pid")

    def events(self, name: str, /, **fields: object) -> list[JsonObject]:
        return [
            event
            for event in self.all_events()
            if event["event"] == name and all(event.get(key) == value for key, value in fields.items())
        ]

    def all_events(self) -> list[JsonObject]:
        return [json.loads(line) for line in whole_lines(self.folder / "log")]

    def decisions(self) -> list[JsonObject]:
        return records(self.ask("decisions"), "decisions")

    def heard(self, name: str, word: str = "") -> list[JsonObject]:
        """What a child wrote down, by worker id or file name."""
        path = self.folder / f"{name}.heard"
        messages: list[JsonObject] = [json.loads(line) for line in whole_lines(path)]
        return [message for message in messages if not word or text(message, "word") == word]

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def has_ended(self) -> bool:
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code is not None

    def exit_code(self, within_seconds: float = 15.0) -> int | None:
        until(self.has_ended, within_seconds, "the end of the pool")
        return self.code

    def wait_ready(self, count: int) -> None:
        def ready() -> bool:
            try:
                states = [row["state"] for row in self.children()]
            except NotRunning:
                assert not self.has_ended(), (self.folder / "log").read_text()
                return False
            return sum(state in ("idle", "busy") for state in states) >= count

        until(ready, 20, f"{count} children ready")


@contextmanager
def running(
    folder: Path,
    specs: Callable[[Settings], Sequence[ChildSpec]],
    settings: Settings | None = None,
    *,
    reload: Reload | None = None,
    before: Callable[[], object] = lambda: None,
    notices: Callable[[Settings], tuple[str, ...]] = lambda _: (),
) -> Iterator[RunningPool]:
    """The pool, until the test is over; whatever is left of it is killed then."""
    used = settings or quick_settings(folder)
    (folder / "log").touch()
    crew = partial(crew_of, specs, notices)
    life = partial(live, folder, crew, used, reload or (lambda: Reloaded(settings=used)), before)
    pool = RunningPool(pid=begin(folder, life), folder=folder)
    try:
        yield pool
    finally:
        if not pool.has_ended():
            pool.signal(signal.SIGKILL)
            pool.exit_code()
        for heard in pool.heard("grandchildren"):
            end_leftover(whole(heard, "pid"))


def begin(folder: Path, life: Callable[[], NoReturn]) -> int:
    """The pid of a process that lives it.

    A fork takes no time; but the process of the tests may have threads, and from Python 3.12 on that is a
    warning: there it is a process of its own, which reads from a file what it is.
    """
    if FORKS:
        pid = os.fork()
        if pid == 0:
            life()
        return pid
    told = folder / "life.pickle"
    told.write_bytes(cloudpickle.dumps(life))
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH")])),
    }
    return os.posix_spawn(sys.executable, [sys.executable, "-c", BEGIN, str(told)], environ)


def whole_lines(path: Path) -> list[str]:
    """Without the one that is just being written."""
    return path.read_text().rpartition("\n")[0].splitlines() if path.exists() else []


def end_leftover(pid: int) -> None:
    """A process that a child of the pool started; after a kill of the parent nothing else ends it."""
    try:
        if b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        return


def crew_of(
    specs: Callable[[Settings], Sequence[ChildSpec]],
    notices: Callable[[Settings], tuple[str, ...]],
    settings: Settings,
) -> Crew:
    return Crew(specs=specs(settings), notices=notices(settings))


def live(
    folder: Path,
    crew: Crews,
    settings: Settings,
    reload: Reload,
    before: Callable[[], object],
) -> NoReturn:
    code = 99
    try:
        log = os.open(folder / "log", os.O_WRONLY | os.O_APPEND)
        os.dup2(log, 2)
        configure(LogSettings(format="json", level="debug"), secrets=[])
        subscribe(log_for_children)
        before()
        code = Supervisor(crew=crew, settings=settings, reload=reload).run()
    except BaseException as error:
        (folder / "failure").write_text(f"{type(error).__name__}: {error}")
        raise
    finally:
        os._exit(code)


def log_for_children(event: Event) -> None:
    """Those of these tests speak over the pipe alone."""
    if event.relayed:
        LogWriter(shape="json", level="debug", secrets=[])(replace(event, relayed=False))


def is_alive(pid: int) -> bool:
    """Runs, sleeps or is stopped; a zombie does not live."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return line[line.rindex(")") + 2] not in "ZX"


def children_of(pid: int) -> list[int]:
    """Direct children, adopted ones and zombies too."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def zombies_of(pid: int) -> list[int]:
    """Dead children that nobody took in."""
    return [child for child in children_of(pid) if not is_alive(child)]
