"""`python -m bench.variant CONFIG with|without`: the real pool, with or without preload and freeze.

Without: no spec names a module, so each child imports for itself, and none of what it inherits is frozen.
In both a child collects its garbage when it gets SIGUSR1. The product has no such switch.
"""

import gc
import signal
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from poolmgr.cli import children, environments
from poolmgr.cli.service import Reloads
from poolmgr.config.loader import load
from poolmgr.config.settings import Settings
from poolmgr.domain.children import ChildSpec, ChildStart, ChildTarget, Crew
from poolmgr.pool.supervisor import Supervisor

COLLECT = signal.SIGUSR1


def main() -> int:
    path, word = sys.argv[1:]
    settings = load(Path(path))
    change = {"with": collecting, "without": unshared}[word]

    def crew(current: Settings) -> Crew:
        made = children.crew(environments.configured(current), current)
        return replace(made, specs=[change(spec) for spec in made.specs])

    return Supervisor(crew=crew, settings=settings, reload=Reloads(settings, lambda: settings)).run()


def collecting(spec: ChildSpec) -> ChildSpec:
    return replace(spec, target=partial(run, spec.target))


def unshared(spec: ChildSpec) -> ChildSpec:
    return replace(spec, preload=(), target=partial(run_thawed, spec.target))


def run(target: ChildTarget, start: ChildStart) -> int:
    signal.signal(COLLECT, lambda *_: collect())
    return target(start)


def run_thawed(target: ChildTarget, start: ChildStart) -> int:
    gc.unfreeze()
    return run(target, start)


def collect() -> None:
    gc.collect()


if __name__ == "__main__":
    sys.exit(main())
