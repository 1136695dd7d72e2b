import json
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from poolmgr.cli.environments import Access
from poolmgr.cli.migrate import refuse_without_connection
from poolmgr.config.settings import EnvironmentSettings
from poolmgr.domain.errors import ConfigError
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.local import postgres, roles
from tests.cli.conftest import Verb
from tests.clusters import Cluster, Database


@pytest.fixture
def bare_url(verb: Verb, any_database: Database, newest_cluster: Cluster, tmp_path: Path) -> Iterator[str]:
    """A hosted database in which nothing was ever applied, in the place of dev's."""
    name = "never_migrated"
    roles.create_database(newest_cluster.server.superuser_url, name)
    roles.prepare(newest_cluster.server.url(postgres.SUPERUSER, name))
    url = newest_cluster.server.url("postgres", name)
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace(any_database.url, url))
    yield url
    newest_cluster.run(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


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


def test_a_plan_of_several_environments_names_the_silent_one_and_shows_the_others(
    verb: Verb, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    silent = '[environments.prod]\nsupabase_url = "http://127.0.0.1:9"\nservice_key = "k"\n'
    config.write_text(f"{config.read_text()}\n{silent}")
    answer = verb("migrate", "plan", "--json")
    told = json.loads(answer.stdout)
    assert answer.returncode == 1
    assert {step["environment"] for step in told["migrations"]} == {"dev"}
    assert "gave no answer" in told["silent"]["prod"]
    assert answer.stderr.startswith("prod: ")


def test_what_is_printed_makes_an_environment_that_verify_finds_whole(verb: Verb, bare_url: str) -> None:
    verified = verb("migrate", "verify")
    assert verified.returncode == 1
    assert verified.stdout.startswith("failure: environment dev migrations: not migrated")
    assert "registre-pool migrate apply --env dev" in verified.stdout
    _, *blocks = verb("migrate", "print", "--env", "dev").stdout.split("\n-- Block ")
    assert verb("migrate", "print", "--block", "3").stdout == f"-- Block {blocks[2]}"
    with psycopg.connect(bare_url, autocommit=True) as editor:
        for block in blocks:
            editor.execute(f"-- Block {block}".encode())
    verified = verb("migrate", "verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert {line.partition(":")[0] for line in verified.stdout.splitlines()} == {"ok"}
    assert verb("migrate", "apply").stdout.strip() == "dev: nothing to do"


def test_printing_needs_no_connection_and_names_how_it_is_pasted(verb: Verb, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        re.sub("database_url = .*", 'database_url = "host=127.0.0.1 port=1"', config.read_text())
    )
    printed = verb("migrate", "print", "--env", "dev")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout.startswith("-- registre-pool migrate print --env dev\n")
    assert "run this one alone" in printed.stdout
    assert verb("migrate", "print", "--block", "99").returncode == 2
    assert verb("migrate", "print", "--env", "prod").returncode == 78


def test_verify_names_what_is_missing_open_and_of_another_type(verb: Verb, any_database: Database) -> None:
    connection = any_database.connect()
    connection.execute("grant execute on function public.pool_rescue(int) to anon")
    connection.execute("delete from public.pool_migrations where name like '%013%'")
    connection.execute("alter table public.req_companies alter neq type varchar(9), add column more text")
    connection.execute("alter table public.req_companies alter company_name type char(80)")
    connection.execute("alter table public.rdprm_searches drop column completed_at cascade")
    connection.execute("drop trigger pool_guard on public.extraction_queue")
    verified = verb("migrate", "verify", "--json")
    assert verified.returncode == 1
    found = {one["check"]: one for one in json.loads(verified.stdout)["findings"]}
    assert {check for check, one in found.items() if one["grade"] == "failure"} == {
        f"environment dev {what}" for what in ("migrations", "doors", "columns", "triggers")
    }
    assert "pool_013_purchases.sql" in found["environment dev migrations"]["detail"]
    assert "pool_rescue" in found["environment dev doors"]["detail"]
    columns = found["environment dev columns"]["detail"]
    assert columns == (
        "req_companies.company_name is character instead of text; rdprm_searches.completed_at is missing"
    )
    assert "extraction_queue.pool_guard" in found["environment dev triggers"]["detail"]


def test_an_environment_over_postgrest_alone_is_told_what_to_paste(tmp_path: Path) -> None:
    access = Access(
        name=EnvironmentName("prod"),
        database_url="",
        documents_folder=tmp_path,
        settings=EnvironmentSettings(supabase_url="https://abc.supabase.co"),
    )
    with pytest.raises(ConfigError, match="PostgREST alone") as raised:
        refuse_without_connection(access)
    assert "migrate print --env prod" in raised.value.advice
    assert "PROD_DATABASE_URL" in raised.value.advice
