"""What each child and everything below it really uses: Python, node, browser and its renderers.

Memory is PSS: pages that processes share are counted once, whereas the sum of their RSS would count the
parent's preloaded modules anew for each child and the browser's for each of its renderers. The kernel takes
up to some 20 ms for one process of a browser, so a measuring is cut into steps of one process each.
"""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from poolmgr.pool.kernel import stat

MB = 2**20
KB = 2**10
SMAPS = "/proc/{pid}/smaps_rollup"
PAGE = os.sysconf("SC_PAGESIZE")
TICKS = os.sysconf("SC_CLK_TCK")
MOST_PROCESSES = 5000
"""Of one tree; a fork bomb below a child must not keep the parent busy for ever."""

Process = tuple[int, int]
"""A pid, and the clock tick at which it began: pids come again."""


@dataclass(frozen=True, kw_only=True)
class Tree:
    """ram_mb: PSS. cpu: cores in use since the measuring before, None at the first. at: parent's clock."""

    ram_mb: float
    cpu: float | None
    processes: int
    at: float


@dataclass(kw_only=True)
class Tally:
    """One tree while it is being measured."""

    worker: str
    ram_bytes: float = 0.0
    ticks: dict[Process, int] = field(default_factory=dict)


class Trees:
    """`of`: by worker, as last measured."""

    def __init__(self) -> None:
        self.of: dict[str, Tree] = {}
        self.ticks: dict[str, tuple[float, dict[Process, int]]] = {}
        self.steps: Iterator[None] | None = None

    def begin(self, workers: Iterable[tuple[str, int]]) -> None:
        """Of these workers and pids, unless one is under way; what is known of others is forgotten."""
        if self.steps is None:
            present = dict(workers)
            self.of = {worker: tree for worker, tree in self.of.items() if worker in present}
            self.ticks = {worker: one for worker, one in self.ticks.items() if worker in present}
            self.steps = self.measuring(present)

    def advance(self, seconds: float) -> bool:
        """Measures for about so long; True when this ended a measuring."""
        end = time.perf_counter() + seconds
        while self.steps is not None:
            try:
                next(self.steps)
            except StopIteration:
                self.steps = None
                return True
            if time.perf_counter() >= end:
                break
        return False

    @property
    def under_way(self) -> bool:
        return self.steps is not None

    def measuring(self, present: dict[str, int]) -> Iterator[None]:
        for worker, pid in present.items():
            tally = Tally(worker=worker)
            for process in descendants(pid):
                add(tally, process)
                yield
            self.note(tally, time.monotonic())

    def note(self, tally: Tally, now: float) -> None:
        if not tally.ticks:
            return  # it died meanwhile
        before = self.ticks.get(tally.worker)
        self.ticks[tally.worker] = (now, tally.ticks)
        self.of[tally.worker] = Tree(
            ram_mb=tally.ram_bytes / MB,
            cpu=None if before is None else rate(before, (now, tally.ticks)),
            processes=len(tally.ticks),
            at=now,
        )


def rate(before: tuple[float, dict[Process, int]], now: tuple[float, dict[Process, int]]) -> float:
    """Cores in use; a process that ended in between took its last share with it."""
    (since, old), (until, new) = before, now
    used = sum(max(0, count - old.get(process, 0)) for process, count in new.items())
    return used / TICKS / max(until - since, 1e-3)


def descendants(root: int) -> Iterator[int]:
    """The process and all below it, as they are when each is reached."""
    waiting, seen = [root], 0
    while waiting and seen < MOST_PROCESSES:
        pid = waiting.pop()
        seen += 1
        yield pid
        waiting.extend(children_of(pid))


def children_of(pid: int) -> list[int]:
    """Each thread has children of its own."""
    found: list[int] = []
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return found
    for thread in threads:
        try:
            found += map(int, (thread / "children").read_text().split())
        except OSError:
            continue
    return found


def add(tally: Tally, pid: int) -> None:
    fields = stat(pid)
    if len(fields) > 19:
        tally.ticks[pid, int(fields[19])] = int(fields[11]) + int(fields[12])
        tally.ram_bytes += memory_of(pid)


def memory_of(pid: int) -> float:
    """PSS in bytes. A sandboxed renderer does not let itself be read: then what it shares with nobody."""
    try:
        for line in Path(SMAPS.format(pid=pid)).read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * KB
    except OSError:
        pass
    try:
        words = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0.0
    return max(0, int(words[1]) - int(words[2])) * PAGE
