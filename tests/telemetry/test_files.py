"""JSON lines in files: one a process, never too large, never too many, and never a reason to stop."""

import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from poolmgr.config.settings import LogSettings
from poolmgr.domain.json import JsonObject
from poolmgr.telemetry import files
from poolmgr.telemetry.events import emit, relay, speak_as
from poolmgr.telemetry.files import SLOW_SECONDS, FileWriter, keep_files, logs_folder


@contextmanager
def kept(folder: Path, **settings: object) -> Iterator[None]:
    log = LogSettings.model_validate({"files": True, **settings})
    end = keep_files(log, folder, ["open-sesame"])
    try:
        yield
    finally:
        end()


def events(file: Path) -> list[JsonObject]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def as_child(worker: str, *names: str) -> None:
    """A fork says these events."""
    pid = os.fork()
    if pid == 0:
        try:
            speak_as(worker=worker)
            for name in names:
                emit(name)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def test_each_process_writes_a_file_of_its_own(tmp_path: Path) -> None:
    with kept(tmp_path / "logs"):
        emit("pool.started", error="open-sesame")
        as_child("worker-1", "browser.started", "job.claimed")
        relay("job.claimed", worker="worker-1")
        emit("adoptee.reaped")
    parent, child = tmp_path / "logs/pool.ndjson", tmp_path / "logs/worker-1.ndjson"
    assert [one["event"] for one in events(parent)] == ["pool.started"]
    assert [one["event"] for one in events(child)] == ["browser.started", "job.claimed"]
    assert {one["worker"] for one in events(child)} == {"worker-1"}
    assert events(parent)[0]["error"] == "***"
    assert parent.stat().st_mode & 0o007 == 0


def test_nobody_asked_so_nothing_is_written(tmp_path: Path) -> None:
    with kept(tmp_path / "logs", files=False):
        emit("pool.started")
    assert not (tmp_path / "logs").exists()


def test_a_file_that_is_large_begins_anew_and_the_one_before_is_kept(tmp_path: Path) -> None:
    with kept(tmp_path, file_max_mb=0.001):
        for number in range(30):
            emit("child.ready", pid=number)
    now, before = tmp_path / "pool.ndjson", tmp_path / "pool.ndjson.1"
    assert now.stat().st_size <= 1000
    assert before.stat().st_size <= 1000
    pids = [one["pid"] for one in events(before) + events(now)]
    assert pids == list(range(30 - len(pids), 30))


def test_the_oldest_files_of_workers_go_and_the_parents_stays(tmp_path: Path) -> None:
    with kept(tmp_path, files_kept=3):
        emit("pool.started")
        for number in range(6):
            as_child(f"worker-{number}", "child.ready")
            file = tmp_path / f"worker-{number}.ndjson"
            os.utime(file, (number, number))
            (tmp_path / f"worker-{number}.ndjson.1").write_text("")
    left = sorted(file.name for file in tmp_path.glob("*.ndjson"))
    assert left == ["pool.ndjson", "worker-3.ndjson", "worker-4.ndjson", "worker-5.ndjson"]
    assert sorted(file.name for file in tmp_path.glob("*.1")) == [
        f"worker-{number}.ndjson.1" for number in (3, 4, 5)
    ]


def test_a_disk_that_is_full_costs_lines_which_are_counted_and_leaves_no_half_of_one(tmp_path: Path) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            fill_up(tmp_path)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    first, later, lost = events(tmp_path / "pool.ndjson")
    assert (first["pid"], later["pid"]) == (1, 4)
    assert (lost["event"], lost["lines"]) == ("log.lost", 2)


def fill_up(folder: Path) -> None:
    """The kernel takes half of the second line and nothing of the third, until there is room again."""
    files.REST_SECONDS = 0.0
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with kept(folder):
        emit("child.ready", pid=1)
        size = (folder / "pool.ndjson").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + size // 2, most))
        emit("child.ready", pid=2)
        emit("child.ready", pid=3)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        emit("child.ready", pid=4)


def test_after_a_slow_write_the_disk_is_left_alone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(fd: int, data: bytes) -> int:
        clock[0] += 2 * SLOW_SECONDS
        return real(fd, data)

    clock, real = [1000.0], os.write
    writer = FileWriter(folder=tmp_path, level="info", secrets=[], largest=100_000, kept=3)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(os, "write", slow)
    assert writer.append(b"1\n")
    assert not writer.append(b"2\n")
    clock[0] += files.REST_SECONDS
    assert writer.append(b"3\n")
    assert (tmp_path / "pool.ndjson").read_bytes() == b"1\n3\n"


def test_the_folder_is_systemds_own_else_below_the_data(tmp_path: Path) -> None:
    assert logs_folder(tmp_path, {"LOGS_DIRECTORY": "/var/log/a:/var/log/b"}) == Path("/var/log/a")
    assert logs_folder(tmp_path, {}) == tmp_path / "logs"
