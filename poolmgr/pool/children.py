"""A child as the parent sees it, and the fork that makes one."""

import math
import os
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from poolmgr.domain.children import ChildSpec
from poolmgr.domain.jobs import JobKind, WorkerId
from poolmgr.domain.pauses import Pause
from poolmgr.pool import stacks
from poolmgr.pool.hygiene import live
from poolmgr.pool.kernel import check_one_thread
from poolmgr.pool.pipe import Pipe
from poolmgr.pool.signals import blocked

ChildState = Literal["booting", "idle", "busy", "draining", "stopped"]

SCOUT = "scout"


@dataclass(frozen=True, kw_only=True)
class HeldJob:
    """A claim that a child told of and has not settled. since: on the parent's clock. attempt: 0 = unsaid."""

    environment: str
    kind: str
    row: str
    since: float
    attempt: int = 0


@dataclass(kw_only=True)
class Child:
    """One fork. Times are `time.monotonic()`: a suspended machine ages nobody.

    stop_at, kill_at: when it is told to stop, and killed, if still there.
    killed_for: why the parent killed it. dump: where its stack is, should it die of a fault.
    last_event, last_job: what it said last, and what it last had in hand. proven: it did something.
    trouble: why it takes no jobs, as it says itself.
    claims: the kinds it asks for now, of those its spec allows. worked_at: when it last had a job.
    mode_since: when it was told what to ask for, 0 = not yet.
    heavy: how many measurings in a row it was above its limit of memory.
    """

    spec: ChildSpec
    worker: WorkerId
    pid: int
    pidfd: int
    pipe: Pipe
    dump: int
    started_at: float
    heard_at: float
    boot_limit_at: float
    ready_at: float | None = None
    busy: bool = False
    told: Literal["", "drain", "stop"] = ""
    stop_at: float = math.inf
    kill_at: float = math.inf
    killed_for: str = ""
    trouble: str = ""
    woken_at: float = 0.0
    completed: int = 0
    failed: int = 0
    nonsense: int = 0
    nonsense_said_at: int = 1
    jobs: dict[str, HeldJob] = field(default_factory=dict)
    claims: tuple[JobKind, ...] = ()
    worked_at: float = 0.0
    mode_since: float = 0.0
    heavy: int = 0
    proven: bool = False
    last_event: str = ""
    last_job: HeldJob | None = None

    @property
    def is_scout(self) -> bool:
        return self.spec.kind == SCOUT

    @property
    def state(self) -> ChildState:
        if self.killed_for or self.told == "stop":
            return "stopped"
        if self.told == "drain":
            return "draining"
        if self.ready_at is None:
            return "booting"
        return "busy" if self.is_busy else "idle"

    @property
    def is_busy(self) -> bool:
        return self.busy or bool(self.jobs)

    def drain(self, now: float, seconds: float, kill_after_seconds: float) -> None:
        """Told once; a second drain can only bring the end nearer."""
        if not self.told:
            self.told = "drain"
            self.pipe.send("drain", deadline_seconds=seconds)
        self.stop_at = min(self.stop_at, now + seconds)
        self.kill_at = min(self.kill_at, now + seconds + kill_after_seconds)

    def stop(self, now: float, kill_after_seconds: float) -> None:
        if self.told != "stop":
            self.told = "stop"
            self.pipe.send("stop")
        self.stop_at = math.inf
        self.kill_at = min(self.kill_at, now + kill_after_seconds)

    def has_just_proven_itself(self, now: float, seconds: float) -> bool:
        """Once in its life: when it has been ready for so long, or has finished its first job."""
        ready_for = 0.0 if self.ready_at is None else now - self.ready_at
        if self.proven or self.told or not (self.completed or ready_for >= seconds > 0):
            return False
        self.proven = True
        return True

    def forgive(self, seconds: float, now: float) -> None:
        """Time in which the parent could not listen says nothing about the child."""
        self.heard_at = min(now, self.heard_at + seconds)
        self.boot_limit_at += seconds

    def abort(self, why: str, now: float, abort_seconds: float) -> None:
        """It writes down where it stands, and dies of that; one that cannot even do this is killed."""
        self.killed_for = why
        self.kill_at = now + abort_seconds
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGABRT)

    def kill(self, why: str) -> None:
        """The child and whatever is in its process group, at once; the rest is swept when it is buried."""
        self.killed_for = self.killed_for or why
        self.kill_at = math.inf
        with suppress(ProcessLookupError, PermissionError):  # it has not come to setsid() yet
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):  # it died by itself meanwhile
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def close(self) -> None:
        self.pipe.close()
        os.close(self.pidfd)
        os.close(self.dump)


def fork(
    spec: ChildSpec,
    worker: WorkerId,
    now: float,
    claims: tuple[JobKind, ...],
    pauses: tuple[Pause, ...] = (),
) -> Child:
    """claims: what it asks for at first. pauses: what it does not.

    Raises PoolError when the parent has threads, OSError when the machine has no room for a process.
    """
    check_one_thread()
    parent = os.getpid()
    ours, theirs = socket.socketpair()
    dump = -1
    with theirs:
        try:
            dump = stacks.memory()
            with blocked() as signal_mask:
                pid = os.fork()
                if pid == 0:
                    live(
                        spec,
                        worker,
                        theirs,
                        claims=claims,
                        parent=parent,
                        signal_mask=signal_mask,
                        dump=dump,
                        pauses=pauses,
                    )
            pidfd = open_pidfd(pid)
        except OSError:
            ours.close()
            if dump >= 0:
                os.close(dump)
            raise
    return Child(
        spec=spec,
        worker=worker,
        pid=pid,
        pidfd=pidfd,
        pipe=Pipe(ours),
        dump=dump,
        started_at=now,
        heard_at=now,
        boot_limit_at=now + spec.boot_limit_seconds,
        claims=claims,
        worked_at=now,
    )


def open_pidfd(pid: int) -> int:
    """Without a descriptor the child could not be watched: then it must not live."""
    try:
        return os.pidfd_open(pid)
    except OSError:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
