"""What a piece of work took of this process and of the programs it started."""

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
SELF = Path("/proc/self")
RESET_PEAK = "5"
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
MEGABYTE_KILOBYTES = 1000


@dataclass(frozen=True, kw_only=True)
class Cost:
    """peak_megabytes: the most that was resident, what was there before included; None where not told."""

    cpu_seconds: float
    wall_seconds: float
    peak_megabytes: float | None


def measured(work: Callable[[], T]) -> tuple[T, Cost]:
    with suppress(OSError):
        (SELF / "clear_refs").write_text(RESET_PEAK)
    began, cpu = time.monotonic(), cpu_seconds()
    result = work()
    return result, Cost(
        cpu_seconds=cpu_seconds() - cpu,
        wall_seconds=time.monotonic() - began,
        peak_megabytes=peak_megabytes(),
    )


def cpu_seconds() -> float:
    """Of this process and of those it started that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_megabytes() -> float | None:
    with suppress(OSError):
        if found := PEAK.search((SELF / "status").read_text()):
            return int(found[1]) / MEGABYTE_KILOBYTES
    return None
