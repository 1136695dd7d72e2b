"""`python -m bench.core [--json] [--quick]`: what the queue and the pool are worth, as ratios of one run.

Rivals take turns on the same machine in the same minutes, so that what else runs there meets them alike.
Exit 1 when an idle OCR child takes more than half of what it would take without preload and freeze.
"""

import argparse
import json
import os
import platform
import random
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench import calls, claims, deaths, environments, latency, memory, server
from bench.figures import Figure
from poolmgr.domain.json import JsonObject

SCHEMA = 1
SEED = 20


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured: repetitions, rows, kills, seconds."""

    claims: claims.Plan
    memory: int
    latency_rows: int
    kills: int
    idle_seconds: float


FULL = Size(claims=claims.Plan(), memory=2, latency_rows=32, kills=12, idle_seconds=60.0)
QUICK = Size(
    claims=claims.Plan(workers=(4,), repetitions=3, seconds=0.3),
    memory=1,
    latency_rows=4,
    kills=3,
    idle_seconds=4.0,
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.core", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--quick", action="store_true", help="less of everything, within a minute")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    began = time.monotonic()
    with server.running() as database:
        figures = measured(database, QUICK if options.quick else FULL)
        conditions = machine(database.version)
    tell(figures, conditions, time.monotonic() - began, as_one=options.json)
    if memory.holds(figures):
        return 0
    sys.stderr.write(f"An idle child takes more than {memory.LIMIT} of what it would take without preload.\n")
    return 1


def tell(figures: list[Figure], conditions: JsonObject, seconds: float, *, as_one: bool) -> None:
    if as_one:
        print(json.dumps(as_json(figures, conditions, seconds), ensure_ascii=False))
        return
    print("\n".join(f"{key}: {value}" for key, value in conditions.items()))
    print(f"one run, {seconds:.0f} s; a ratio is a median, with its spread in the run\n")
    print("\n".join(figure.as_text() for figure in figures))


def measured(database: server.Server, size: Size) -> list[Figure]:
    say("memory of idle children")
    found = memory.measure(database, size.memory)
    say("replacement of killed children")
    found += deaths.measure(database, size.kills)
    say("latency from insert to start")
    found += latency.measure(database, size.latency_rows, random.Random(SEED))
    say("the same beside an environment that never answers")
    found += environments.measure(database, size.latency_rows, random.Random(SEED))
    found += claims.measure(database, size.claims, say)
    say(f"idle calls, {size.idle_seconds:.0f} s")
    return found + calls.measure(database, size.idle_seconds)


def say(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


def machine(version: str) -> JsonObject:
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "postgresql": f"{version}, fsync on",
        "load": round(os.getloadavg()[1], 2),
    }


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def as_json(figures: list[Figure], conditions: JsonObject, seconds: float) -> JsonObject:
    return {
        "schema": SCHEMA,
        "machine": conditions,
        "seconds": round(seconds, 1),
        "figures": [figure.as_json() for figure in figures],
    }


if __name__ == "__main__":
    sys.exit(main())
