"""PSS of an idle OCR child, with preload and freeze and without."""

import os
import statistics
import time
from collections import defaultdict
from pathlib import Path

from bench import papers, pool
from bench.figures import Figure, pairs
from bench.pool import Pool, Product, event
from bench.server import Server
from bench.variant import COLLECT
from poolmgr.domain.json import whole

DATABASE = "memory"
CHILDREN = 4
REST_SECONDS = 0.7
MOST_ROUNDS = 20
LIMIT = 0.5
"""Of what a child without preload and freeze takes: the most that one with both may take."""

IDLE = "PSS of an idle OCR child, with / without preload"


def measure(server: Server, repetitions: int) -> list[Figure]:
    """Megabytes a child, the mean of all; the two variants take turns."""
    url = server.migrated(DATABASE)
    fresh: dict[str, list[float]] = defaultdict(list)
    worked: dict[str, list[float]] = defaultdict(list)
    for _ in range(repetitions):
        for variant in ("with", "without"):
            folder = server.folder / DATABASE
            with pool.running(folder, url, CHILDREN, variant) as running:
                time.sleep(REST_SECONDS)
                fresh[variant].append(mean_pss(running))
                with Product(folder, server.url_as("service_role", DATABASE)) as product:
                    read_one_each(running, product)
                for pid in running.pids():
                    os.kill(pid, COLLECT)
                time.sleep(REST_SECONDS)
                worked[variant].append(mean_pss(running))
    return [
        pairs(
            IDLE,
            fresh["with"],
            fresh["without"],
            "MB",
            f"{CHILDREN} idle children take so much of what they take without; at most {LIMIT} is asserted",
        ),
        pairs(
            "PSS after one document, with / without preload",
            worked["with"],
            worked["without"],
            "MB",
            "the same after each has read a small document and collected its garbage",
        ),
    ]


def holds(figures: list[Figure]) -> bool:
    return all(figure.ratio <= LIMIT for figure in figures if figure.name == IDLE)


def read_one_each(running: Pool, product: Product) -> None:
    """Of both kinds, for each child reads one alone. Raises RuntimeError when some child gets none."""
    data = papers.printed()
    for number in range(MOST_ROUNDS):
        row, since = product.store(data), len(running.lines)
        product.insert(row, source=("index", "acte")[number % 2])
        running.wait(event("job.settled", row=row, outcome="done"), since)
        if all(whole(child, "completed") for child in running.children()):
            return
    raise RuntimeError(f"after {MOST_ROUNDS} documents some child has still read none")


def mean_pss(running: Pool) -> float:
    return statistics.mean(pss_megabytes(pid) for pid in running.pids())


def pss_megabytes(pid: int) -> float:
    """Its own pages, and of each shared page its share (proc(5), smaps_rollup)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the kernel says no PSS of process {pid}")
