"""Looking at a pool from outside, all the time: how quickly it answers, and what its parent is made of."""

import math
import threading
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

from poolmgr.domain.errors import PoolError
from poolmgr.pool import control
from poolmgr.pool.kernel import state_of
from tests.pools import Pool

PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 5.0
# The loop takes in a dead child in its next turn; on a full machine that turn may come late.
ZOMBIE_SECONDS = 1.0
ENOUGH_SAMPLES = 20
OWN_SOCKETS = 3
"""The parent's own: both ends of the signal pair, and the control socket."""

NET_TABLES = ("tcp", "tcp6", "udp", "udp6", "raw", "raw6", "netlink", "packet")


class Watch:
    """A thread of its own, from the pool's readiness to the end of `with`. Seconds, and counts of samples.

    latencies: from a question to its answer; delays: without the time in which parent or thread was ready to
    run and the machine had no core for it, which says nothing of the loop.

    extra_sockets: beyond the parent's own and one per child; clients of the control socket are among them.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.parent = 0
        self.latencies: list[float] = []
        self.delays: list[float] = []
        self.unanswered: list[str] = []
        self.threads: Counter[int] = Counter()
        self.descriptors: list[int] = []
        self.extra_sockets: Counter[int] = Counter()
        self.foreign_sockets: Counter[str] = Counter()
        self.zombies: dict[int, float] = {}
        self.lasting_zombies: Counter[int] = Counter()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.live, name="watch")
        self.failure: Exception | None = None

    def __enter__(self) -> Self:
        self.pool.wait_until_ready()
        self.parent = self.pool.pid
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.thread.join()
        if self.failure and error is None:
            raise self.failure

    def live(self) -> None:
        try:
            over = False
            while not over:
                self.look()
                self.ask()
                over = self.over.wait(PAUSE_SECONDS)
        except Exception as error:  # told in the test's own thread
            self.failure = error

    def ask(self) -> None:
        waited, began = self.waits(), time.perf_counter()
        try:
            control.ask(self.pool.control_path, "status", PATIENCE_SECONDS)
        except PoolError as error:
            self.unanswered.append(str(error))
        latency = time.perf_counter() - began
        self.latencies.append(latency)
        # The longer of the two: they may have waited at the same time.
        missed = max(after - before for before, after in zip(waited, self.waits(), strict=True))
        self.delays.append(max(0.0, latency - missed))

    def waits(self) -> tuple[float, float]:
        """The parent's and this thread's, by the kernel's own account."""
        return run_delay(f"/proc/{self.parent}/schedstat"), run_delay("/proc/thread-self/schedstat")

    def look(self) -> None:
        folder = Path(f"/proc/{self.parent}")
        self.threads[len(list((folder / "task").iterdir()))] += 1
        children = [int(pid) for pid in (folder / f"task/{self.parent}/children").read_text().split()]
        links = descriptors(folder / "fd")
        self.descriptors.append(len(links))
        sockets = [link for link in links if link.startswith("socket:")]
        self.extra_sockets[max(0, len(sockets) - OWN_SOCKETS - len(children))] += 1
        self.foreign_sockets.update({f"socket:[{inode}]" for inode in network_inodes(folder)} & set(sockets))
        self.look_for_zombies(children)

    def look_for_zombies(self, children: list[int]) -> None:
        now = time.monotonic()
        dead = [pid for pid in children if state_of(pid) == "Z"]
        self.zombies = {pid: self.zombies.get(pid, now) for pid in dead}
        self.lasting_zombies.update(
            pid for pid, since in self.zombies.items() if now - since > ZOMBIE_SECONDS
        )

    def check(self, most_descriptors: int) -> None:
        """What holds in every sample, whatever happens to the children and to the database."""
        assert not self.unanswered, self.unanswered[:3]
        assert set(self.threads) == {1}, self.threads
        assert not self.foreign_sockets, self.foreign_sockets
        assert not self.lasting_zombies, self.lasting_zombies
        assert max(self.descriptors) <= most_descriptors, max(self.descriptors)
        # Clients come and go; a connection of the parent's own would be there in every sample.
        assert self.extra_sockets[0] or len(self.latencies) < ENOUGH_SAMPLES, self.extra_sockets


def percentile_ms(latencies: list[float], share: float) -> float:
    ordered = sorted(latencies)
    return round(ordered[math.ceil(share * len(ordered)) - 1] * 1000, 1)


def figures(latencies: list[float]) -> str:
    p50, p99, most = (percentile_ms(latencies, share) for share in (0.5, 0.99, 1.0))
    return f"p50 {p50} ms, p99 {p99} ms, longest {most} ms of {len(latencies)}"


def run_delay(table: str) -> float:
    """Seconds that a thread has spent ready to run, without a core: the second field."""
    return int(Path(table).read_text().split()[1]) / 1e9


def descriptors(folder: Path) -> list[str]:
    found = []
    for entry in folder.iterdir():
        try:
            found.append(str(entry.readlink()))
        except FileNotFoundError:  # closed since
            continue
    return found


def network_inodes(folder: Path) -> set[str]:
    """Sockets of the network, of the parent's whole network namespace: column `inode` of each table."""
    found = set()
    for name in NET_TABLES:
        table = folder / "net" / name
        lines = table.read_text().splitlines() if table.exists() else []
        head = lines[0].split() if lines else []
        # tcp and its like print two fields as one in the head: the inode is counted from where it always is.
        column = {"netlink": -1, "packet": -1}.get(name, 9)
        found |= {line.split()[column] for line in lines[1:] if head}
    return found
