import json
from pathlib import Path

from tests.cli.conftest import Verb
from tests.clusters import Database


def test_what_is_applied_already_is_said_and_applying_again_changes_nothing(verb: Verb) -> None:
    planned = json.loads(verb("migrate", "plan", "--json").stdout)
    assert {(step["environment"], step["state"]) for step in planned["migrations"]} == {("dev", "applied")}
    assert verb("migrate", "apply").stdout.strip() == "dev: nothing to do"


def test_a_file_that_was_changed_after_it_was_applied_is_exit_1(verb: Verb, any_database: Database) -> None:
    any_database.connect().execute(
        "update public.pool_migrations set checksum = 'other' where name like '%004%'"
    )
    planned = verb("migrate", "plan")
    assert planned.returncode == 1
    assert "changed" in planned.stdout
    applied = verb("migrate", "apply")
    assert applied.returncode == 1
    assert "pool_004" in applied.stderr


def test_among_several_environments_apply_wants_to_be_told_which(verb: Verb, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    written = config.read_text()
    config.write_text(
        f"{written}\n{written[written.index('[environments.dev]') :].replace('dev', 'prod', 1)}"
    )
    answer = verb("migrate", "apply")
    assert (answer.returncode, "which of prod, dev?" in answer.stderr) == (2, True), answer.stderr
    assert verb("migrate", "apply", "--env", "dev").stdout.strip() == "dev: nothing to do"
