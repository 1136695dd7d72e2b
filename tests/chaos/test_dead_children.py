import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from poolmgr.domain.json import whole
from tests.chaos.audit import Audit
from tests.chaos.faults import freeze, freeze_holder, is_replaced, wait_for_release, wait_for_replacement
from tests.chaos.watch import Watch
from tests.clusters import Database
from tests.pools import Pool, put
from tests.waiting import until

Record = Callable[[str, object], None]
BEAT_MISSED_SECONDS = 1.0
MOST_DESCRIPTORS = 40


def test_a_job_whose_child_was_killed_is_done_once_by_another(
    any_database: Database, tmp_path: Path, audit: Audit, slow_scan: bytes, record_property: Record
) -> None:
    rows = put(tmp_path, any_database, [("ocr_index", slow_scan)])
    with Pool(tmp_path, any_database) as pool:
        with Watch(pool) as watch:
            victim = freeze_holder(pool, audit)
            killed_at = victim.kill()
            replacement_ms = wait_for_replacement(pool, victim, killed_at)
            release_ms = wait_for_release(audit, victim, killed_at)
            assert audit.outcomes(victim.leases) == ["crashed"]
            until(lambda: audit.is_settled(rows), 30, "the end of the job")
        assert pool.stop() == 0
    record_property("replaced_ms", replacement_ms)
    record_property("released_ms", release_ms)
    assert release_ms < 1000
    audit.check_done_once(rows)
    assert audit.finisher(rows[0]) != victim.worker
    assert audit.attempts(rows) == [1]
    watch.check(MOST_DESCRIPTORS)


def test_a_job_whose_child_stands_still_is_done_once_by_another(
    any_database: Database, tmp_path: Path, audit: Audit, short_scan: bytes, record_property: Record
) -> None:
    rows = put(tmp_path, any_database, [("ocr_acte", short_scan)])
    settings = {"pool__beat_missed_seconds": BEAT_MISSED_SECONDS}
    with Pool(tmp_path, any_database, **settings) as pool:
        victim = freeze_holder(pool, audit)
        until(lambda: pool.events("child.stuck"), 5, "the pool's notice")
        (stuck,) = pool.events("child.stuck")
        assert (stuck["name"], stuck["process_state"]) == (victim.name, "T")
        until(lambda: is_replaced(pool, victim), 5, "a replacement")
        until(lambda: audit.is_settled(rows), 30, "the end of the job")
        assert pool.stop() == 0
    audit.check_done_once(rows)
    assert audit.finisher(rows[0]) != victim.worker
    assert audit.attempts(rows) == [1]


def test_a_scout_that_stands_still_is_replaced_and_work_goes_on(
    any_database: Database, tmp_path: Path, audit: Audit, slip: bytes
) -> None:
    settings = {"pool__beat_missed_seconds": BEAT_MISSED_SECONDS}
    with Pool(tmp_path, any_database, **settings) as pool:
        pool.wait_until_ready()
        scout = pool.child("scout")
        assert freeze(whole(scout, "pid"))
        rows = put(tmp_path, any_database, [("ocr_index", slip), ("ocr_acte", slip)])
        until(lambda: pool.child("scout").get("worker") not in (None, scout["worker"]), 5, "another scout")
        until(lambda: audit.is_settled(rows), 30, "the end of the jobs")
        assert pool.stop() == 0
    audit.check_done_once(rows)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_release_outlives_the_scout_that_was_told_of_it(
    any_database: Database,
    tmp_path: Path,
    audit: Audit,
    short_scan: bytes,
    record_property: Record,
    number: signal.Signals,
) -> None:
    rows = put(tmp_path, any_database, [("ocr_index", short_scan)])
    settings = {"pool__beat_missed_seconds": BEAT_MISSED_SECONDS}
    with Pool(tmp_path, any_database, **settings) as pool:
        victim = freeze_holder(pool, audit)
        scout = whole(pool.child("scout"), "pid")
        assert freeze(scout)
        killed_at = victim.kill()
        until(lambda: pool.status().get("releases_pending") == 1, 5, "a release that waits")
        if number == signal.SIGKILL:
            os.kill(scout, signal.SIGKILL)
        record_property("released_ms", wait_for_release(audit, victim, killed_at))
        until(lambda: pool.status().get("releases_pending") == 0, 5, "the scout's answer")
        until(lambda: audit.is_settled(rows), 30, "the end of the job")
        assert pool.stop() == 0
    audit.check_done_once(rows)
    assert audit.attempts(rows) == [1]
