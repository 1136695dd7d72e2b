"""Environments that come and go while the pool runs."""

import json
import os
import signal
from pathlib import Path

from poolmgr.domain.json import record, records, text, whole
from tests.chaos.audit import Audit
from tests.chaos.faults import wait_until_busy
from tests.clusters import Database
from tests.pools import Pool, command, put, states
from tests.waiting import until

WITHIN_SECONDS = 30.0


def staging(folder: Path, database: Database | None) -> dict[str, str | bool | None]:
    """None = the environment is taken out of the configuration."""
    return {
        "environments__staging__database_url": database.url if database else None,
        "environments__staging__documents_folder": str(folder / "documents") if database else None,
        "environments__staging__predecessor_beside": False if database else None,
    }


def test_an_environment_that_is_added_is_worked_for_and_one_that_is_removed_finishes_its_jobs(
    any_database: Database, other_database: Database, tmp_path: Path, slow_scan: bytes, slip: bytes
) -> None:
    with Pool(tmp_path, any_database, ocr__children=1, ocr__jobs_at_once=1) as pool:
        pool.wait_until_ready()
        pool.configure(**staging(tmp_path, other_database))
        shown = command("reload", "--dry-run", folder=tmp_path)
        assert "environments.staging: absent -> configured" in shown.stdout
        assert not pool.events("pool.reloaded")
        assert "environments.staging: absent -> configured" in command("reload", folder=tmp_path).stdout
        rows = put(tmp_path, other_database, [("ocr_acte", slip)])
        audit = Audit(other_database)
        until(lambda: audit.is_settled(rows), WITHIN_SECONDS, "a job of the new environment")
        until(lambda: "staging" in record(pool.status(), "environments"), WITHIN_SECONDS, "its depths")

        until(lambda: not_renewing(pool), WITHIN_SECONDS, "the end of the renewal")
        (running,) = put(tmp_path, other_database, [("ocr_index", slow_scan)])
        wait_until_busy(pool, 1)
        (waiting,) = put(tmp_path, other_database, [("ocr_acte", slip)])
        pool.configure(**staging(tmp_path, None))
        pool.send(signal.SIGHUP)
        until(lambda: pool.events("environment.retired"), WITHIN_SECONDS, "its removal")
        (own,) = put(tmp_path, any_database, [("ocr_acte", slip)])
        until(lambda: states(any_database, [own]) == ["done"], WITHIN_SECONDS, "a job of the one that stays")
        until(lambda: audit.is_settled([running]), WITHIN_SECONDS, "the job that was in hand")
        until(
            lambda: "staging" not in record(pool.status(), "environments"),
            WITHIN_SECONDS,
            "a scout without it",
        )
        assert not audit.is_settled([waiting])
        assert pool.stop() == 0
    audit.check_done_once([*rows, running])
    assert audit.attempts([*rows, running]) == [0, 0]


def not_renewing(pool: Pool) -> bool:
    """Every child is there once, and idle."""
    children = records(pool.status(), "children")
    names = [text(child, "name") for child in children]
    return len(names) == len(set(names)) == 2 and all(child["state"] == "idle" for child in children)


def test_what_a_dead_worker_held_in_a_removed_environment_is_still_freed(
    any_database: Database, other_database: Database, tmp_path: Path, slow_scan: bytes
) -> None:
    both = staging(tmp_path, other_database)
    with Pool(tmp_path, any_database, ocr__children=1, ocr__jobs_at_once=1, **both) as pool:
        pool.wait_until_ready()
        (row,) = put(tmp_path, other_database, [("ocr_index", slow_scan)])
        wait_until_busy(pool, 1)
        busy = next(child for child in pool.children() if child["jobs"])
        pool.configure(**staging(tmp_path, None))
        pool.send(signal.SIGHUP)
        until(lambda: pool.events("environment.retired"), WITHIN_SECONDS, "its removal")
        os.kill(whole(busy, "pid"), signal.SIGKILL)
        until(lambda: pool.events("release.done"), WITHIN_SECONDS, "the release")
        until(lambda: states(other_database, [row]) != ["running"], WITHIN_SECONDS, "a free row")
        assert pool.stop() == 0


def test_the_last_environment_cannot_be_taken_away_without_a_restart(
    any_database: Database, tmp_path: Path
) -> None:
    with Pool(tmp_path, any_database) as pool:
        pool.wait_until_ready()
        pool.settings |= {key: None for key in pool.settings if key.startswith("environments.")}
        pool.configure(
            environments__dev__database_url=None,
            environments__dev__documents_folder=None,
            environments__dev__predecessor_beside=None,
        )
        told = json.loads(command("reload", "--json", folder=tmp_path).stdout)
        assert told["needs_restart"] == ["environments.dev"]
        assert "dev" in record(pool.status(), "environments")
        assert pool.stop() == 0
