import json
from pathlib import Path

from poolmgr.cli.status import depth_rows
from tests.cli.conftest import Verb
from tests.clusters import Database
from tests.pools import Pool, command


def test_without_a_pool_status_and_reload_are_exit_3_with_the_fix(verb: Verb) -> None:
    for word in ("status", "reload"):
        answer = verb(word)
        assert answer.returncode == 3
        assert "registre-pool run" in answer.stderr


def test_a_running_pool_shows_its_children_and_its_environments(
    any_database: Database, tmp_path: Path
) -> None:
    with Pool(tmp_path, any_database) as pool:
        pool.wait_until_ready()
        told = json.loads(command("status", "--json", folder=tmp_path).stdout)
        assert told["pid"] == pool.pid
        children = {child["name"]: child for child in told["children"]}
        assert set(children) == {"scout", "ocr-index-1", "ocr-acte-1"}
        assert set(children["scout"]) >= {"pid", "kind", "worker", "state"}
        shown = command("status", folder=tmp_path).stdout
        assert f"pid {pool.pid}, running" in shown
        assert "ocr-acte-1" in shown
        assert pool.stop() == 0


def test_a_reload_says_what_changed_and_what_is_refused(any_database: Database, tmp_path: Path) -> None:
    with Pool(tmp_path, any_database) as pool:
        pool.wait_until_ready()
        pool.configure(queue__max_attempts=5)
        answer = command("reload", folder=tmp_path)
        assert (answer.returncode, answer.stdout.strip()) == (0, "changed: queue.max_attempts")
        again = command("reload", folder=tmp_path)
        assert (again.returncode, again.stdout.strip()) == (0, "nothing changed")
        pool.configure(queue__max_attempts=-1)
        refused = command("reload", folder=tmp_path)
        assert refused.returncode == 78
        assert "queue.max_attempts: must be from 1 to 100" in refused.stderr
        assert pool.stop() == 0


def test_an_environment_that_is_down_has_one_row_that_says_so() -> None:
    rows = depth_rows(
        {"prod": {"depths": [], "outage": "no answer"}, "dev": {"depths": [{"kind": "land", "ready": 2}]}}
    )
    assert rows == [["prod", None, None, None, None, "no answer"], ["dev", "land", 2, 0, None, None]]
