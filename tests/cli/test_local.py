import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from poolmgr.local import stack


@pytest.fixture
def data_folder(open_folder: Path) -> Iterator[Path]:
    yield open_folder
    stack.down(open_folder)


def run(data_folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "poolmgr", "--set", f"pool.data_folder={data_folder}", "local", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


def test_up_status_and_down_answer_in_json_and_are_quiet_when_repeated(data_folder: Path) -> None:
    up = run(data_folder, "up", "--json")
    assert up.returncode == 0, up.stderr
    values = json.loads(up.stdout)
    assert values["started"] is True
    assert values["registry_url"].startswith("http://127.0.0.1:")
    with psycopg.connect(values["database_url"]) as connection:
        assert connection.execute("select current_user::text").fetchone() == ("postgres",)
    status = run(data_folder, "status", "--json")
    assert status.returncode == 0
    assert json.loads(status.stdout)["database_url"] == values["database_url"]
    assert "PostgreSQL stopped." in run(data_folder, "down").stderr
    again = run(data_folder, "down", "--json")
    assert (again.returncode, json.loads(again.stdout)["stopped"]) == (0, False)


def test_status_of_nothing_says_so_with_exit_code_3(data_folder: Path) -> None:
    status = run(data_folder, "status")
    assert status.returncode == 3
    assert "running" in status.stdout
    assert "false" in status.stdout


def test_a_folder_that_cannot_be_written_ends_with_a_sentence_and_no_traceback() -> None:
    up = run(Path("/proc/registre-pool"), "up")
    assert up.returncode == 78
    assert "cannot be written" in up.stderr
    assert "Traceback" not in up.stderr
