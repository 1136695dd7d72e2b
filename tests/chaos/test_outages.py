import time
from collections.abc import Callable
from pathlib import Path

import pytest

from poolmgr.domain.json import records
from tests.chaos.audit import Audit
from tests.chaos.faults import wait_until_busy
from tests.chaos.watch import Watch
from tests.clusters import Cluster, Database
from tests.pools import Pool, put
from tests.waiting import until

Record = Callable[[str, object], None]
MOST_DESCRIPTORS = 40
SAMPLES = 200
KINDS = ("ocr_index", "ocr_acte")


@pytest.fixture
def private_database(private_cluster: Cluster) -> Database:
    """In a cluster of the test's own."""
    return private_cluster.create_database()


def is_down(pool: Pool) -> bool:
    return bool(pool.events("environment.down"))


OUTAGES: dict[str, tuple[Callable[[Cluster], None], Callable[[Cluster], None]]] = {
    "stopped": (Cluster.stop, Cluster.start),
    "killed": (Cluster.kill, Cluster.start),
    "frozen": (Cluster.freeze, Cluster.thaw),
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_database_that_goes_and_comes_back_costs_no_job_and_no_attempt(
    private_cluster: Cluster,
    private_database: Database,
    tmp_path: Path,
    slow_scan: bytes,
    short_scan: bytes,
    record_property: Record,
    outage: str,
) -> None:
    audit = Audit(private_database)
    rows = put(tmp_path, private_database, [(kind, slow_scan) for kind in KINDS])
    rows += put(tmp_path, private_database, [(kind, short_scan) for kind in KINDS * 2])
    go, come_back = OUTAGES[outage]
    with Pool(tmp_path, private_database) as pool:
        with Watch(pool) as watch:
            wait_until_busy(pool, 2)
            assert audit.open_leases() >= 2
            go(private_cluster)
            until(lambda: is_down(pool), 15, "the pool's notice")
            until(lambda: len(watch.latencies) > SAMPLES / 2, 20, "samples")
            busy = [bool(records(child, "jobs")) for child in pool.children()]
            come_back(private_cluster)
            began = time.monotonic()
            until(lambda: pool.events("environment.up"), 20, "the pool's notice of the end")
            record_property("up_again_ms", round((time.monotonic() - began) * 1000))
            until(lambda: audit.is_settled(rows), 50, "the end of the jobs")
            record_property("all_done_seconds", round(time.monotonic() - began, 1))
            until(lambda: len(watch.latencies) >= SAMPLES, 20, "samples")
        record_property("control", watch.figures())
        assert all(busy)
        assert pool.stop() == 0
    audit.check_done_once(rows)
    assert audit.attempts(rows) == [0] * len(rows)
    watch.check(MOST_DESCRIPTORS)
    assert watch.percentile_ms(0.99) <= 100
