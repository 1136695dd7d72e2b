import json
from uuid import uuid4

from tests.cli.conftest import Verb
from tests.clusters import Database

NOBODY = "00000000-0000-0000-0000-000000000000"


def enqueue(verb: Verb, name: str = "Tremblay") -> str:
    answer = verb("enqueue", "req", name, "--json")
    assert answer.returncode == 0, answer.stderr
    return str(json.loads(answer.stdout)["row_id"])


def test_jobs_are_listed_newest_first_and_narrowed_by_state(verb: Verb) -> None:
    older, newer = enqueue(verb, "Tremblay"), enqueue(verb, "Gagnon")
    listed = json.loads(verb("jobs", "list", "--json").stdout)
    assert (listed["schema"], [row["row_id"] for row in listed["jobs"]]) == (1, [newer, older])
    assert json.loads(verb("jobs", "list", "--state", "done", "--json").stdout)["jobs"] == []
    shown = verb("jobs", "list", "--number", "Gagnon").stdout
    assert newer in shown
    assert older not in shown


def test_a_cancelled_job_can_wait_again_and_each_step_is_said(verb: Verb) -> None:
    row = enqueue(verb)
    said = [verb("jobs", word, row).stdout.strip() for word in ("cancel", "cancel", "retry", "retry")]
    assert said == ["cancelled", "was cancelled or had failed already", "waits again", "waits already"]


def test_why_names_the_condition_that_a_row_does_not_meet(verb: Verb, any_database: Database) -> None:
    row = enqueue(verb)
    assert "the next claim takes it" in verb("jobs", "why", row).stdout
    any_database.connect().execute("update public.search_sessions set status = 'failed'")
    answer = verb("jobs", "why", row)
    sentence = f"it failed: nobody said why; to try it again: registre-pool jobs retry {row}"
    assert answer.stdout.splitlines()[-1] == sentence
    told = json.loads(verb("jobs", "why", row, "--json").stdout)
    unmet = [one["condition"] for one in told["conditions"] if not one["met"]]
    assert (unmet, told["reason"]) == (["its status waits for this kind"], sentence)


def test_why_names_the_environment_in_its_commands_and_the_cents_of_a_budget(
    verb: Verb, any_database: Database
) -> None:
    connection = any_database.connect()
    row = str(uuid4())
    connection.execute(
        "insert into public.extraction_queue (id, document_source, document_number) "
        "values (%s, 'index', '1')",
        [row],
    )
    assert verb("jobs", "why", row).stdout.splitlines()[-1] == (
        "nothing is bought: money.land_cents_a_day is 0"
    )
    connection.execute("update public.extraction_queue set attemtps = 3")
    assert verb("jobs", "why", row, "--env", "dev").stdout.splitlines()[-1] == (
        f"3 of 3 attempts are used: registre-pool jobs retry {row} --env dev"
    )


def test_an_id_that_no_row_has_and_an_id_that_is_none_are_said(verb: Verb) -> None:
    nobody = verb("jobs", "show", NOBODY)
    assert (nobody.returncode, f"No row of dev has the id {NOBODY}" in nobody.stderr) == (1, True)
    nonsense = verb("jobs", "why", "12")
    assert nonsense.returncode == 2
    assert "Traceback" not in nonsense.stderr


def test_an_environment_that_is_not_configured_is_named_with_those_that_are(verb: Verb) -> None:
    answer = verb("jobs", "list", "--env", "prod")
    assert answer.returncode == 78
    assert "prod is not an environment here.\n  There is: dev." in answer.stderr
