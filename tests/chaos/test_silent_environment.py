"""Three environments, the first of which takes every connection and never answers."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from poolmgr.domain.json import JsonObject, number, record, text
from tests.blackholes import blackhole
from tests.chaos.audit import Audit
from tests.chaos.faults import wait_until_busy
from tests.clusters import Database
from tests.pools import Pool, command, put
from tests.waiting import until

Record = Callable[[str, object], None]
KINDS = ("ocr_index", "ocr_acte")
CLOCKS = {"pool__drain_seconds": 30, "pool__kill_after_drain_seconds": 3}


@pytest.fixture
def audits(any_database: Database, other_database: Database) -> list[Audit]:
    return [Audit(any_database), Audit(other_database)]


@contextmanager
def silent_prod(
    folder: Path, dev: Database, staging: Database, **settings: str | float | bool
) -> Iterator[Pool]:
    documents = str(folder / "documents")
    others: dict[str, str | float | bool] = {
        **CLOCKS,
        "environments__staging__database_url": staging.url,
        "environments__staging__documents_folder": documents,
        "environments__staging__predecessor_beside": False,
        "environments__prod__documents_folder": documents,
    }
    with (
        blackhole() as url,
        Pool(folder, dev, **{**others, "environments__prod__database_url": url, **settings}) as pool,
    ):
        yield pool


def prod(pool: Pool) -> JsonObject:
    return record(record(pool.status(), "environments"), "prod")


def all_settled(audits: list[Audit], rows: list[list[str]]) -> bool:
    return all(audit.is_settled(own) for audit, own in zip(audits, rows, strict=True))


def test_the_others_are_done_while_prod_was_never_heard_of(
    any_database: Database, other_database: Database, audits: list[Audit], tmp_path: Path, slip: bytes
) -> None:
    rows = [
        put(tmp_path, database, [(kind, slip) for kind in KINDS * 3])
        for database in (any_database, other_database)
    ]
    with silent_prod(tmp_path, any_database, other_database, queue__call_timeout_seconds=50) as pool:
        until(partial(all_settled, audits, rows), 30, "the end of the jobs")
        assert not pool.events("environment.down"), "nobody has given it up yet"
        began = time.monotonic()
        assert pool.stop() == 0
        assert time.monotonic() - began < CLOCKS["pool__drain_seconds"]
    for audit, own in zip(audits, rows, strict=True):
        audit.check_done_once(own)


def test_a_silent_prod_is_said_once_and_shown_and_a_drain_waits_for_the_job_in_hand_alone(
    any_database: Database,
    other_database: Database,
    audits: list[Audit],
    tmp_path: Path,
    slow_scan: bytes,
    record_property: Record,
) -> None:
    with silent_prod(tmp_path, any_database, other_database) as pool:
        until(lambda: text(prod(pool), "outage"), 15, "the outage")
        found = prod(pool)
        assert "gave no answer within 2 s" in text(found, "outage")
        assert number(found, "retry_in_seconds") <= 10
        shown = command("status", folder=tmp_path).stdout
        assert f"prod does not answer since {text(found, 'down_since')}" in shown
        rows = put(tmp_path, any_database, [("ocr_index", slow_scan)])
        wait_until_busy(pool, 1)
        began = time.monotonic()
        assert pool.stop() == 0
        record_property("left_seconds", round(time.monotonic() - began, 1))
        assert time.monotonic() - began < CLOCKS["pool__drain_seconds"]
        assert [event["environment"] for event in pool.events("environment.down")] == ["prod"]
        told = [json.loads(line)["event"] for line in pool.log.read_text().splitlines()]
        unanswered = [event for event in told if event.endswith(".unanswered")]
        assert not unanswered, "each child's own word is debug"
    audits[0].check_done_once(rows)
    assert audits[0].attempts(rows) == [0]
    gone = audits[0].query("select status, current_job_id from public.worker_status")
    assert not gone, "the first environment holds the workers' rows, and it is silent"


def refused(database: Database) -> str:
    return "postgresql://nobody@127.0.0.1:1/postgres"


def unauthorised(database: Database) -> str:
    return database.cluster.server.url("nobody", database.name)


def not_migrated(database: Database) -> str:
    return database.cluster.server.url("postgres", "postgres")


BROKEN: dict[str, tuple[Callable[[Database], str], str]] = {
    "down": (refused, "gave no answer"),
    "unauthorised": (unauthorised, "nobody"),
    "not migrated": (not_migrated, "registre-pool migrate apply"),
}


@pytest.mark.parametrize("state", BROKEN)
def test_what_is_wrong_with_an_environment_is_said_once_for_all_children(
    any_database: Database, audit: Audit, tmp_path: Path, slip: bytes, state: str
) -> None:
    address, sentence = BROKEN[state]
    broken: dict[str, str | float] = {
        "pool__kill_after_drain_seconds": 3,
        "environments__prod__database_url": address(any_database),
        "environments__prod__documents_folder": str(tmp_path / "documents"),
    }
    rows = put(tmp_path, any_database, [("ocr_index", slip)] * 6)
    with Pool(tmp_path, any_database, ocr__children=4, queue__pause_max_seconds=0.1, **broken) as pool:
        until(lambda: audit.is_settled(rows), 30, "the end of the jobs")
        until(lambda: sentence in text(prod(pool), "outage"), 10, "the outage")
        assert pool.stop() == 0
        warnings = [event for event in said(pool) if event["level"] == "warning" and about_prod(event)]
    assert [(event["event"], event["environment"]) for event in warnings] == [("environment.down", "prod")]
    assert sentence in text(warnings[0], "error")


def said(pool: Pool) -> list[JsonObject]:
    return [json.loads(line) for line in pool.log.read_text().splitlines()]


def about_prod(event: JsonObject) -> bool:
    return "prod" in (event.get("environment"), event.get("name"))
