"""What a process and everything below it takes: CPU seconds, also of those that have ended, and memory."""

import statistics
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import psutil

from bench.memory import pss_megabytes

LOOK_SECONDS = 0.05
LOOKS_PER_WEIGHING = 6


@dataclass(kw_only=True)
class Tree:
    """Looked at from a thread, by `with`. A process that lives shorter than a look is missed."""

    pid: int
    spent: dict[tuple[int, float], float] = field(default_factory=dict)
    weights: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.before = self.looked()
        self.thread = threading.Thread(target=self.live, name="tree")
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.thread.join()

    @property
    def cpu_seconds(self) -> float:
        """Since `with` began."""
        return sum(self.spent.values()) - self.before

    @property
    def megabytes(self) -> float:
        """The mean PSS of all processes together."""
        return statistics.mean(self.weights)

    def live(self) -> None:
        looks = 0
        while not self.over.wait(LOOK_SECONDS):
            self.looked()
            looks += 1
            if looks % LOOKS_PER_WEIGHING == 0:
                self.weights.append(self.weighed())

    def looked(self) -> float:
        for process in self.processes():
            with suppress(psutil.Error):
                times = process.cpu_times()
                self.spent[process.pid, process.create_time()] = times.user + times.system
        return sum(self.spent.values())

    def weighed(self) -> float:
        found = 0.0
        for process in self.processes():
            with suppress(OSError, RuntimeError):
                found += pss_megabytes(process.pid)
        return found

    def processes(self) -> list[psutil.Process]:
        try:
            root = psutil.Process(self.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
