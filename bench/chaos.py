"""`python -m bench.chaos [--minutes N] [--seed N] [--only FAULT ...]`: all faults against a real pool.

The storm of `tests.chaos`, as long as wanted: children, parent, PostgreSQL, Redis, disk, log and memory are
struck by lot, and an audit in the database says whether each job was done once. A fault counts only when a
lease was held; the storm goes on, twice as long at most, until each has hit ten times. Exit 1 when one has
not; what must hold and does not is raised.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.core import machine
from tests.caches import Cache
from tests.chaos import papers, storm
from tests.chaos.storm import Fault
from tests.chaos.strikes import ENDS_OF_A_LIFE, WITHIN_A_LIFE
from tests.clusters import VERSIONS, Clusters

LEAST_HITS = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long faults fall (10)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the lot")
    parser.add_argument("--only", nargs="+", default=(), metavar="FAULT", help="these faults alone")
    options = parser.parse_args()
    newest = max(VERSIONS, key=lambda version: version.major)
    print("\n".join(f"{key}: {value}" for key, value in machine(newest.version).items()))
    print(f"seed: {options.seed}", flush=True)
    within, ends = chosen(WITHIN_A_LIFE, options.only), chosen(ENDS_OF_A_LIFE, options.only)
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="registre-pool-chaos-")))
        clusters = stack.enter_context(Clusters())
        cluster = stack.enter_context(clusters.private_cluster(newest))
        cache = Cache(clusters.new_folder("cache"))
        stack.callback(cache.stop)
        raged = storm.rage(
            folder,
            cluster,
            cache,
            [papers.slip()] * 3 + [papers.scan(2)],
            seed=options.seed,
            times=storm.Times(60 * options.minutes, 120 * options.minutes),
            within=within,
            ends=ends,
            least=LEAST_HITS,
        )
    print(f"one run, {time.monotonic() - began:.0f} s")
    print("\n".join(f"{name}: {value}" for name, value in raged.figures().items()))
    raged.check_loop()
    seldom = raged.seldom((*within, *ends), LEAST_HITS)
    if seldom:
        sys.stderr.write(f"Fewer than {LEAST_HITS} times hit: {', '.join(seldom)}.\n")
    return int(bool(seldom))


def chosen(faults: Sequence[Fault], names: Sequence[str]) -> Sequence[Fault]:
    """All where none is named."""
    return [fault for fault in faults if fault.__name__ in names] or faults


if __name__ == "__main__":
    sys.exit(main())
