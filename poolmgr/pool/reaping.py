"""Taking in the dead, as the kernel has them: no zombie stays, and each tells how it ended."""

import os
import signal
from collections.abc import Iterator


def reap_child(pidfd: int) -> str | None:
    """How a known child ended (`exit code 3`, `signal SIGKILL`); None while it lives."""
    found = os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG)
    return None if found is None else evidence(found)


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


def reap_adoptee(pid: int) -> str:
    """How a dead process ended that became ours: some descendant whose own parent was gone."""
    found = os.waitid(os.P_PID, pid, os.WEXITED)
    return evidence(found) if found else ""


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
