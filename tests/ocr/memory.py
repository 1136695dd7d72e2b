"""The most memory a piece of work took on top of what was there (Linux: VmHWM, which can be set back)."""

import gc
import re
from collections.abc import Callable
from pathlib import Path

MEGABYTE = 1_048_576


def peak_megabytes(work: Callable[[], object]) -> float:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = field("VmRSS")
    work()
    return (field("VmHWM") - before) / MEGABYTE


def field(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found, name
    return int(found[1]) * 1024
