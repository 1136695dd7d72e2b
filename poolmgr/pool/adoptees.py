"""Processes that the kernel gave us because their parent, a child of ours, is dead."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress

from poolmgr.pool.kernel import children_of_this_process, environ_of, session_of, state_of
from poolmgr.telemetry.events import CHILD_MARKER, emit


class Adoptees:
    """Whose one is, its environment marker says; a process that was only forked has none and is known by the
    session it is in. It is killed only if its worker is dead. One that cannot be told is left alone.

    condemned: killed, not yet reaped. unknown: said once.
    """

    def __init__(self, is_dead_worker: Callable[[str], bool]) -> None:
        self.is_dead_worker = is_dead_worker
        self.buried_sessions: set[int] = set()
        self.unknown: set[int] = set()
        self.condemned: set[int] = set()

    def child_started(self, pid: int) -> None:
        self.buried_sessions.discard(pid)

    def child_buried(self, pid: int) -> None:
        self.buried_sessions.add(pid)

    def sweep(self, known: set[int]) -> None:
        """Kills what belonged to the dead; `known` are the children that we forked ourselves."""
        present = set(children_of_this_process()) - known
        self.unknown &= present
        self.condemned &= present
        for pid in present - self.condemned:
            self.judge(pid)
        if not present:
            # Whoever descends from a dead child descends from an adoptee: with none left, there is none.
            self.buried_sessions.clear()

    def judge(self, pid: int) -> None:
        worker = environ_of(pid, CHILD_MARKER)
        belongs_to_dead = self.is_dead_worker(worker) if worker else session_of(pid) in self.buried_sessions
        if belongs_to_dead:
            # Unreaped children keep their pid: it cannot be anybody else's by now.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.condemned.add(pid)
            emit("adoptee.killed", pid=pid, worker=worker)
        elif not worker and pid not in self.unknown and state_of(pid) not in ("Z", ""):
            self.unknown.add(pid)
            emit("adoptee.unknown", pid=pid)
