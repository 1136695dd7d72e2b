import json

from tests.cli.conftest import Verb
from tests.clusters import Database


def test_what_is_applied_already_is_said_and_applying_again_changes_nothing(verb: Verb) -> None:
    planned = json.loads(verb("migrate", "plan", "--json").stdout)
    assert {step["state"] for step in planned["migrations"]} == {"applied"}
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
