import re
import signal
from pathlib import Path

from poolmgr.domain.json import whole
from tests.chaos.audit import Audit
from tests.chaos.faults import wait_until_busy
from tests.clusters import Database
from tests.pools import Pool, put
from tests.waiting import until


def pids(pool: Pool) -> dict[str, int]:
    """Of the OCR children that are ready; the scout is another after each reload."""
    ready = [child for child in pool.children() if child["state"] in ("idle", "busy")]
    return {str(child["name"]): whole(child, "pid") for child in ready}


def reload(pool: Pool, **settings: float) -> None:
    before = len(pool.events("pool.reloaded"))
    pool.configure(**settings)
    pool.send(signal.SIGHUP)
    until(lambda: len(pool.events("pool.reloaded")) > before, 10, "the reload")


def test_children_come_and_go_with_the_configuration_and_the_others_stay(
    any_database: Database, tmp_path: Path, audit: Audit, short_scan: bytes
) -> None:
    with Pool(tmp_path, any_database) as pool:
        pool.wait_until_ready()
        first = pids(pool)
        reload(pool, ocr__children=4)
        until(lambda: len(pids(pool)) == 4, 10, "two more children")
        assert first.items() <= pids(pool).items()
        rows = put(tmp_path, any_database, [("ocr_index", short_scan)] * 3)
        wait_until_busy(pool, 1)
        reload(pool, ocr__children=2)
        until(lambda: len(pool.children()) == 2, 20, "two children less")
        until(lambda: audit.is_settled(rows), 30, "the end of the jobs")
        assert pool.stop() == 0
    audit.check_done_once(rows)
    assert audit.attempts(rows) == [0, 0, 0]


def test_a_configuration_that_cannot_be_used_changes_nothing_and_is_named_by_its_line(
    any_database: Database, tmp_path: Path
) -> None:
    with Pool(tmp_path, any_database) as pool:
        pool.wait_until_ready()
        first = pids(pool)
        pool.configure(ocr__children=-3)
        pool.send(signal.SIGHUP)
        until(lambda: pool.events("pool.reload_refused"), 10, "the refusal")
        (refused,) = pool.events("pool.reload_refused")
        line = pool.config.read_text().splitlines().index("children = -3") + 1
        assert re.search(rf"config\.toml:{line}: ocr\.children: ", str(refused["error"]))
        assert pids(pool) == first
        assert pool.stop() == 0


def test_children_are_replaced_one_by_one_for_a_key_that_they_read_at_their_start(
    any_database: Database, tmp_path: Path, audit: Audit, short_scan: bytes
) -> None:
    with Pool(tmp_path, any_database, ocr__children=3, ocr__jobs_at_once=1) as pool:
        pool.wait_until_ready()
        first = pids(pool)
        rows = put(tmp_path, any_database, [("ocr_index", short_scan), ("ocr_acte", short_scan)])
        wait_until_busy(pool, 2)
        reload(pool, ocr__dpi=200)
        fewest = len(first)

        def are_replaced() -> bool:
            nonlocal fewest
            now = pids(pool)
            fewest = min(fewest, len(now))
            return len(now) == len(first) and all(now[name] != first[name] for name in first)

        until(are_replaced, 30, "three other children")
        assert fewest >= len(first) - 1
        until(lambda: audit.is_settled(rows), 30, "the end of the jobs")
        assert pool.stop() == 0
    audit.check_done_once(rows)
    assert audit.attempts(rows) == [0, 0]


def test_a_switch_of_an_environment_renews_the_children_between_their_jobs(
    any_database: Database, tmp_path: Path, audit: Audit, slow_scan: bytes, slip: bytes
) -> None:
    with Pool(tmp_path, any_database, ocr__children=1) as pool:
        pool.wait_until_ready()
        first = pids(pool)
        (running,) = put(tmp_path, any_database, [("ocr_index", slow_scan)])
        wait_until_busy(pool, 1)
        reload(pool, environments__dev__ocr=False)
        (waiting,) = put(tmp_path, any_database, [("ocr_index", slip)])
        until(lambda: pids(pool).get("ocr-1", first["ocr-1"]) != first["ocr-1"], 30, "it")
        second = pids(pool)
        until(lambda: audit.is_settled([running]), 30, "the end of the job, in the child that has it")
        assert not audit.is_settled([waiting])
        reload(pool, environments__dev__ocr=True)
        until(lambda: audit.is_settled([waiting]), 20, "the job that waited")
        assert pids(pool).get("ocr-1") != second["ocr-1"]
        assert pool.stop() == 0
    audit.check_done_once([running, waiting])
    assert audit.attempts([running, waiting]) == [0, 0]
