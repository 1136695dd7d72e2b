"""Names of workers: no two forks ever share one, on any host, across any restart."""

import itertools
import os
from dataclasses import dataclass, field

from poolmgr.domain.jobs import WorkerId
from poolmgr.pool.kernel import boot_id, started_ticks


@dataclass(kw_only=True)
class Identity:
    """prefix-host-boot-pid-start-: this parent's life; a sequence number makes it a worker.

    Known before the fork, so that both sides have it from the first moment.
    """

    stem: str
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def of_this_process(cls, prefix: str, host: str) -> "Identity":
        pid = os.getpid()
        return cls(stem=f"{prefix}-{host}-{boot_id()[:8]}-{pid}-{started_ticks(pid)}-")

    def next_worker(self) -> WorkerId:
        return WorkerId(f"{self.stem}{next(self.numbers)}")

    def named(self, worker: str) -> bool:
        """Whether this parent gave out that name."""
        return worker.startswith(self.stem)
