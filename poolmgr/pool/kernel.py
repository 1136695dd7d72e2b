"""What is asked of Linux directly: prctl, and what /proc says of a process."""

import ctypes
import os
import resource
import signal
import threading
from contextlib import suppress
from pathlib import Path

from poolmgr.domain.errors import PoolError

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
ENOUGH_DESCRIPTORS = 4096
CHILD_OOM_SCORE = 200
"""Of 1000, added to the share of memory (proc(5)); Chromium puts its own renderers above it, at 300."""

# Loaded before any fork: the loader's lock must not be what a child waits for.
LIBC = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int) -> None:
    if LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), f"prctl({option})")


def adopt_orphans() -> None:
    """From now on descendants whose parent died become children of this process."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """The kernel kills this process when the thread that forked it ends."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def be_killed_before_parent() -> None:
    """When memory is out the kernel takes a child, never the parent that would replace it."""
    file = Path("/proc/self/oom_score_adj")
    with suppress(OSError, ValueError):  # a machine without it kills whom it likes
        file.write_text(str(max(int(file.read_text()), CHILD_OOM_SCORE)))


def raise_descriptor_limit() -> None:
    """Each child takes two descriptors and each control client one: 1,024 is not enough for 512 children."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = ENOUGH_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))


def check_one_thread() -> None:
    """Raises PoolError naming the threads: a fork copies their locks, held, but not the threads."""
    tasks = sorted(Path("/proc/self/task").iterdir())
    if len(tasks) == 1:
        return
    native = [name_of(task) for task in tasks if task.name != str(os.getpid())]
    known = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    raise PoolError(
        f"The parent has {len(tasks)} threads and may not fork: {', '.join(native)}"
        f" (known to Python: {', '.join(known) or 'none of them'})",
        advice="A preloaded module or the command started a thread; start it in the child, after the fork.",
    )


def name_of(task: Path) -> str:
    try:
        return f"{task.name} {(task / 'comm').read_text().strip()}"
    except OSError:
        return f"{task.name} (ended)"


def stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the third (state) on; empty when the process is gone."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return []
    return line[line.rindex(")") + 2 :].split()


def state_of(pid: int) -> str:
    """R, S, D, T (stopped), Z or empty: evidence of why a process says nothing."""
    return (stat(pid) or [""])[0]


def session_of(pid: int) -> int:
    return int((stat(pid) or ["", "", "", "0"])[3])


def started_ticks(pid: int) -> int:
    """Clock ticks since boot at which the process began; with its pid this names it for ever."""
    fields = stat(pid)
    return int(fields[19]) if fields else 0


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def environ_of(pid: int, name: str) -> str:
    """One variable as the process was executed with; empty when unset, gone or not ours to read."""
    try:
        block = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return ""
    wanted = name.encode() + b"="
    found = [entry for entry in block.split(b"\0") if entry.startswith(wanted)]
    return found[0][len(wanted) :].decode(errors="replace") if found else ""


def children_of_this_process() -> list[int]:
    """Direct children, ours and adopted, zombies too."""
    pid = os.getpid()
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
