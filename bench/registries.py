"""`python -m bench.registries [--json] [--quick]`: what a document from a registry costs this machine.

The shapes take turns against one replica; each is a process of its own, looked at with everything below it.
Exit 1 when no shape of ours reaches what is claimed, or a finished download waits for its reader.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from bench import handoff, server
from bench.core import machine, say, tell
from bench.figures import Figure, pairs
from bench.trees import Tree
from bench.visits import FULL_CHROMIUM
from poolmgr.domain.errors import NotAvailable
from poolmgr.local.replica import server as replica_server
from poolmgr.local.replica.control import Replica

START_SECONDS = 60.0
CONTEXTS = (1, 2, 4, 8)
CHEAPER, LIGHTER, BEST = 2.3, 4.0, 3.0
"""Documents a CPU second, and memory a document in flight, against the predecessor's shape: both in one shape
of ours; and the first of them in some shape."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """Documents of a run, fewer of the predecessor's, each of which costs the same; searches of a run; how
    often the shapes take turns."""

    documents: int
    predecessors: int
    searches: int
    repetitions: int
    handoffs: int


@dataclass(frozen=True, kw_only=True)
class Run:
    """One shape's run; `in_flight` documents at a time."""

    documents: int
    seconds: float
    cpu_seconds: float
    megabytes: float
    in_flight: int

    @property
    def a_minute(self) -> float:
        return 60 * self.documents / self.seconds

    @property
    def a_cpu_second(self) -> float:
        return self.documents / self.cpu_seconds

    @property
    def megabytes_a_document(self) -> float:
        return self.megabytes / self.in_flight


FULL = Size(documents=24, predecessors=12, searches=8, repetitions=2, handoffs=30)
QUICK = Size(documents=8, predecessors=3, searches=2, repetitions=1, handoffs=5)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.registries", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--quick", action="store_true", help="less of everything, within a minute")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if not FULL_CHROMIUM.exists():
        raise NotAvailable(
            f"{FULL_CHROMIUM} is not here, and it is what we measure against.",
            advice="apt-get install chromium, or set BENCH_CHROMIUM to one.",
        )
    began = time.monotonic()
    size = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory(prefix="registre-pool-bench-") as folder, server.running() as database:
        replica = started(Path(folder))
        try:
            figures, held = measured(replica, Path(folder), size)
            figures += searched(replica, Path(folder), size)
            say("handing downloads over to OCR")
            figures += handoff.measure(database, replica, size.handoffs)
        finally:
            replica_server.stop(Path(folder) / "replica", timeout_seconds=START_SECONDS)
        conditions = machine(database.version)
    tell(figures, conditions, time.monotonic() - began, as_one=options.json)
    return int(not (held and handoff.holds(figures)))


def started(folder: Path) -> Replica:
    place = folder / "replica"
    replica_server.start(replica_server.Server(folder=place), timeout_seconds=START_SECONDS)
    replica = Replica(replica_server.url(place) or "")
    replica.settings(
        accounts={**{f"bench-{number}": f"bench-{number}" for number in range(max(CONTEXTS))}, **known()}
    )
    return replica


def known() -> dict[str, str]:
    from poolmgr.local.replica.accounts import ACCOUNTS

    return {account.username: account.password for account in ACCOUNTS}


def measured(replica: Replica, folder: Path, size: Size) -> tuple[list[Figure], bool]:
    """The figures, and whether what is claimed held."""
    runs: dict[str, list[Run]] = defaultdict(list)
    run("floor", 1, size.documents, replica, folder)  # draws every document once
    for _ in range(size.repetitions):
        for shape, contexts in (("predecessor", 1), *(("ours", number) for number in CONTEXTS), ("floor", 1)):
            say(f"{shape}, {contexts} at a time")
            documents = size.predecessors if shape == "predecessor" else size.documents
            runs[f"{shape} {contexts}"].append(run(shape, contexts, documents, replica, folder))
    figures = [figure for number in CONTEXTS for figure in compared(runs, number)]
    floor = pairs(
        "documents a CPU second, plain HTTP / ours, 4 at a time",
        [one.a_cpu_second for one in runs["floor 1"]],
        [one.a_cpu_second for one in runs["ours 4"]],
        "/s",
        "the floor: the same posts without a browser; no rival, only what a browser costs",
    )
    return [*figures, floor], holds(figures)


def searched(replica: Replica, folder: Path, size: Size) -> list[Figure]:
    """What a search costs in the other two registries, one at a time in either shape."""
    figures = []
    for registry, title in (("req", "REQ"), ("rdprm", "RDPRM")):
        runs: dict[str, list[Run]] = defaultdict(list)
        for _ in range(size.repetitions):
            for shape in ("predecessor", "ours"):
                say(f"{title}, {shape}")
                words = ["bench.searches", registry, shape]
                runs[shape].append(measure(words, size.searches, replica, folder))
        ours, theirs = runs["ours"], runs["predecessor"]
        figures += [
            pairs(
                f"{title} searches a CPU second, ours / predecessor",
                [one.a_cpu_second for one in ours],
                [one.a_cpu_second for one in theirs],
                "/s",
                "one headless shell, against a full Chromium (and a login in the RDPRM) a search",
            ),
            pairs(
                f"{title} memory, predecessor / ours",
                [one.megabytes for one in theirs],
                [one.megabytes for one in ours],
                "MB",
                "mean PSS of Python, Node and browser together",
            ),
            pairs(
                f"{title} searches a minute, ours / predecessor",
                [one.a_minute for one in ours],
                [one.a_minute for one in theirs],
                "/min",
                "from a site without latency, and without the predecessor's pauses",
            ),
        ]
    return figures


def compared(runs: dict[str, list[Run]], contexts: int) -> list[Figure]:
    ours, theirs = runs[f"ours {contexts}"], runs["predecessor 1"]
    return [
        pairs(
            f"documents a CPU second, ours {contexts} / predecessor",
            [one.a_cpu_second for one in ours],
            [one.a_cpu_second for one in theirs],
            "/s",
            f"{contexts} kept sessions in one headless shell, against a full Chromium and a login a document",
        ),
        pairs(
            f"memory a document in flight, predecessor / ours {contexts}",
            [one.megabytes_a_document for one in theirs],
            [one.megabytes_a_document for one in ours],
            "MB",
            "mean PSS of Python, Node and browser together, by documents at a time",
        ),
        pairs(
            f"documents a minute, ours {contexts} / predecessor",
            [one.a_minute for one in ours],
            [one.a_minute for one in theirs],
            "/min",
            "from a site without latency, so bound by CPU; the live ones are mostly waited for",
        ),
    ]


def holds(figures: list[Figure]) -> bool:
    cheaper = [one.ratio for one in figures if one.name.startswith("documents a CPU second")]
    lighter = [one.ratio for one in figures if one.name.startswith("memory")]
    both = any(a >= CHEAPER and b >= LIGHTER for a, b in zip(cheaper, lighter, strict=True))
    return both and max(cheaper) >= BEST


def run(shape: str, contexts: int, documents: int, replica: Replica, folder: Path) -> Run:
    return measure(["bench.visits", shape, str(contexts)], documents, replica, folder, in_flight=contexts)


def measure(words: list[str], documents: int, replica: Replica, folder: Path, *, in_flight: int = 1) -> Run:
    """A process of its own, looked at with everything below it."""
    command = [sys.executable, "-m", *words, str(documents), replica.url, str(folder)]
    process = subprocess.Popen(
        command, cwd=Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    with Tree(pid=process.pid) as tree:
        process.stdin.write("\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline() or "{}")
    if process.wait(START_SECONDS) or not answer:
        raise RuntimeError(f"{' '.join(words)} ended with exit code {process.returncode}")
    return Run(
        documents=documents,
        seconds=answer["seconds"],
        cpu_seconds=tree.cpu_seconds,
        megabytes=tree.megabytes,
        in_flight=in_flight,
    )


if __name__ == "__main__":
    sys.exit(main())
