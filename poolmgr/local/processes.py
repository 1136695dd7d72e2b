"""Which processes a server folder has, and ending them. A server's working folder is its data folder."""

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from poolmgr.domain.errors import StoreUnreachable

PAUSE_SECONDS = 0.01


def written_pid(file: Path) -> int | None:
    """The pid on the first line of a server's pid file; None when there is none that can be read as one."""
    try:
        first = file.read_text(errors="replace").partition("\n")[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdecimal() else None


def serves(process: psutil.Process, name: str, folder: Path) -> bool:
    """Whether it is that server in that folder: a pid alone may have been given to another process since."""
    try:
        return process.name() == name and process.cwd() == str(folder.resolve())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def find(pid_file: Path, name: str, folder: Path) -> psutil.Process | None:
    """The running server that the pid file tells of, if it is one."""
    pid = written_pid(pid_file)
    if pid is None or not psutil.pid_exists(pid):
        return None
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
    return process if serves(process, name, folder) else None


def everyone(name: str, folder: Path) -> list[psutil.Process]:
    """All processes of that name in that folder: also children that outlived their killed server."""
    return [process for process in psutil.process_iter() if serves(process, name, folder)]


def alive(process: psutil.Process) -> bool:
    """A zombie is dead, although an init that reaps late, or never, keeps its pid."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(processes: Iterable[psutil.Process], signals: Iterable[int], *, timeout_seconds: float) -> None:
    """Sends one signal after the other until all are dead, each with its share of the time-out.

    Raises StoreUnreachable when some outlive the last.
    """
    left = list(processes)
    steps = list(signals)
    for number in steps:
        for process in left:
            send(process, number)
        left = wait_dead(left, timeout_seconds=timeout_seconds / len(steps))
        if not left:
            return
    pids = ", ".join(str(process.pid) for process in left)
    raise StoreUnreachable(
        f"Process {pids} lives on after {timeout_seconds:g} s.", advice=f"See why: ps -fp {pids}"
    )


def send(process: psutil.Process, number: int) -> None:
    """psutil compares start times first: the signal never reaches a later process of the same pid."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def wait_dead(processes: Iterable[psutil.Process], *, timeout_seconds: float) -> list[psutil.Process]:
    """Those still alive when the time is up."""
    deadline = time.monotonic() + timeout_seconds
    left = [process for process in processes if alive(process)]
    while left and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
        left = [process for process in left if alive(process)]
    return left
