"""What this machine has and what of it is in use: measured, cgroups included.

psutil sees the host alone: inside a group with a limit of 256 MB it still says 24 GB (measured). So the
groups that this process is in are read as well, from its own up to the root: any of them may hold a limit.
"""

import os
from collections import deque
from pathlib import Path

import psutil

from poolmgr.pool.capacity import GB, Bound, Reading
from poolmgr.pool.cgroups import Group, groups_of_this_process

SMOOTHING_SECONDS = 5.0
MEAN_SECONDS = 10.0
PRESSURE_OF_MEMORY = Path("/proc/pressure/memory")


class Rate:
    """CPU seconds a second, from a counter of CPU seconds: smoothed, and as a mean over the last 10 s.

    The first reading is a beginning and no rate: it covers all the time since the machine's start.
    """

    def __init__(self) -> None:
        self.smooth: float | None = None
        self.last: deque[tuple[float, float]] = deque()

    def add(self, now: float, counter: float) -> None:
        if self.last and now > self.last[-1][0]:
            before, count = self.last[-1]
            rate = max(0.0, counter - count) / (now - before)
            weight = min(1.0, (now - before) / SMOOTHING_SECONDS)
            self.smooth = rate if self.smooth is None else self.smooth + weight * (rate - self.smooth)
        self.last.append((now, counter))
        while now - self.last[0][0] > MEAN_SECONDS and len(self.last) > 2:
            self.last.popleft()

    @property
    def mean(self) -> float | None:
        (since, first), (until, newest) = self.last[0], self.last[-1]
        return max(0.0, newest - first) / (until - since) if until > since else None


class Meter:
    """Read once every `server.sample_seconds`; one reading takes well below a millisecond."""

    def __init__(self) -> None:
        self.cores = float(psutil.cpu_count() or 1)
        self.allowed = float(len(os.sched_getaffinity(0)))
        self.groups = groups_of_this_process()
        self.busy = Rate()
        self.of_groups = {group: Rate() for group in self.groups}

    def read(self, now: float) -> Reading:
        self.busy.add(now, busy_seconds())
        bounds = [self.machine(), *(self.bound(group, now) for group in self.groups if group.limits)]
        return Reading(bounds=tuple(bounds), mean_cpu=self.mean_cpu(), memory_stall=memory_stall())

    def machine(self) -> Bound:
        """Of a machine on which we may use some cores alone, the others' use does not count against us."""
        memory = psutil.virtual_memory()
        used = self.busy.smooth
        if used is not None and self.allowed < self.cores:
            used = max(0.0, self.allowed - (self.cores - used))
        return Bound(
            name="the machine",
            cpu=self.allowed,
            ram=memory.total / GB,
            used_cpu=used,
            used_ram=(memory.total - memory.available) / GB,
        )

    def bound(self, group: Group, now: float) -> Bound:
        rate = self.of_groups[group]
        counter = group.cpu_seconds()
        if counter is not None:
            rate.add(now, counter)
        cpu, ram = group.cpu_limit(), group.ram_limit()
        return Bound(
            name=f"cgroup {group.name}",
            cpu=min(self.allowed, cpu or self.allowed),
            ram=(ram or psutil.virtual_memory().total) / GB,
            used_cpu=rate.smooth if cpu else None,
            used_ram=group.ram_used() / GB if ram else 0.0,
        )

    def mean_cpu(self) -> float | None:
        mean = self.busy.mean
        return None if mean is None else mean / self.cores


def busy_seconds() -> float:
    """Of all cores, since the machine's start. Waiting for a disk is not being busy."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def memory_stall() -> float | None:
    """Percent of the last 10 s in which every process waited for memory; None = the kernel does not say."""
    try:
        lines = PRESSURE_OF_MEMORY.read_text().splitlines()
        full = next(line for line in lines if line.startswith("full"))
        return float(dict(word.split("=") for word in full.split()[1:])["avg10"])
    except (OSError, ValueError, KeyError, StopIteration):
        return None
