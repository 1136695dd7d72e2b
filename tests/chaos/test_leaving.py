import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.chaos.audit import Audit
from tests.chaos.faults import freeze_holder, wait_until_busy
from tests.clusters import Database
from tests.pools import Pool, put, states
from tests.waiting import until

Record = Callable[[str, object], None]


def test_jobs_in_flight_are_finished_after_sigterm_and_no_other_is_begun(
    any_database: Database, tmp_path: Path, audit: Audit, short_scan: bytes
) -> None:
    kinds = ("ocr_index", "ocr_acte")
    rows = put(tmp_path, any_database, [(kind, short_scan) for kind in kinds * 2])
    with Pool(tmp_path, any_database, ocr__jobs_at_once=1) as pool:
        wait_until_busy(pool, 2)
        assert pool.stop() == 0
    found = dict(zip(rows, states(any_database, rows), strict=True))
    assert sorted(found.values()) == ["done", "done", "waiting", "waiting"]
    audit.check_done_once([row for row, state in found.items() if state == "done"])
    assert audit.attempts(rows) == [0, 0, 0, 0]


def test_a_second_sigterm_gives_the_jobs_back_at_once_unharmed(
    any_database: Database, tmp_path: Path, audit: Audit, slow_scan: bytes, record_property: Record
) -> None:
    rows = put(tmp_path, any_database, [("ocr_index", slow_scan), ("ocr_acte", slow_scan)])
    with Pool(tmp_path, any_database, ocr__jobs_at_once=1) as pool:
        wait_until_busy(pool, 2)
        pool.send(signal.SIGTERM)
        until(lambda: pool.status().get("state") == "draining", 5, "the drain")
        assert audit.open_leases() == 2
        began = time.monotonic()
        pool.send(signal.SIGTERM)
        assert pool.running.wait(10) == 0
        record_property("left_ms", round((time.monotonic() - began) * 1000))
    check_given_back(any_database, audit, rows)


def test_jobs_that_outlast_the_drain_go_back_unharmed(
    any_database: Database, tmp_path: Path, audit: Audit, slow_scan: bytes
) -> None:
    rows = put(tmp_path, any_database, [("ocr_index", slow_scan), ("ocr_acte", slow_scan)])
    with Pool(tmp_path, any_database, ocr__jobs_at_once=1, pool__drain_seconds=0.5) as pool:
        wait_until_busy(pool, 2)
        assert pool.stop() == 0
    check_given_back(any_database, audit, rows)


def check_given_back(database: Database, audit: Audit, rows: list[str]) -> None:
    assert states(database, rows) == ["waiting"] * len(rows)
    assert audit.attempts(rows) == [0] * len(rows)
    assert audit.counted("released") == len(rows)
    assert audit.open_leases() == 0


def test_a_child_that_cannot_hear_is_killed_after_the_drain_and_its_job_goes_back(
    any_database: Database, tmp_path: Path, audit: Audit, slow_scan: bytes
) -> None:
    rows = put(tmp_path, any_database, [("ocr_index", slow_scan)])
    clocks = {"pool__drain_seconds": 0.5, "pool__kill_after_drain_seconds": 1}
    with Pool(tmp_path, any_database, **clocks) as pool:
        freeze_holder(pool, audit)
        began = time.monotonic()
        assert pool.stop() == 1
        assert 1.5 <= time.monotonic() - began < 4
        (killed,) = pool.events("child.killed")
        assert killed["process_state"] == "T"
    check_given_back(any_database, audit, rows)


def test_sigquit_ends_everything_now_and_the_leases_run_out(
    any_database: Database, tmp_path: Path, audit: Audit, slow_scan: bytes, record_property: Record
) -> None:
    rows = put(tmp_path, any_database, [("ocr_index", slow_scan)])
    with Pool(tmp_path, any_database) as pool:
        victim = freeze_holder(pool, audit)
        family = pool.descendants()
        began = time.monotonic()
        pool.send(signal.SIGQUIT)
        assert pool.running.wait(10) == 1
        record_property("gone_ms", round((time.monotonic() - began) * 1000))
        assert time.monotonic() - began < 1
        assert not any(process.is_running() for process in family)
    assert audit.live(victim.worker) == list(victim.leases)
    assert states(any_database, rows) == ["running"]
