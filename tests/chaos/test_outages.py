import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from poolmgr.domain.json import records, whole
from tests.chaos.audit import Audit
from tests.chaos.faults import freeze, wait_until_busy
from tests.chaos.watch import Watch, figures, percentile_ms
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


@pytest.mark.parametrize(
    "outage",
    [
        pytest.param("stopped", marks=pytest.mark.proof),
        "killed",
        pytest.param("frozen", marks=pytest.mark.proof),
    ],
)
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
        record_property("control", figures(watch.latencies))
        assert all(busy)
        assert pool.stop() == 0
    audit.check_done_once(rows)
    assert audit.attempts(rows) == [0] * len(rows)
    watch.check(MOST_DESCRIPTORS)
    assert percentile_ms(watch.delays, 0.99) <= 100, figures(watch.delays)


def test_an_outage_that_ends_while_no_scout_lives_is_over_for_the_next_one(
    private_cluster: Cluster, private_database: Database, tmp_path: Path, slip: bytes
) -> None:
    audit = Audit(private_database)
    with Pool(tmp_path, private_database) as pool:
        pool.wait_until_ready()
        private_cluster.stop()
        until(lambda: pool.events("environment.down"), 15, "the pool's notice")
        scout = whole(pool.child("scout"), "pid")
        assert freeze(scout)
        private_cluster.start()
        os.kill(scout, signal.SIGKILL)
        until(lambda: pool.events("environment.up"), 5, "the pool's notice of the end")
        assert pool.hears_the_database()
        rows = put(tmp_path, private_database, [("ocr_index", slip)])
        until(lambda: audit.is_settled(rows), 20, "the end of the job")
        assert pool.stop() == 0


def test_a_pool_leaves_in_time_while_the_database_never_answers(
    private_cluster: Cluster,
    private_database: Database,
    tmp_path: Path,
    slow_scan: bytes,
    record_property: Record,
) -> None:
    audit = Audit(private_database)
    rows = put(tmp_path, private_database, [(kind, slow_scan) for kind in KINDS])
    clocks = {"pool__drain_seconds": 1, "pool__kill_after_drain_seconds": 3, "ocr__jobs_at_once": 1}
    with Pool(tmp_path, private_database, **clocks) as pool:
        wait_until_busy(pool, 2)
        private_cluster.freeze()
        began = time.monotonic()
        assert pool.stop() == 0
        record_property("left_seconds", round(time.monotonic() - began, 1))
        assert time.monotonic() - began < 9
        private_cluster.thaw()
    assert audit.attempts(rows) == [0, 0]
