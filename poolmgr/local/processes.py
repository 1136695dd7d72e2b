"""Which processes a server folder has, and ending them. A server runs with its data folder as working folder."""

from collections.abc import Iterable
from pathlib import Path

import psutil

from poolmgr.domain.errors import StoreUnreachable


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


def end(processes: Iterable[psutil.Process], signals: Iterable[int], *, timeout_seconds: float) -> None:
    """Sends one signal after the other until all are gone, each with its share of the time-out.

    Raises StoreUnreachable when some outlive the last.
    """
    left = list(processes)
    steps = list(signals)
    for signal in steps:
        for process in left:
            try:
                process.send_signal(signal)
            except psutil.NoSuchProcess:
                continue
        left = psutil.wait_procs(left, timeout=timeout_seconds / len(steps))[1]
        if not left:
            return
    pids = ", ".join(str(process.pid) for process in left)
    raise StoreUnreachable(
        f"Process {pids} did not end within {timeout_seconds:g} s.", advice=f"ps -fp {pids}"
    )
