import json

from tests.cli.conftest import Verb
from tests.clusters import Database


def findings(verb: Verb) -> dict[str, dict[str, str]]:
    told = json.loads(verb("doctor", "--json").stdout)
    assert told["schema"] == 1
    return {one["check"]: one for one in told["findings"]}


def test_a_sound_environment_is_ok_and_a_pool_that_does_not_run_is_a_warning(verb: Verb) -> None:
    found = findings(verb)
    assert {check for check, one in found.items() if one["grade"] != "ok"} == {"pool"}
    assert verb("doctor").returncode == 4


def test_an_open_door_and_a_missing_migration_are_failures_with_their_fix(
    verb: Verb, any_database: Database
) -> None:
    connection = any_database.connect()
    connection.execute("grant select on public.pool_leases to anon")
    connection.execute("delete from public.pool_migrations where name like '%012%'")
    found = findings(verb)
    assert found["environment dev doors"]["grade"] == "failure"
    assert "pool_leases" in found["environment dev doors"]["detail"]
    assert "pool_close_doors" in found["environment dev doors"]["fix"]
    assert found["environment dev migrations"]["grade"] == "failure"
    assert verb("doctor").returncode == 1


def test_an_environment_that_does_not_answer_is_a_failure_and_the_rest_is_still_looked_at(
    verb: Verb, any_database: Database
) -> None:
    any_database.connect().execute(f"alter database {any_database.name} connection limit 0")
    found = findings(verb)
    assert found["environment dev"]["grade"] == "failure"
    assert found["tesseract"]["grade"] == "ok"
