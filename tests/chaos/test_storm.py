"""Every fault there is, in any order: the long run behind `exactly once`.

Ten minutes, or $STORM_SECONDS; about four jobs a second and one fault.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from poolmgr.domain.json import text, whole
from tests.chaos.audit import Audit
from tests.chaos.faults import Victim, freeze, freeze_holder, is_replaced, wait_until_busy
from tests.chaos.watch import Watch, figures, percentile_ms
from tests.clusters import Cluster, Database
from tests.pools import Pool, put
from tests.waiting import until

Record = Callable[[str, object], None]
SECONDS = float(os.environ.get("STORM_SECONDS", "600"))
LEAST_JOBS = 300
BATCH = 40
KINDS = ("ocr_index", "ocr_acte")
MOST_DESCRIPTORS = 60
SETTINGS: Mapping[str, float] = MappingProxyType(
    {
        "ocr__children": 4,
        "pool__restart_first_seconds": 0.05,
        "pool__restart_max_seconds": 0.5,
        "pool__beat_missed_seconds": 1.5,
        "pool__drain_seconds": 1,
        "pool__kill_after_drain_seconds": 4,
        "queue__lease_seconds": 6,
        "queue__self_fence_seconds": 4,
        "queue__renew_seconds": 1,
        "queue__max_outages": 1000,
    }
)


class Storm:
    """hits: by fault, counted only when a lease was held at that moment."""

    def __init__(self, pool: Pool, cluster: Cluster, audit: Audit, documents: list[bytes], seed: int) -> None:
        self.pool = pool
        self.cluster = cluster
        self.audit = audit
        self.documents = documents
        self.random = random.Random(seed)
        self.rows: list[str] = []
        self.hits: Counter[str] = Counter()
        self.latencies: list[float] = []

    def feed(self) -> None:
        """There is always work."""
        if self.audit.unsettled(self.rows) < BATCH:
            documents = [
                (self.random.choice(KINDS), self.random.choice(self.documents)) for _ in range(BATCH)
            ]
            self.rows += put(self.pool.folder, self.audit.database, documents)

    def rage(self, seconds: float) -> None:
        """One life of the parent, watched; it ends when a fault ends it or its time is over."""
        until_when = time.monotonic() + seconds
        while time.monotonic() < until_when:
            with Watch(self.pool) as watch:
                while time.monotonic() < until_when and self.strike(self.random.choice(WITHIN_A_LIFE)):
                    self.feed()
            watch.check(MOST_DESCRIPTORS)
            self.latencies += watch.latencies
            self.strike(self.random.choice(ENDS_OF_A_LIFE))
            self.pool.start()

    def strike(self, fault: "Fault") -> bool:
        """False every so often: then the parent's own turn has come."""
        self.pool.wait_until_ready()
        until(self.pool.hears_the_database, 30, "the end of the last outage")
        wait_until_busy(self.pool, 1)
        held = self.audit.open_leases()
        fault(self)
        self.hits[fault.__name__] += bool(held)
        return self.random.random() > 0.1

    def victim(self) -> Victim:
        return freeze_holder(self.pool, self.audit)


Fault = Callable[[Storm], None]


def kill_a_child(storm: Storm) -> None:
    storm.victim().kill()


def kill_two_children(storm: Storm) -> None:
    one, two = storm.victim(), storm.victim()
    one.kill()
    two.kill()


def stop_a_child(storm: Storm) -> None:
    victim = storm.victim()
    until(lambda: is_replaced(storm.pool, victim), 10, "a replacement")


def stop_a_child_for_a_moment(storm: Storm) -> None:
    storm.victim().thaw()


def scout(storm: Storm) -> int:
    return whole(storm.pool.child("scout"), "pid")


def kill_the_scout(storm: Storm) -> None:
    os.kill(scout(storm), signal.SIGKILL)


def stop_the_scout(storm: Storm) -> None:
    before = text(storm.pool.child("scout"), "worker")
    freeze(scout(storm))
    until(lambda: storm.pool.child("scout").get("worker") not in (None, before), 10, "another scout")


def kill_a_child_and_the_scout(storm: Storm) -> None:
    victim, other = storm.victim(), scout(storm)
    freeze(other)
    victim.kill()
    os.kill(other, signal.SIGKILL)


def freeze_the_database(storm: Storm) -> None:
    storm.cluster.freeze()
    downs = len(storm.pool.events("environment.down"))
    until(lambda: len(storm.pool.events("environment.down")) > downs, 15, "the pool's notice")
    storm.cluster.thaw()


def freeze_the_database_for_a_moment(storm: Storm) -> None:
    storm.cluster.freeze()
    storm.cluster.thaw()


def kill_the_database(storm: Storm) -> None:
    storm.cluster.kill()
    storm.cluster.start()


def stop_the_database(storm: Storm) -> None:
    storm.cluster.stop()
    storm.cluster.start()


def kill_a_child_while_the_database_is_away(storm: Storm) -> None:
    victim = storm.victim()
    storm.cluster.kill()
    victim.kill()
    until(lambda: is_replaced(storm.pool, victim), 10, "a replacement")
    storm.cluster.start()


def cut_every_connection(storm: Storm) -> None:
    storm.audit.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'registre-pool'"
    )


def reload_with_other_counts(storm: Storm) -> None:
    storm.pool.configure(ocr__children=storm.random.randint(3, 5), ocr__dpi=storm.random.randint(250, 300))
    storm.pool.send(signal.SIGHUP)


def kill_the_parent(storm: Storm) -> None:
    family = storm.pool.descendants()
    storm.pool.send(signal.SIGKILL)
    storm.pool.running.wait()
    until(lambda: not any(process.is_running() for process in family), 5, "the end of every descendant")


def drain_the_pool(storm: Storm) -> None:
    assert storm.pool.stop() == 0


def stop_the_pool_at_once(storm: Storm) -> None:
    storm.pool.send(signal.SIGTERM)
    assert storm.pool.stop() == 0


def quit_the_pool(storm: Storm) -> None:
    storm.pool.send(signal.SIGQUIT)
    storm.pool.running.wait(10)


WITHIN_A_LIFE: tuple[Fault, ...] = (
    kill_a_child, kill_a_child, kill_two_children, stop_a_child, stop_a_child_for_a_moment, kill_the_scout,
    stop_the_scout, kill_a_child_and_the_scout, freeze_the_database, freeze_the_database_for_a_moment,
    kill_the_database, stop_the_database, kill_a_child_while_the_database_is_away, cut_every_connection,
    reload_with_other_counts,
)  # fmt: skip
ENDS_OF_A_LIFE: tuple[Fault, ...] = (kill_the_parent, drain_the_pool, stop_the_pool_at_once, quit_the_pool)


@pytest.mark.proof
@pytest.mark.timeout(SECONDS + 300)
def test_every_fault_in_any_order_costs_no_job_and_does_none_twice(
    private_cluster: Cluster, tmp_path: Path, slip: bytes, short_scan: bytes, record_property: Record
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    database: Database = private_cluster.create_database()
    audit = Audit(database)
    audit.allow_attempts(100_000)
    with Pool(tmp_path, database, **SETTINGS) as pool:
        storm = Storm(pool, private_cluster, audit, [slip, slip, slip, short_scan], seed)
        record_property("seed", seed)
        storm.feed()
        storm.rage(SECONDS)
        until(lambda: audit.is_settled(storm.rows), 120, "the end of the jobs")
        until(lambda: pool.status().get("releases_pending") == 0, 10, "the last release")
        assert pool.stop() == 0
    record_property("jobs", len(storm.rows))
    record_property("hits", dict(storm.hits))
    record_property("control", figures(storm.latencies))
    audit.check_done_once(storm.rows)
    assert len(storm.rows) >= LEAST_JOBS
    assert percentile_ms(storm.latencies, 0.99) <= 100
    assert sum(audit.attempts(storm.rows)) == audit.counted("crashed") + audit.counted("rescued")
