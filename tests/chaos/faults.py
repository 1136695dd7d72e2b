"""Doing harm to a running pool, and knowing that it hit: a fault counts only if its victim held a lease."""

import os
import random
import signal
import time
from dataclasses import dataclass

from poolmgr.domain.json import records, text, whole
from poolmgr.pool.kernel import started_ticks, state_of
from tests.chaos.audit import Audit, Lease
from tests.pools import Pool
from tests.waiting import until


def wait_until_busy(pool: Pool, how_many: int, within_seconds: float = 20.0) -> None:
    def are_busy() -> bool:
        assert pool.running.poll() is None, pool.log.read_text()
        return sum(bool(records(child, "jobs")) for child in pool.children()) >= how_many

    until(are_busy, within_seconds, f"{how_many} children in mid-job")


@dataclass(frozen=True, kw_only=True)
class Victim:
    """A child that stands still (SIGSTOP) with live leases in its hands."""

    name: str
    pid: int
    worker: str
    leases: tuple[Lease, ...]

    @property
    def rows(self) -> list[str]:
        return [lease.row for lease in self.leases]

    def kill(self) -> float:
        """The moment of the SIGKILL, in seconds since the epoch."""
        os.kill(self.pid, signal.SIGKILL)
        return time.time()

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


def freeze_holder(pool: Pool, audit: Audit, name: str = "ocr-", within_seconds: float = 20.0) -> Victim:
    """An OCR child in mid-job, stopped, its leases seen live in the database."""
    caught: list[Victim] = []

    def catch() -> bool:
        caught.extend(victim for victim in [try_freezing(pool, audit, name)] if victim)
        return bool(caught)

    until(catch, within_seconds, "a child in mid-job")
    return caught[0]


def try_freezing(pool: Pool, audit: Audit, name: str = "ocr-", kind: str = "ocr") -> Victim | None:
    """None when nobody, or whoever was chosen, holds a lease just now."""
    busy = [
        child
        for child in pool.children(kind)
        if records(child, "jobs") and text(child, "name").startswith(name)
    ]
    if not busy:
        return None
    child = random.choice(busy)
    pid = whole(child, "pid")
    if not freeze(pid):
        return None
    leases = audit.live(text(child, "worker"))
    if not leases:
        os.kill(pid, signal.SIGCONT)
        return None
    return Victim(name=text(child, "name"), pid=pid, worker=text(child, "worker"), leases=tuple(leases))


def freeze(pid: int) -> bool:
    """False when it is not there any more."""
    try:
        os.kill(pid, signal.SIGSTOP)
    except ProcessLookupError:
        return False
    until(lambda: state_of(pid) in ("T", "Z", ""), 5, f"the stop of {pid}")
    return state_of(pid) == "T"


def is_replaced(pool: Pool, victim: Victim) -> bool:
    """Whether another worker is ready in the victim's place."""
    child = pool.child(victim.name)
    return child.get("worker") not in (None, victim.worker) and child.get("state") in ("idle", "busy")


def wait_for_replacement(pool: Pool, victim: Victim, since: float, within_seconds: float = 5.0) -> int:
    """Milliseconds from `since` (seconds since the epoch) until another was ready."""
    until(lambda: is_replaced(pool, victim), within_seconds, f"a replacement of {victim.name}")
    return round((time.time() - since) * 1000)


def wait_for_release(audit: Audit, victim: Victim, since: float, within_seconds: float = 5.0) -> int:
    """Milliseconds from `since` until the victim's leases had ended in the database."""
    until(lambda: audit.ended_at(victim.leases), within_seconds, "the release of its claims")
    return round(((audit.ended_at(victim.leases) or 0.0) - since) * 1000)


def identities(pids: list[int]) -> dict[int, int]:
    """Pids with their start times: a pid alone may be somebody else's later."""
    return {pid: started_ticks(pid) for pid in pids}


def survivors(known: dict[int, int]) -> list[int]:
    """Those that still run; a zombie does not."""
    running = [pid for pid, ticks in known.items() if started_ticks(pid) == ticks]
    return [pid for pid in running if state_of(pid) not in ("Z", "")]
