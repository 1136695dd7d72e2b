"""Admission as it is: memory that is really taken, and a limit that the kernel really sets."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from poolmgr.config.settings import ServerSettings, Settings
from poolmgr.domain.children import ChildSpec
from poolmgr.domain.json import text
from tests.pool import targets
from tests.pool.running import RunningPool, quick_settings, running, spec
from tests.waiting import until

GB = 2**30
MB = 2**20
FREED_SECONDS = 5.0
HOG = """
import os, sys
if sys.argv[2]:
    open(sys.argv[2] + "/cgroup.procs", "w").write(str(os.getpid()))
held = b"x" * int(sys.argv[1])
print("holds", flush=True)
sys.stdin.read()
"""


@contextmanager
def hog(size: float, group: Path | None = None) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds so many bytes, until the test is over."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOG, str(int(size)), str(group or "")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


def enter(group: Path) -> None:
    (group / "cgroup.procs").write_text(str(os.getpid()))


def counted(folder: Path, *, reserve_percent: float, ram_gb: float) -> Settings:
    server = ServerSettings(
        reserve_cpu_percent=0,
        reserve_ram_percent=reserve_percent,
        registre_cpu=0.01,
        registre_ram_gb=0.001,
        index_cpu=0.01,
        index_ram_gb=ram_gb,
        acte_cpu=0.01,
        acte_ram_gb=ram_gb,
        sample_seconds=0.2,
        bookings_folder=str(folder / "bookings"),
    )
    return quick_settings(folder).model_copy(update={"server": server})


def is_refused(pool: RunningPool, pattern: str) -> bool:
    why = text(pool.child("ocr-1"), "refused")
    return re.search(pattern, why) is not None


def starts(pool: RunningPool) -> bool:
    return pool.child("ocr-1")["state"] in ("idle", "busy")


def test_a_hog_that_takes_the_memory_down_to_the_reserve_delays_the_next_start_until_it_is_gone(
    tmp_path: Path,
) -> None:
    memory = psutil.virtual_memory()
    room = 2 * GB
    reserve = 100 * (memory.available - room) / memory.total
    specs = [
        spec("scout", targets.obedient(tmp_path), kind="scout"),
        spec("ocr-1", targets.obedient(tmp_path)),
    ]
    with hog(room) as process:
        settings = counted(tmp_path, reserve_percent=reserve, ram_gb=0.5)
        with running(tmp_path, lambda _: specs, settings) as pool:
            pool.wait_ready(1)
            pattern = r"counted with 0.5 GB, [\d.]+ are free on the machine: [\d.]+ of [\d.]+ in use"
            until(lambda: is_refused(pool, pattern), what="the refusal with its numbers")
            assert pool.child("ocr-1")["pid"] is None
            process.kill()
            until(lambda: starts(pool), FREED_SECONDS, "the start once the hog is gone")
            (refused,) = pool.events("child.refused", name="ocr-1")
            assert refused["cause"] == "memory"


def test_the_limit_of_a_group_counts_as_the_machine_does(tmp_path: Path, memory_group: Path) -> None:
    (memory_group / "memory.limit_in_bytes").write_text(str(1500 * MB))
    specs = [
        spec("scout", targets.obedient(tmp_path), kind="scout"),
        spec("ocr-1", targets.obedient(tmp_path)),
    ]
    settings = counted(tmp_path, reserve_percent=20, ram_gb=0.5)
    with (
        hog(1000 * MB, memory_group) as process,
        running(tmp_path, lambda _: specs, settings, before=lambda: enter(memory_group)) as pool,
    ):
        pool.wait_ready(1)
        pattern = rf"free on cgroup /{memory_group.name}: [\d.]+ of 1\.46 in use, 20 % kept free"
        until(lambda: is_refused(pool, pattern), what="the refusal with the limit of the group")
        process.kill()
        until(lambda: starts(pool), FREED_SECONDS, "the start once the hog is gone")


def test_two_pools_of_one_machine_do_not_over_book_it_and_a_kill_frees_the_dead_ones_share(
    tmp_path: Path,
) -> None:
    def crew(folder: Path) -> list[ChildSpec]:
        return [
            spec("scout", targets.obedient(folder), kind="scout"),
            spec("ocr-1", targets.obedient(folder)),
        ]

    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    half = ServerSettings(
        reserve_cpu_percent=0,
        index_cpu=0.6 * (psutil.cpu_count() or 1),
        index_ram_gb=0.001,
        sample_seconds=0.2,
        bookings_folder=str(tmp_path / "bookings"),
    )
    one, two = (quick_settings(folder).model_copy(update={"server": half}) for folder in folders)
    with running(folders[0], lambda _: crew(folders[0]), one) as first:
        first.wait_ready(2)
        with running(folders[1], lambda _: crew(folders[1]), two) as second:
            second.wait_ready(1)
            until(lambda: is_refused(second, "are not booked"), what="the refusal of the second pool")
            first.signal(signal.SIGKILL)
            until(lambda: starts(second), FREED_SECONDS, "the start once the first pool is gone")
