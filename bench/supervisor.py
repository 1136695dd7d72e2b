"""`python -m bench.supervisor [--json] [--quick]`: the pool's parent beside gunicorn's, as ratios of one run.

Both run with the same Python and take turns; once with children that do next to nothing, and once with the
real pool's OCR children, whose modules gunicorn's application imports before its forks as well.
What gunicorn is ahead in is said; exit 1 when that is something we claim: a hang-up, a hung child, a parent's
death.
"""

import argparse
import os
import signal
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from random import Random

from bench import contenders, pool, server
from bench.contenders import Contender
from bench.core import machine, say, tell
from bench.figures import Figure, pairs, percentile, samples, single
from bench.server import Server
from poolmgr.cli.children import OCR_MODULES, TESSERACT_MODULES, has_tesseract
from poolmgr.cli.environments import DIRECT_MODULES, SHARED_MODULES
from poolmgr.domain.errors import NotAvailable
from poolmgr.domain.json import Json, JsonObject, whole

DATABASE = "supervisor"
HUNG_UP, HUNG, ORPHANED = "SIGHUP to 4 new", "SIGSTOP to ready", "kill -9 of the parent to no"
CLAIMED = (HUNG_UP, HUNG, ORPHANED)
NOWHERE = "http://127.0.0.1:9/"
LIFE_SECONDS = 0.4
CHANCE = Random(20)
SETTLED_SECONDS = 5.0
GUNICORN_TIMEOUT_SECONDS = 30
"""Its default: its workers look for their parent twice in it."""

MODULES = (
    *SHARED_MODULES, *DIRECT_MODULES, *OCR_MODULES, *(TESSERACT_MODULES if has_tesseract() else ()),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Size:
    """How often each is done; and for how long nothing is."""

    kills: int
    hangups: int
    hangs: int
    parents: int
    browsers: int
    idle_seconds: float


FULL = Size(kills=24, hangups=8, hangs=6, parents=3, browsers=8, idle_seconds=60.0)
QUICK = Size(kills=4, hangups=2, hangs=1, parents=1, browsers=2, idle_seconds=6.0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.supervisor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--quick", action="store_true", help="less of everything, within two minutes")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(
        signal.SIGHUP, lambda *_: None
    )  # under nohup both contenders would inherit that, and not reload
    if contenders.GUNICORN is None:
        raise NotAvailable("gunicorn is not here, and it is what we measure against.", advice="uv sync")
    began = time.monotonic()
    size = QUICK if options.quick else FULL
    with server.running() as database:
        conditions = machine(database.version) | {"gunicorn": version("gunicorn")}
        figures = measured(database, size, conditions)
    tell(figures, conditions, time.monotonic() - began, as_one=options.json)
    behind = [figure.name for figure in figures if figure.ratio < 1]
    if behind:
        sys.stderr.write(f"gunicorn is ahead in: {'; '.join(behind)}.\n")
    return int(any(name.startswith(CLAIMED) for name in behind))


def measured(database: Server, size: Size, conditions: JsonObject) -> list[Figure]:
    """Both kinds of children, then what a parent's death does; `conditions` gets what the children are."""
    url = database.migrated(DATABASE)
    found: list[Figure] = []
    for kind in ("trivial", "OCR"):
        with both(database, url, kind) as pair:
            say(f"{kind} children, idle")
            conditions[f"{kind} child"] = described(pair)
            found += idle(kind, pair, size.idle_seconds)
            say(f"{kind} children, killed, hung up, stopped")
            found += turns(kind, pair, size)
    for kind in ("trivial", "OCR"):
        say(f"{kind} children, whose parent is killed")
        found.append(deaths_of_parents(database, url, kind, size.parents))
    say("a registre child, killed")
    conditions["registre child, kill -9"] = browsers(database, url, size.browsers)
    return found


Pair = dict[str, Contender]


@contextmanager
def both(
    database: Server, url: str, kind: str, timeout_seconds: int = contenders.HANG_SECONDS
) -> Iterator[Pair]:
    modules, variant = (MODULES, "") if kind == "OCR" else ((), "trivial")
    with ExitStack() as stack:
        yield {
            "ours": stack.enter_context(
                contenders.ours(database.folder / f"{DATABASE}-{kind}", url, variant)
            ),
            "gunicorn": stack.enter_context(
                contenders.gunicorn(database.folder / "gunicorn", modules, timeout_seconds)
            ),
        }


def described(pair: Pair) -> str:
    """RSS of a child in each."""
    sizes = {name: statistics.mean(map(contenders.rss_megabytes, one.pids())) for name, one in pair.items()}
    return ", ".join(f"{name} {size:.0f} MB RSS" for name, size in sizes.items())


def idle(kind: str, pair: Pair, seconds: float) -> list[Figure]:
    """Side by side, in the same seconds."""
    time.sleep(SETTLED_SECONDS)
    before = {name: one.cpu_seconds() for name, one in pair.items()}
    time.sleep(seconds)
    spent = {name: 1000 * (one.cpu_seconds() - before[name]) / seconds for name, one in pair.items()}
    sizes = {name: one.megabytes() for name, one in pair.items()}
    return [
        single(
            f"idle PSS of parent and 4 {kind} children",
            sizes["gunicorn"],
            sizes["ours"],
            "MB",
            "each shared page counts by its share",
        ),
        single(
            f"CPU of the idle parent of {kind} children",
            spent["gunicorn"],
            spent["ours"],
            "ms/s",
            "the parent alone: it looks at its children's beats, and at the machine",
        ),
    ]


def turns(kind: str, pair: Pair, size: Size) -> list[Figure]:
    killed = alternating(pair, Contender.kill_one, size.kills)
    hung_up = alternating(pair, Contender.hang_up, size.hangups)
    hung = alternating(pair, Contender.hang_one, size.hangs)
    limit = contenders.HANG_SECONDS
    over = {name: statistics.median(values) - limit for name, values in hung.items()}
    kill = partial(samples, over=killed["gunicorn"], under=killed["ours"], unit="ms")
    return [
        kill(
            f"kill -9 to ready, {kind}, p50",
            statistic=statistics.median,
            meaning="another child in its place, its loop running and its pipe answering",
        ),
        kill(
            f"kill -9 to ready, {kind}, p95",
            statistic=partial(percentile, share=0.95),
            meaning=f"of {size.kills} kills each",
        ),
        pairs(
            f"{HUNG_UP} {kind} children",
            hung_up["gunicorn"],
            hung_up["ours"],
            "ms",
            "all new and ready, all old ones gone",
        ),
        pairs(
            f"{HUNG}, {kind}, limit {limit} s",
            hung["gunicorn"],
            hung["ours"],
            "s",
            f"past the limit: gunicorn {over['gunicorn']:.2f} s, ours {over['ours']:.2f} s; both count"
            " from the child's last sign of life",
        ),
    ]


def alternating(pair: Pair, what: Callable[[Contender], float], repetitions: int) -> dict[str, list[float]]:
    """Not in step with the clocks of either: gunicorn looks for hung workers once a second."""
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(repetitions):
        for name, one in pair.items():
            time.sleep(CHANCE.uniform(LIFE_SECONDS, 3 * LIFE_SECONDS))
            found[name].append(what(one))
    return found


def deaths_of_parents(database: Server, url: str, kind: str, repetitions: int) -> Figure:
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(repetitions):
        with both(database, url, kind, GUNICORN_TIMEOUT_SECONDS) as pair:
            time.sleep(LIFE_SECONDS)
            for name, one in pair.items():
                found[name].append(one.kill_parent())
    return pairs(
        f"{ORPHANED} {kind} child",
        found["gunicorn"],
        found["ours"],
        "s",
        f"the last descendant is gone; gunicorn with its default time-out of {GUNICORN_TIMEOUT_SECONDS} s",
    )


def browsers(database: Server, url: str, repetitions: int) -> str:
    """Of one child with its browser: gunicorn has nothing to set beside it."""
    more: dict[str, Json] = {"ocr.enabled": False, "registre.children": 1, "foncier.url": NOWHERE}
    ready, proven = [], []
    with pool.running(database.folder / f"{DATABASE}-registre", url, 0, more=more) as running:
        running.wait(pool.event("browser.started"))
        for _ in range(repetitions):
            time.sleep(LIFE_SECONDS)
            (pid,) = (whole(child, "pid") for child in running.children("registre"))
            since, began = len(running.lines), time.monotonic()
            os.kill(pid, signal.SIGKILL)
            ready.append(1000 * (running.wait(pool.event("child.ready"), since).at - began))
            proven.append(1000 * (running.wait(pool.event("browser.started"), since).at - began))
    return (
        f"ready p50 {statistics.median(ready):.0f} ms, p95 {percentile(ready, 0.95):.0f} ms; "
        f"browser proven p50 {statistics.median(proven):.0f} ms, p95 {percentile(proven, 0.95):.0f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
