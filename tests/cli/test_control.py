"""The verbs that speak to a running pool, as they are typed."""

import json
import socket
from pathlib import Path

import pytest

from poolmgr.cli.control import change_line, child_row
from poolmgr.cli.main import answer
from poolmgr.domain.errors import NotRunning
from poolmgr.domain.json import JsonObject, records
from tests.chaos import papers
from tests.clusters import Database
from tests.pools import Pool, command, put, states
from tests.waiting import until

VERBS = (
    ("workers",),
    ("pause",),
    ("resume",),
    ("scale", "ocr", "2"),
    ("recycle",),
    ("reload",),
    ("reload", "--dry-run"),
    ("drain",),
    ("status", "--decisions"),
)


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_without_a_pool_every_verb_ends_with_the_fix(tmp_path: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(NotRunning, match="registre-pool run") as raised:
        answer(["--set", f"pool.data_folder={tmp_path}", *words])
    assert raised.value.exit_code == 3


def test_a_pool_is_paused_scaled_recycled_and_drained_by_hand(any_database: Database, tmp_path: Path) -> None:
    with Pool(tmp_path, any_database) as pool:
        pool.wait_until_ready()
        until(pool.hears_the_database, 20, "the scout")
        paused = command("pause", "--env", "dev", "--kind", "ocr", folder=tmp_path)
        assert "paused: ocr_index in dev" in paused.stdout
        (row,) = put(tmp_path, any_database, [("ocr_acte", papers.slip())])
        shown = command("status", folder=tmp_path)
        assert "paused by root: ocr_acte in dev" in shown.stdout
        refused = command("pause", "--env", "moon", folder=tmp_path)
        assert (refused.returncode, refused.stderr.splitlines()[0]) == (
            1,
            "'moon' is no environment of this pool.",
        )
        command("recycle", "ocr-1", folder=tmp_path)
        until(lambda: pool.child("ocr-1").get("restarts") == 1, 20, "another child")
        assert states(any_database, [row]) != ["done"], "a child that starts later is paused, too"
        assert json.loads(command("resume", "--json", folder=tmp_path).stdout)["pauses"] == []
        until(lambda: states(any_database, [row]) == ["done"], 20, "its job")
        scaled = command("scale", "ocr", "3", folder=tmp_path)
        assert scaled.stdout.startswith("ocr.children: 2 -> 3")
        until(lambda: len(pool.children()) == 3, 20, "a third child")
        workers = command("workers", folder=tmp_path).stdout
        assert "ocr-3" in workers
        assert "exit code 0" in workers, "how the one before ended"
        drained = command("drain", folder=tmp_path)
        assert drained.stdout.strip() == f"pid {pool.pid}: gone"
        assert "children left" in drained.stderr
        assert pool.running.wait(10) == 0


def test_a_status_of_a_pool_whose_database_is_down_is_exit_4(tmp_path: Path, any_database: Database) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    with Pool(
        tmp_path, any_database, environments__dev__database_url=nowhere, registre__enabled=False
    ) as pool:
        until(lambda: bool(pool.status().get("problems")), 20, "the outage")
        shown = command("status", folder=tmp_path)
        assert shown.returncode == 4
        assert "degraded: dev does not answer" in shown.stdout
        told = command("status", "--json", folder=tmp_path)
        assert told.returncode == 4
        assert records(json.loads(told.stdout), "children")


def test_without_leave_to_use_any_registry_systemd_and_status_say_so_and_documents_are_read(
    tmp_path: Path, any_database: Database
) -> None:
    pool = Pool(tmp_path, any_database)
    pool.variables["NOTIFY_SOCKET"] = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(pool.variables["NOTIFY_SOCKET"])
        with pool:
            heard = ""
            while "READY=1" not in heard:
                heard = systemd.recv(4096).decode()
            assert "no registry may be used by program" in heard.partition("STATUS=")[2]
            shown = command("status", folder=tmp_path)
            assert (shown.returncode, "degraded: no registry" in shown.stdout) == (4, True)
            (row,) = put(tmp_path, any_database, [("ocr_acte", papers.slip())])
            until(lambda: states(any_database, [row]) == ["done"], 20, "its reading")
            pool.configure(foncier__automation_acknowledged=True, registre__children=0)
            assert command("reload", folder=tmp_path).returncode == 0
            assert command("status", folder=tmp_path).returncode == 0


def test_a_change_says_what_becomes_of_it() -> None:
    change: JsonObject = {"key": "ocr.dpi", "old": "300", "new": "200", "reload": "recycle"}
    assert change_line(change) == ("ocr.dpi: 300 -> 200 (children are replaced one by one, between jobs)")


def test_how_the_last_child_ended_is_one_sentence() -> None:
    end: JsonObject = {
        "evidence": "signal SIGABRT",
        "killed_for": "no beat for 10.0 s",
        "at": "2026-11-26T12:00:00+00:00",
    }
    child: JsonObject = {"name": "ocr-1", "pid": 7, "jobs": [], "last_exit": end}
    row = child_row(child)
    assert row[-1] == "signal SIGABRT (no beat for 10.0 s) at 2026-11-26T12:00:00+00:00"
    assert child_row({"name": "ocr-1", "last_exit": None})[-1] is None
