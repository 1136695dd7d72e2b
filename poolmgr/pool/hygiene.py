"""What a child does between the fork and its work, and how it leaves: nothing of the parent acts in it."""

import os
import random
import resource
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from poolmgr.domain.children import ChildSpec, ChildStart
from poolmgr.domain.jobs import JobKind, WorkerId
from poolmgr.domain.pauses import Pause
from poolmgr.pool import stacks
from poolmgr.pool.kernel import be_killed_before_parent, die_with_parent
from poolmgr.telemetry.events import CHILD_MARKER, emit, speak_as
from poolmgr.telemetry.systemd import DROPPED_BY_CHILDREN

EXIT_FAILED = 70
"""EX_SOFTWARE: an exception that nobody caught."""

EXIT_ORPHANED = 71
"""The parent died before the child could ask the kernel to die with it."""

FAULTS = frozenset({signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT})
"""Python's fault handler, if it is on, may still print where a child crashed."""

KEPT_SIGNALS = FAULTS | {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE}
"""SIGPIPE stays ignored, as in every Python process."""


def live(
    spec: ChildSpec,
    worker: WorkerId,
    pipe: socket.socket,
    *,
    claims: tuple[JobKind, ...],
    parent: int,
    signal_mask: set[int],
    dump: int,
    pauses: tuple[Pause, ...],
) -> NoReturn:
    """The whole life of a child; entered with all signals blocked, left by os._exit alone.

    dump: where its stack goes when it dies of a fault. The stack above belongs to the parent: unwinding it
    would run the parent's clean-up in the child.
    """
    code = EXIT_FAILED
    try:
        speak_as(name=spec.name, worker=worker)
        become_child(worker, pipe, parent, signal_mask, dump)
        start = ChildStart(worker=worker, kind=spec.kind, claims=claims, pipe=pipe, pauses=pauses)
        code = spec.target(start)
    except SystemExit as leaving:
        code = exit_code(leaving.code)
    except BaseException as error:
        emit(
            "child.failed",
            error=f"{type(error).__name__}: {error}",
            traceback=traceback.format_exc(),
        )
    finally:
        flush_and_exit(code)


def become_child(
    worker: WorkerId, pipe: socket.socket, parent: int, signal_mask: set[int], dump: int
) -> None:
    signal.set_wakeup_fd(-1)
    default_handlers()
    os.setsid()
    die_with_parent()
    be_killed_before_parent()
    if os.getppid() != parent:
        os._exit(EXIT_ORPHANED)
    close_inherited(pipe.fileno(), dump)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # its memory holds keys and passwords
    stacks.watch(dump)
    for name in DROPPED_BY_CHILDREN:
        os.environ.pop(name, None)
    os.environ[CHILD_MARKER] = worker
    random.seed()
    signal.pthread_sigmask(signal.SIG_SETMASK, signal_mask)


def default_handlers() -> None:
    """As the kernel has them, also where a library set its own."""
    for number in signal.valid_signals() - KEPT_SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def close_inherited(*kept: int) -> None:
    """Everything above stderr but these. The parent's epoll is closed here and never spoken to:
    unregistering from it would unregister in the parent, for both hold the same kernel object."""
    highest = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
    first = 3
    for one in sorted(kept):
        os.closerange(first, one)
        first = one + 1
    os.closerange(first, highest + 1)


def exit_code(code: object) -> int:
    """What `sys.exit(code)` would give."""
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1


def flush_and_exit(code: int) -> NoReturn:
    try:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # whoever read them is gone: there is nobody to tell
                stream.flush()
    finally:
        os._exit(code & 0xFF)
