import json
import time
from pathlib import Path

from poolmgr.stores.bans import Bans
from tests.cli.conftest import Verb
from tests.clusters import Database


def findings(verb: Verb) -> dict[str, dict[str, str]]:
    told = json.loads(verb("doctor", "--json").stdout)
    assert told["schema"] == 1
    return {one["check"]: one for one in told["findings"]}


def test_a_sound_environment_is_ok_and_a_pool_that_does_not_run_is_a_warning(
    verb: Verb, tmp_path: Path
) -> None:
    with (tmp_path / "config.toml").open("a") as file:
        file.write("\n[req]\nautomation_acknowledged = true\n")
    found = findings(verb)
    registries = {"land registry", "RDPRM"}
    assert {check for check, one in found.items() if one["grade"] != "ok"} == {"pool", *registries}
    assert verb("doctor").returncode == 4


def test_a_registry_that_nobody_has_acknowledged_is_said_with_what_to_do(verb: Verb) -> None:
    found = findings(verb)
    assert "automation_acknowledged is false" in found["land registry"]["detail"]
    assert "docs/registries.md" in found["land registry"]["fix"]
    assert found["browser"]["grade"] == "ok"
    assert "nothing outside www.registrefoncier.gouv.qc.ca is reached" in found["browser"]["detail"]


def test_the_register_of_companies_is_said_to_wait_for_leave_and_to_turn_us_away(
    verb: Verb, tmp_path: Path
) -> None:
    waits = findings(verb)["register of companies"]
    assert (waits["grade"], "req.automation_acknowledged is false" in waits["detail"]) == ("warning", True)
    with (tmp_path / "config.toml").open("a") as file:
        file.write("\n[req]\nautomation_acknowledged = true\n")
    assert findings(verb)["register of companies"]["grade"] == "ok"
    folder = tmp_path / "bans"
    Bans(folder, "req", first_seconds=3600, longest_seconds=7200).banned("status 403", time.time())
    refused = findings(verb)["register of companies"]
    assert (refused["grade"], "status 403" in refused["detail"]) == ("warning", True)
    assert str(folder / "req.json") in refused["fix"]


def test_a_land_registry_that_turns_us_away_is_said_while_it_is_left_alone(
    verb: Verb, tmp_path: Path
) -> None:
    with (tmp_path / "config.toml").open("a") as file:
        file.write("\n[foncier]\nautomation_acknowledged = true\n")
    Bans(tmp_path / "bans", "land", first_seconds=3600, longest_seconds=7200).banned("403", time.time())
    refused = findings(verb)["land registry"]
    assert (refused["grade"], "left alone" in refused["detail"]) == ("warning", True)
    assert str(tmp_path / "bans" / "land.json") in refused["fix"]


def test_money_that_may_be_gone_is_a_warning(verb: Verb, any_database: Database) -> None:
    any_database.connect().execute(
        "insert into public.pool_purchases (registry, identity, kind, row_id, token, worker, host,"
        " price_cents, budget_day, state) values ('land', 'x', 'land', gen_random_uuid(),"
        " gen_random_uuid(), 'w', 'h', 150, now(), 'unknown')"
    )
    found = findings(verb)
    assert found["environment dev money"]["grade"] == "warning"
    assert "1 purchases may be paid" in found["environment dev money"]["detail"]
    assert "purchases list --state unknown" in found["environment dev money"]["fix"]


def test_a_budget_that_is_spent_is_a_warning_where_that_registry_is_used(
    verb: Verb, any_database: Database, tmp_path: Path
) -> None:
    assert findings(verb)["environment dev money"]["detail"] == "nothing is bought here"
    any_database.connect().execute(
        """select public.pool_configure('{"budgets": {"land": 2400}, "prices": {"land": 150}}')"""
    )
    assert findings(verb)["environment dev money"]["detail"] == "land: 0.00 of 24.00 CAD spent today"
    any_database.connect().execute(
        "insert into public.pool_budgets (registry, day, spent_cents) "
        "values ('land', (clock_timestamp() at time zone 'America/Toronto')::date, 2300)"
    )
    spent = findings(verb)["environment dev money"]
    assert (spent["grade"], spent["detail"]) == (
        "ok",
        "land: the day's budget is spent: 23.00 of 24.00 CAD, one more costs 1.50",
    )
    with (tmp_path / "config.toml").open("a") as file:
        file.write("\n[foncier]\nautomation_acknowledged = true\n")
    spent = findings(verb)["environment dev money"]
    assert spent["grade"] == "warning"
    assert "money.land_cents_a_day" in spent["fix"]


def test_an_open_door_and_a_missing_migration_are_failures_with_their_fix(
    verb: Verb, any_database: Database
) -> None:
    connection = any_database.connect()
    connection.execute("grant select on public.pool_leases to anon")
    connection.execute("grant select (username) on public.worker_accounts to authenticated")
    connection.execute("delete from public.pool_migrations where name like '%012%'")
    found = findings(verb)
    assert found["environment dev doors"]["grade"] == "failure"
    for door in ("pool_leases", "worker_accounts"):
        assert door in found["environment dev doors"]["detail"]
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


def test_one_environment_alone_may_be_asked_for(verb: Verb) -> None:
    told = json.loads(verb("doctor", "--env", "prod", "--json").stdout)["findings"]
    (found,) = (one for one in told if one["check"].startswith("environment"))
    assert (found["check"], found["grade"], found["fix"]) == ("environments", "failure", "There is: dev.")
