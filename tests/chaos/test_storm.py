"""Every fault there is, in any order: the soak behind `exactly once`. Longer by `python -m bench.chaos`."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.caches import Cache
from tests.chaos import storm
from tests.chaos.strikes import ENDS_OF_A_LIFE, WITHIN_A_LIFE
from tests.clusters import Cluster

Record = Callable[[str, object], None]
SECONDS = float(os.environ.get("STORM_SECONDS", "600"))
LEAST_JOBS = 300
LEAST_HITS = 3
LEAST_OF_EACH = 10
SHORT, LONG = storm.Times(8.0, 40.0), storm.Times(SECONDS, 2 * SECONDS)


@pytest.fixture
def cache(open_folder: Path) -> Iterator[Cache]:
    own = Cache(open_folder)
    yield own
    own.stop()


def test_any_faults_in_any_order_cost_no_job_and_do_none_twice(
    private_cluster: Cluster, cache: Cache, tmp_path: Path, slip: bytes, record_property: Record
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    record_property("seed", seed)
    raged = storm.rage(
        tmp_path, private_cluster, cache, [slip],
        seed=seed, times=SHORT, within=WITHIN_A_LIFE, ends=ENDS_OF_A_LIFE, hits=LEAST_HITS,
    )  # fmt: skip
    for name, value in raged.figures().items():
        record_property(name, value)
    assert raged.hits.total() >= LEAST_HITS
    raged.check_loop()


@pytest.mark.proof
@pytest.mark.timeout(2 * SECONDS + 300)
def test_every_fault_in_any_order_costs_no_job_and_does_none_twice(
    private_cluster: Cluster,
    cache: Cache,
    tmp_path: Path,
    slip: bytes,
    short_scan: bytes,
    record_property: Record,
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    record_property("seed", seed)
    raged = storm.rage(
        tmp_path, private_cluster, cache, [slip, slip, slip, short_scan],
        seed=seed, times=LONG, within=WITHIN_A_LIFE, ends=ENDS_OF_A_LIFE, least=LEAST_OF_EACH,
    )  # fmt: skip
    for name, value in raged.figures().items():
        record_property(name, value)
    assert len(raged.rows) >= LEAST_JOBS
    assert not raged.seldom((*WITHIN_A_LIFE, *ENDS_OF_A_LIFE), LEAST_OF_EACH)
    raged.check_loop()
