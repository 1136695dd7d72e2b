"""Two supervisors that are asked the same questions: the pool's parent and gunicorn's arbiter.

Each runs four children and says on its stderr when one is ready; whoever measures hears both alike.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psutil

from bench import pool
from bench.memory import pss_megabytes
from bench.pool import Pool
from poolmgr.domain.json import Json, whole
from poolmgr.pool.kernel import started_ticks, state_of

CHILDREN = 4
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.0005
HANG_SECONDS = 3
FOUND = find_spec("gunicorn")
GUNICORN = str(Path(FOUND.origin).parents[1]) if FOUND and FOUND.origin else None
"""The folder of its package: our own Python runs it."""


@dataclass(kw_only=True)
class Contender:
    """`pids`: its children, without those that only one of the two has. `change`: what SIGHUP will find."""

    running: Pool
    pids: Callable[[], list[int]]
    change: Callable[[], None]

    @property
    def parent(self) -> int:
        return self.running.process.pid

    def kill_one(self) -> float:
        """Milliseconds from SIGKILL to the readiness of another in its place."""
        return self.replaced(self.oldest(), signal.SIGKILL) * 1000

    def hang_one(self) -> float:
        """Seconds from SIGSTOP to the readiness of another in its place."""
        return self.replaced(self.oldest(), signal.SIGSTOP)

    def oldest(self) -> int:
        """So that no place looks as if nothing could live in it."""
        return min(self.pids(), key=started_ticks)

    def replaced(self, victim: int, number: signal.Signals) -> float:
        since, before = len(self.running.lines), set(self.pids())
        began = time.monotonic()
        os.kill(victim, number)
        return self.newcomers(before, since, 1) - began

    def hang_up(self) -> float:
        """Milliseconds from SIGHUP until all children are new and ready, and the old ones gone."""
        before, since = set(self.pids()), len(self.running.lines)
        self.change()
        old = identities(before)
        began = time.monotonic()
        os.kill(self.parent, signal.SIGHUP)
        ready = self.newcomers(before, since, CHILDREN)
        return (max(ready, end_of(old)) - began) * 1000

    def newcomers(self, before: set[int], since: int, how_many: int) -> float:
        """When the last of so many was ready that were not there before."""
        seen: set[int] = set()

        def is_last(line: pool.Line) -> bool:
            if line.fields.get("event") == "child.ready" and not str(line.fields.get("name")).startswith(
                "scout"
            ):
                seen.add(whole(line.fields, "pid"))
            return len(seen - before) >= how_many

        return self.running.wait(is_last, since, PATIENCE_SECONDS).at

    def kill_parent(self) -> float:
        """Seconds from SIGKILL to the end of the last descendant. It is over then."""
        below = identities(process.pid for process in psutil.Process(self.parent).children(recursive=True))
        began = time.monotonic()
        self.running.process.kill()
        return end_of(below) - began

    def megabytes(self) -> float:
        """PSS of the parent and its children together."""
        return sum(pss_megabytes(pid) for pid in (self.parent, *self.pids()))

    def cpu_seconds(self) -> float:
        """Of the parent alone, so far; to the nanosecond (schedstat), for it is next to nothing."""
        return int(Path(f"/proc/{self.parent}/schedstat").read_text().split()[0]) / 1e9


def rss_megabytes(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / 2**20


def identities(pids: Sequence[int] | set[int] | Iterator[int]) -> dict[int, int]:
    """Pids with their start times: a pid alone may be somebody else's later."""
    return {pid: started_ticks(pid) for pid in pids}


def living(known: dict[int, int]) -> list[int]:
    """Those of them that still run; a zombie does not."""
    same = [pid for pid, ticks in known.items() if started_ticks(pid) == ticks]
    return [pid for pid in same if state_of(pid) not in ("Z", "")]


def end_of(known: dict[int, int]) -> float:
    """When none of them ran any more. Raises RuntimeError when some stays."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := living(known):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{left} still run after {PATIENCE_SECONDS:g} s")
        time.sleep(LOOK_SECONDS)
    return time.monotonic()


@contextmanager
def ours(folder: Path, url: str, variant: str = "", **more: Json) -> Iterator[Contender]:
    """The real pool with OCR children alone, or with trivial ones; SIGHUP brings another resolution."""
    settings: dict[str, Json] = {
        "registre.enabled": False,
        "pool.beat_missed_seconds": HANG_SECONDS,
        **{key.replace("__", "."): value for key, value in more.items()},
    }
    resolutions = count(250)

    def change() -> None:
        text = pool.configuration(folder, url, CHILDREN, settings | {"ocr.dpi": next(resolutions)})
        (folder / "config.toml").write_text(text)

    with pool.running(folder, url, CHILDREN, variant, settings) as running:
        yield Contender(running=running, pids=running.pids, change=change)


@contextmanager
def gunicorn(
    folder: Path, modules: Sequence[str] = (), timeout_seconds: int = HANG_SECONDS
) -> Iterator[Contender]:
    """`modules`: what its application imports before the fork. SIGHUP needs no change."""
    root = Path(__file__).parents[1]
    variables = {
        "PYTHONPATH": os.pathsep.join([str(root), GUNICORN or ""]),
        "BENCH_PRELOAD": " ".join(modules),
    }
    words = ["gunicorn", "-c", str(root / "bench" / "wsgi.py"), "-t", str(timeout_seconds), "bench.wsgi:app"]
    folder.mkdir(exist_ok=True)
    with pool.heard(folder, words, variables) as running:

        def pids() -> list[int]:
            children = psutil.Process(running.process.pid).children()
            return [child.pid for child in children if state_of(child.pid) not in ("Z", "")]

        contender = Contender(running=running, pids=pids, change=lambda: None)
        contender.newcomers(set(), 0, CHILDREN)
        yield contender
