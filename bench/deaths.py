"""kill -9 of an OCR child of the real pool, and how soon its replacement is ready and its claims are free."""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bench import papers, pool
from bench.figures import Figure, samples, single
from bench.pool import event
from bench.server import Server
from poolmgr.cli.children import OCR_MODULES
from poolmgr.cli.environments import DIRECT_MODULES
from poolmgr.domain.json import JsonObject, number, text, whole

DATABASE = "deaths"
LIFE_SECONDS = 0.3
BUSY_SECONDS = 0.2
PAGES = 3


@dataclass(frozen=True, kw_only=True)
class Deaths:
    """Milliseconds from the kill."""

    idle: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    freed: list[float] = field(default_factory=list)
    imported: list[float] = field(default_factory=list)


def measure(server: Server, kills: int) -> list[Figure]:
    url = server.migrated(DATABASE)
    folder = server.folder / DATABASE
    found = Deaths()
    with (
        pool.running(folder, url, 4) as running,
        pool.Product(folder, server.url_as("service_role", DATABASE)) as product,
    ):
        data = papers.scanned(PAGES)
        for kill in range(kills):
            time.sleep(LIFE_SECONDS)
            found.idle.append(kill_idle(running))
            time.sleep(LIFE_SECONDS)
            ready, freed = kill_busy(running, product, data)
            found.busy.append(ready)
            found.freed.append(freed)
            if kill % 4 == 0:
                found.imported.append(import_time())
    return compared(found)


def kill_idle(running: pool.Pool) -> float:
    """The one that has lived longest, so that no place looks as if nothing could live in it."""
    idle = [child for child in running.children() if child.get("state") == "idle"]
    victim = max(idle, key=lambda child: number(child, "seconds"))
    return Death(running, victim).ready()


def kill_busy(running: pool.Pool, product: pool.Product, data: bytes) -> tuple[float, float]:
    """In the middle of a page; the row has one attempt, so that nobody takes it after."""
    row, since = product.store(data), len(running.lines)
    product.insert(row, most_attempts=1)
    claimed = running.wait(event("job.claimed", row=row), since)
    time.sleep(BUSY_SECONDS)
    worker = claimed.fields["worker"]
    victim = next(child for child in running.children() if child.get("worker") == worker)
    if victim.get("state") != "busy":
        raise RuntimeError("the child had finished before it was killed: the document is too short")
    death = Death(running, victim)
    return death.ready(), death.freed()


class Death:
    """SIGKILL at once; then milliseconds until what followed was heard."""

    def __init__(self, running: pool.Pool, victim: JsonObject) -> None:
        self.running = running
        self.victim = victim
        self.since = len(running.lines)
        self.began = time.monotonic()
        os.kill(whole(victim, "pid"), signal.SIGKILL)

    def ready(self) -> float:
        name = text(self.victim, "name")
        return self.milliseconds(event("child.ready", name=name))

    def freed(self) -> float:
        worker = text(self.victim, "worker")
        return self.milliseconds(event("release.done", worker=worker, count=1))

    def milliseconds(self, wanted: Callable[[pool.Line], bool]) -> float:
        return (self.running.wait(wanted, self.since).at - self.began) * 1000


def import_time() -> float:
    """What a process that is not forked pays before it can begin: importing the same modules."""
    began = time.monotonic()
    imports = "; ".join(f"import {module}" for module in (*DIRECT_MODULES, *OCR_MODULES))
    subprocess.run([sys.executable, "-c", imports], check=True, timeout=60)
    return (time.monotonic() - began) * 1000


def compared(found: Deaths) -> list[Figure]:
    figure = partial(samples, statistic=statistics.median, unit="ms")
    return [
        figure(
            "a new process' imports / kill -9 to ready, idle",
            found.imported,
            found.idle,
            meaning="so many forked replacements become ready while a new process would still import",
        ),
        figure(
            "a new process' imports / kill -9 to ready, busy",
            found.imported,
            found.busy,
            meaning="the same for a child that was killed in the middle of a page",
        ),
        single(
            "kill -9 to ready, longest / p50",
            max(*found.idle, *found.busy),
            statistics.median([*found.idle, *found.busy]),
            "ms",
            f"the slowest of {len(found.idle) + len(found.busy)} replacements against the usual one",
        ),
        figure(
            "kill -9 to its claim free / to ready, busy",
            found.freed,
            found.busy,
            meaning="the dead child's job is back in the queue about as soon as its replacement is ready",
        ),
    ]
