"""A real pool in a storm: random faults by a seed, on a database and a Redis of its own, with an audit."""

import fcntl
import os
import random
import struct
import subprocess
import termios
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

import psutil

from poolmgr.domain.json import JsonObject, records, text
from tests.caches import Cache
from tests.chaos.audit import Audit
from tests.chaos.faults import Victim, freeze_holder, wait_until_busy
from tests.chaos.watch import Watch, figures, percentile_ms
from tests.clusters import Cluster, Database
from tests.pools import Pool, put
from tests.waiting import until

BATCH = 40
ENDS_EVERY = 5
PIPE_PAGES, PAGE_BYTES, LONG_LINE_BYTES = 4, os.sysconf("SC_PAGE_SIZE"), 1000
KINDS = ("ocr_index", "ocr_acte")
MOST_DESCRIPTORS = 60
SETTINGS: Mapping[str, float | str] = MappingProxyType(
    {
        "log__level": "debug",
        "ocr__children": 4,
        "pool__restart_first_seconds": 0.05,
        "pool__restart_max_seconds": 0.5,
        "pool__beat_missed_seconds": 1.5,
        "pool__drain_seconds": 1,
        "pool__kill_after_drain_seconds": 4,
        "queue__lease_seconds": 6,
        "queue__self_fence_seconds": 4,
        "queue__renew_seconds": 1,
        "queue__max_outages": 1000,
        "redis__timeout_seconds": 1,
        "server__reserve_ram_percent": 5,
        "server__sample_seconds": 0.2,
        "server__tree_seconds": 0.3,
    }
)


class LoggedPool(Pool):
    """Its log goes through a small pipe that a process of its own empties."""

    reader: "subprocess.Popen[bytes] | None" = None

    def opened_log(self) -> IO[bytes]:
        self.close_reader()
        with self.log.open("ab") as kept:
            self.reader = subprocess.Popen(
                ["cat"], stdin=subprocess.PIPE, stdout=kept, pipesize=PIPE_PAGES * PAGE_BYTES
            )
        assert self.reader.stdin is not None
        return self.reader.stdin

    def is_ready(self) -> bool:
        """A child counts with what it was measured to take, half a core and more: not all fit on two cores,
        and those are refused for good."""
        assert self.running.poll() is None, self.log.read_text()
        found = records(self.status(), "children")
        return any(map(is_up, found)) and all(is_up(one) or is_beyond(one) for one in found)

    def kill(self) -> None:
        super().kill()
        self.close_reader()

    def close_reader(self) -> None:
        """It ends when nobody of the life before can write any more."""
        if self.reader:
            assert self.reader.wait(5) == 0

    @property
    def reader_pid(self) -> int:
        assert self.reader is not None
        return self.reader.pid

    def log_is_full(self) -> bool:
        """All pages are begun. A line that does not fit is not cut: some of each page stays empty."""
        with Path(f"/proc/{self.reader_pid}/fd/0").open("rb") as pipe:
            (waiting,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
        return int(waiting) > (PIPE_PAGES - 1) * (PAGE_BYTES - LONG_LINE_BYTES)


@dataclass(frozen=True)
class Times:
    """How long at least, and at most until enough has hit."""

    seconds: float
    most_seconds: float


class Storm:
    """hits: by fault, counted only when a lease was held at that moment.

    within: faults that the parent outlives; ends: those that it does not, each followed by another start.
    """

    def __init__(
        self,
        pool: LoggedPool,
        cluster: Cluster,
        cache: Cache,
        audit: Audit,
        documents: Sequence[bytes],
        seed: int,
    ) -> None:
        self.pool = pool
        self.cluster = cluster
        self.cache = cache
        self.audit = audit
        self.documents = documents
        self.random = random.Random(seed)
        self.rows: list[str] = []
        self.hits: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.delays: list[float] = []
        self.pauses = 0

    def feed(self) -> None:
        """There is always work."""
        if self.audit.unsettled(self.rows) < BATCH:
            drawn = [(self.random.choice(KINDS), self.random.choice(self.documents)) for _ in range(BATCH)]
            self.rows += put(self.pool.folder, self.audit.database, drawn)

    def rage(
        self, times: Times, within: "Sequence[Fault]", ends: "Sequence[Fault]", least: int, hits: int
    ) -> None:
        """Until every fault has hit `least` times, and all together `hits` times."""
        began = time.monotonic()

        def is_over() -> bool:
            enough = self.hits.total() >= hits and not self.seldom((*within, *ends), least)
            return time.monotonic() - began > (times.seconds if enough else times.most_seconds)

        while not is_over():
            with Watch(self.pool) as watch:
                for _ in range(ENDS_EVERY):
                    self.strike(self.next_of(within))
                    self.feed()
                    if is_over():
                        break
            watch.check(MOST_DESCRIPTORS)
            self.latencies += watch.latencies
            self.delays += watch.delays
            self.strike(self.next_of(ends))
            self.pool.start()

    def seldom(self, faults: "Sequence[Fault]", least: int) -> list[str]:
        """Which have not hit so often."""
        return sorted({fault.__name__ for fault in faults if self.hits[fault.__name__] < least})

    def next_of(self, faults: "Sequence[Fault]") -> "Fault":
        """By lot, of those that hit least."""
        fewest = min(self.hits[fault.__name__] for fault in faults)
        return self.random.choice([fault for fault in faults if self.hits[fault.__name__] <= fewest])

    def strike(self, fault: "Fault") -> None:
        self.pool.wait_until_ready()
        until(self.pool.hears_the_database, 30, "the end of the last outage")
        wait_until_busy(self.pool, 1)
        held = self.audit.open_leases()
        try:
            fault(self)
        except ProcessLookupError:  # its victim had just died of what came before
            return
        self.hits[fault.__name__] += bool(held)

    def victim(self) -> Victim:
        return freeze_holder(self.pool, self.audit)

    def tells_status(self) -> None:
        assert self.pool.status(), "the parent does not answer"

    def settle(self) -> None:
        """The end of every job, and of the pool, which leaves nobody."""
        until(lambda: self.audit.is_settled(self.rows), 120, "the end of the jobs")
        until(lambda: self.pool.status().get("releases_pending") == 0, 10, "the last release")
        assert self.pool.stop() == 0
        self.pauses = len(self.pool.events("pool.paused"))
        until(lambda: not living(self.pool.config), 5, "the end of every process of the pool")

    def check(self) -> None:
        """Nothing was lost or done twice, and what was begun anew was counted."""
        self.audit.check_done_once(self.rows)
        counted = self.audit.counted("crashed") + self.audit.counted("rescued")
        assert sum(self.audit.attempts(self.rows)) == counted

    def check_loop(self) -> None:
        """How quickly the parent answers, whoever else is on the machine."""
        assert percentile_ms(self.delays, 0.99) <= 100, figures(self.delays)

    def figures(self) -> dict[str, object]:
        return {
            "jobs": len(self.rows),
            "hits": dict(sorted(self.hits.items())),
            "control": figures(self.latencies),
            "without waiting for a core": figures(self.delays),
            "paused": self.pauses,
        }


def is_up(child: JsonObject) -> bool:
    return text(child, "state") in ("idle", "busy")


def is_beyond(child: JsonObject) -> bool:
    return "are not booked" in text(child, "refused")


Fault = Callable[[Storm], None]


def living(config: Path) -> list[int]:
    """Processes of a pool with this configuration, of whatever life: a fork keeps its parent's words."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(config) in process.cmdline():
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def rage(
    folder: Path,
    cluster: Cluster,
    cache: Cache,
    documents: Sequence[bytes],
    *,
    seed: int,
    times: Times,
    within: Sequence[Fault],
    ends: Sequence[Fault],
    least: int = 0,
    hits: int = 0,
) -> Storm:
    """The whole of it, checked; the figures are the storm's."""
    database: Database = cluster.create_database()
    audit = Audit(database)
    audit.allow_attempts(100_000)
    cache.start()
    with LoggedPool(folder, database, redis__url=cache.url, **SETTINGS) as pool:
        storm = Storm(pool, cluster, cache, audit, documents, seed)
        storm.feed()
        storm.rage(times, within, ends, least, hits)
        storm.settle()
        storm.check()
    return storm
