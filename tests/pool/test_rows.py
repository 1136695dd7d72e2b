"""The rows of worker_status, as the scout is told them."""

import os
import signal
from pathlib import Path

from poolmgr.domain.children import ChildStart
from poolmgr.domain.json import JsonObject, records, text
from poolmgr.pool.rows import MOST_DEPARTED, Departed
from tests.pool import targets
from tests.pool.running import RunningPool, running, spec
from tests.waiting import until


def rows(pool: RunningPool, scout: str) -> dict[str, JsonObject]:
    """The last that a scout heard, by worker."""
    messages = pool.heard(scout, "workers")
    found = records(messages[-1], "workers") if messages else []
    return {text(row, "worker_id"): row for row in found}


def test_a_child_that_died_with_a_job_is_offline_without_one_until_that_is_written(tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    deaf.touch()

    def scout(start: ChildStart) -> int:
        return targets.scout(tmp_path, acknowledges=not deaf.exists())(start)

    specs = [spec("scout", scout, kind="scout"), spec("ocr-1", targets.busy(tmp_path))]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        first, victim = text(pool.child("scout"), "worker"), text(pool.child("ocr-1"), "worker")
        until(lambda: rows(pool, first).get(victim, {}).get("status") == "busy", what="its row")
        assert rows(pool, first)[victim]["current_job_id"] == "row-1"
        os.kill(pool.pid_of("ocr-1"), signal.SIGKILL)
        until(lambda: rows(pool, first)[victim]["status"] == "offline", what="its last row")
        assert rows(pool, first)[victim]["current_job_id"] is None
        heard = len(pool.heard(first, "workers"))
        until(lambda: len(pool.heard(first, "workers")) >= heard + 3, what="three rounds")
        assert victim in rows(pool, first), "told again: nobody said that it is written"
        deaf.unlink()
        os.kill(pool.pid_of("scout"), signal.SIGKILL)
        until(lambda: text(pool.child("scout"), "worker") not in ("", first), what="another scout")
        second = text(pool.child("scout"), "worker")
        until(lambda: pool.heard(second, "workers"), what="its rows")
        assert victim in {worker for one in pool.heard(second, "workers")[:1] for worker in row_ids(one)}
        until(lambda: victim not in rows(pool, second), what="the end of the telling")
        assert text(pool.child("ocr-1"), "worker") in rows(pool, second)


def row_ids(message: JsonObject) -> list[str]:
    return [text(row, "worker_id") for row in records(message, "workers")]


def test_an_idle_child_has_no_job_and_one_that_takes_none_is_in_error(tmp_path: Path) -> None:
    def troubled(start: ChildStart) -> int:
        targets.say(start, "trouble", error="no browser")
        return targets.obedient(tmp_path)(start)

    specs = [
        spec("scout", targets.scout(tmp_path), kind="scout"),
        spec("ocr-1", targets.obedient(tmp_path)),
        spec("ocr-2", troubled),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(3)
        scout = text(pool.child("scout"), "worker")
        until(lambda: len(rows(pool, scout)) == 2, what="both rows")
        found = rows(pool, scout)
        idle, troubled_row = (found[text(pool.child(name), "worker")] for name in ("ocr-1", "ocr-2"))
        assert (idle["status"], idle["current_job_id"]) == ("idle", None)
        assert (troubled_row["status"], troubled_row["current_job_id"]) == ("error", None)


def test_of_too_many_dead_the_oldest_is_forgotten() -> None:
    departed = Departed()
    for number in range(MOST_DEPARTED + 2):
        departed.add({"worker_id": f"worker-{number}"})
    assert len(departed.rows) == MOST_DEPARTED
    assert "worker-1" not in departed.rows
    assert departed.hear_told({"workers": ["worker-2", "nobody", 7]})
    assert len(departed.rows) == MOST_DEPARTED - 1
    assert not departed.hear_told({"workers": {}})
