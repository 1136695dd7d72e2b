"""Taking in the dead, so that no zombie stays, and ending what dead children left behind."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from poolmgr.pool.kernel import children_of_this_process, environ_of, session_of, state_of
from poolmgr.telemetry.events import CHILD_MARKER, emit


@dataclass(frozen=True, kw_only=True)
class Exit:
    """How a process ended, as the kernel says it."""

    pid: int
    evidence: str
    """`exit code 3`, or `signal SIGKILL`."""


def reap_child(pidfd: int) -> Exit | None:
    """The exit of a known child; None while it lives."""
    found = os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG)
    return None if found is None else Exit(pid=found.si_pid, evidence=evidence(found))


def dead_pids() -> Iterator[int]:
    """Each dead child of this process, left unreaped for whoever knows it; ends when there is none.

    The same pid comes again until somebody reaped it: the caller must.
    """
    while True:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if found is None:
            return
        yield found.si_pid


def reap_adoptee(pid: int) -> Exit:
    """A dead process that became ours: some descendant whose own parent was gone."""
    found = os.waitid(os.P_PID, pid, os.WEXITED)
    return Exit(pid=pid, evidence=evidence(found) if found else "")


def evidence(found: os.waitid_result) -> str:
    if found.si_code == os.CLD_EXITED:
        return f"exit code {found.si_status}"
    core = ", core dumped" if found.si_code == os.CLD_DUMPED else ""
    return f"signal {signal_name(found.si_status)}{core}"


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


class Adoptees:
    """Processes that the kernel gave us because their parent, a child of ours, is dead.

    Whose one is, its environment marker says; a process that was only forked has none and is known by the
    session it is in. It is killed only if its worker is dead. One that cannot be told is left alone.
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
