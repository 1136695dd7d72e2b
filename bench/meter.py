"""CPU seconds of whole process trees: what a round cost this machine, whatever else ran there."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, kw_only=True)
class Meter:
    """Of these processes and everything below them, those that have ended included."""

    roots: Sequence[psutil.Process]

    def seconds(self) -> float:
        """Since each of them began; of two readings the difference is what counts."""
        return sum(self.of(root) for root in self.roots)

    def of(self, root: psutil.Process) -> float:
        found = 0.0
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                found += times.user + times.system + times.children_user + times.children_system
        return found
