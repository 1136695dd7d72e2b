"""Events as JSON lines in files, one file a process: `pool.ndjson` is the parent's, the others the workers'.

A disk that is full costs lines, which are counted and said. One that is slow may hold the writer once, for
Linux knows no write to a file that never waits; after that nothing is written for a while.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from poolmgr.config.tables import LogSettings
from poolmgr.telemetry.events import Event, Level, speaker, subscribe
from poolmgr.telemetry.logs import PRIORITIES, LogWriter, lost_lines

SUFFIX = ".ndjson"
OLD = ".1"
PARENT = "pool"
SLOW_SECONDS = 0.05
"""Five of the parent's longest pieces of work: a healthy disk takes a line into its cache in 0.0001 s."""

REST_SECONDS = 30.0


def keep_files(settings: LogSettings, folder: Path, secrets: Iterable[str]) -> Callable[[], None]:
    """From now on events are written into files, too, if the settings ask for it; the answer ends that."""
    if not settings.files:
        return lambda: None
    writer = FileWriter(
        folder=folder,
        level=settings.level,
        secrets=secrets,
        largest=round(settings.file_max_mb * 1_000_000),
        kept=settings.files_kept,
    )
    return subscribe(writer)


def logs_folder(data_folder: Path, environ: Mapping[str, str]) -> Path:
    """systemd's own, else `logs` where the pool keeps its files."""
    given = environ.get("LOGS_DIRECTORY", "").partition(":")[0]
    return Path(given) if given else data_folder / "logs"


class FileWriter:
    """A subscriber that appends to the file of this very process; it never raises.

    largest: bytes of a file before it begins anew. kept: files of workers; the oldest are removed.
    """

    def __init__(
        self, *, folder: Path, level: Level, secrets: Iterable[str], largest: int, kept: int
    ) -> None:
        self.folder = folder
        self.lines = LogWriter(shape="json", level=level, secrets=secrets)
        self.largest = largest
        self.kept = kept
        self.path: Path | None = None
        self.lost = 0
        self.rests_until = 0.0

    def listen_from(self, level: Level) -> None:
        self.lines.listen_from(level)

    def __call__(self, event: Event) -> None:
        if event.relayed or PRIORITIES[event.level] > self.lines.lowest:
            return
        if not self.append(self.lines.line(event)):
            self.lost += 1
        elif self.lost and self.append(self.lines.line(lost_lines(self.lost, event.at, "the disk"))):
            self.lost = 0

    def append(self, line: bytes) -> bool:
        """Whether the whole line is in the file. Opened each time: one that was moved away is made anew."""
        began = time.monotonic()
        if began < self.rests_until:
            return False
        try:
            return self.write(line)
        except OSError:
            self.rests_until = began + REST_SECONDS
            return False
        finally:
            if time.monotonic() - began > SLOW_SECONDS:
                self.rests_until = time.monotonic() + REST_SECONDS

    def write(self, line: bytes) -> bool:
        path = self.own_path()
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
        try:
            size = os.fstat(fd).st_size
            if size + len(line) > self.largest and size:
                path.replace(path.with_name(path.name + OLD))
                return self.write(line)
            if os.write(fd, line) == len(line):
                return True
            os.ftruncate(fd, size)  # half a line would spoil the next one
            return False
        finally:
            os.close(fd)

    def own_path(self) -> Path:
        """After a fork it is another one; at the first line of a process there is room to be made."""
        path = self.folder / f"{speaker.get('worker') or PARENT}{SUFFIX}"
        if path != self.path:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            remove_old(self.folder, path, self.kept)
            self.path = path
        return path


def remove_old(folder: Path, own: Path, kept: int) -> None:
    """The oldest files of workers, so that with `own` there are at most `kept`: who lives writes."""
    mine = {own.name, PARENT + SUFFIX}
    others = [file for file in folder.glob(f"*{SUFFIX}") if file.name not in mine]
    for file in sorted(others, key=written_at, reverse=True)[max(0, kept - 1) :]:
        with suppress(OSError):  # another child removes them, too
            file.unlink()
        with suppress(OSError):
            file.with_name(file.name + OLD).unlink()


def written_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
