"""What a pool that was killed has left running on this machine: found by its marker, ended at the next start.

Children die with their parent and browsers with their child; this is for what escaped both.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from poolmgr.pool.kernel import boot_id, environ_of, started_ticks
from poolmgr.telemetry.events import CHILD_MARKER, emit


def sweep() -> None:
    """Kills it. Whoever belongs to a pool that lives, or is in another container, is left alone."""
    here, boot = namespace("self"), boot_id()[:8]
    for pid in processes():
        if pid == os.getpid() or namespace(str(pid)) != here:
            continue
        try:
            pidfd = os.pidfd_open(pid)
        except OSError:
            continue
        try:
            worker = environ_of(pid, CHILD_MARKER)
            if worker and is_orphaned(worker, boot):
                with suppress(OSError):
                    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
                    emit("leftover.killed", pid=pid, worker=worker)
        finally:
            os.close(pidfd)


def processes() -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            yield int(entry.name)


def namespace(pid: str) -> str:
    """In another one the same numbers mean other processes; empty = gone, or not ours to see."""
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""


def is_orphaned(worker: str, boot: str) -> bool:
    """Whether the pool that gave out this name is gone: prefix-host-boot-pid-ticks-number."""
    parts = worker.rsplit("-", 4)
    if len(parts) != 5 or not all(part.isdecimal() for part in parts[2:]):
        return False
    _, born, pid, ticks, _ = parts
    return born == boot and started_ticks(int(pid)) != int(ticks)
