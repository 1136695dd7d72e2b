"""What is found of an environment, on a real database; the verb around it is tried in test_doctor.py."""

import asyncio
import base64
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from pydantic import SecretStr

from poolmgr.cli.doctor import environments
from poolmgr.cli.doctor.environments import key, role_of, speed, way
from poolmgr.cli.doctor.findings import Finding
from poolmgr.cli.environments import Access
from poolmgr.config.settings import DoctorSettings, EnvironmentSettings, Settings
from poolmgr.domain.jobs import EnvironmentName
from tests.clusters import Database
from tests.project.keys import key as project_key
from tests.project.opened import Hosted
from tests.project.storage import Bucket
from tests.waiting import until

Look: TypeAlias = Callable[..., dict[str, Finding]]
SETTINGS = Settings(doctor=DoctorSettings(environment_seconds=20))


def token(role: str) -> str:
    """A key as a project's older ones are, signed by nobody."""
    claims = base64.urlsafe_b64encode(json.dumps({"role": role, "iss": "supabase"}).encode()).decode()
    return f"e30.{claims.rstrip('=')}.c2lnbmF0dXJl"


def access(folder: Path, url: str, name: str = "dev", **settings: str | SecretStr) -> Access:
    return Access(
        name=EnvironmentName(name),
        database_url=url,
        documents_folder=folder,
        settings=EnvironmentSettings.model_validate(settings),
    )


@pytest.fixture
def look(tmp_path: Path, any_database: Database) -> Look:
    """The findings of the test's own database by their check, without the environment's name."""

    def looked(settings: Settings = SETTINGS) -> dict[str, Finding]:
        found = asyncio.run(environments.examine([access(tmp_path, any_database.url)], settings))
        return {one.check.removeprefix("environment dev").strip() or "it": one for one in found}

    return looked


@pytest.fixture
def blackhole() -> Iterator[str]:
    """Accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"host=127.0.0.1 port={listener.getsockname()[1]} user=postgres"


def test_a_sound_environment_is_told_in_all_its_parts(look: Look) -> None:
    found = look()
    assert {check for check, one in found.items() if one.grade != "ok"} == set()
    assert list(found) == [
        "connection", "migrations", "role", "doors", "columns", "triggers", "guard", "settings", "it",
        "latency", "money", "writes", "other triggers", "rows", "accounts", "storage",
    ]  # fmt: skip
    assert "direct" in found["connection"].detail
    assert "listens" in found["connection"].detail
    assert found["latency"].detail.endswith("ms, the median of 5 calls")


def test_writes_that_would_be_refused_are_failures_with_their_constraint(
    look: Look, any_database: Database
) -> None:
    owner = any_database.connect()
    owner.execute("alter table public.search_sessions add constraint words check (status <> 'failed')")
    owner.execute("alter table public.rdprm_searches add constraint known check (status <> 'not_found')")
    owner.execute("create unique index once on public.req_companies (search_session_id, company_name)")
    found = look()
    refused = found["writes search_sessions words"]
    assert (refused.grade, "refuses to fail a REQ search: CHECK" in refused.detail) == ("failure", True)
    assert "words of search_sessions" in refused.fix
    assert found["writes rdprm_searches known"].grade == "ok"
    assert "failed is written instead" in found["writes rdprm_searches known"].detail
    assert found["writes req_companies public.once"].grade == "warning"


def test_rows_that_a_person_should_know_of_are_told_with_their_ids(
    look: Look, any_database: Database
) -> None:
    row = (
        any_database.connect()
        .execute(
            "insert into public.extraction_queue (document_source, document_number, status_id, file_content, "
            "supabase_path) values ('index', '1', 4, 'texte', 'a.pdf') returning id"
        )
        .fetchone()
    )
    any_database.connect().execute(
        "insert into public.extraction_queue (document_source, document_number, status_id) "
        "select 'index', '2', null"
    )
    assert row is not None
    found = look()
    assert (found["finished long ago"].grade, str(row[0]) in found["finished long ago"].detail) == (
        "warning",
        True,
    )
    assert "Nothing here does it" in found["finished long ago"].fix
    assert found["rows"].grade == "warning"
    assert "1 with status_id null" in found["rows"].detail
    assert "extraction_queue: 1 error" in found["rows"].detail


def test_strange_triggers_open_logins_and_other_settings_are_said(look: Look, any_database: Database) -> None:
    owner = any_database.connect()
    owner.execute("grant select on public.worker_accounts to anon")
    owner.execute(
        "create trigger odd before update on public.extraction_queue for each row "
        "execute function suppress_redundant_updates_trigger()"
    )
    owner.execute("""select public.pool_configure('{"max_attempts": 7, "land_unknown": "hold"}')""")
    found = look()
    assert found["doors"].grade == "failure"
    assert "worker_accounts" in found["doors"].detail
    assert found["other triggers"].grade == "warning"
    assert "extraction_queue.odd (before" in found["other triggers"].detail
    assert found["settings"].detail == "max_attempts is 7 there and 3 here"


def test_nobody_to_log_in_is_said_where_something_is_bought(look: Look, any_database: Database) -> None:
    values = {"foncier": {"url": "http://127.0.0.1:1/"}, "doctor": {"environment_seconds": 20}}
    buying = Settings.model_validate(values)
    assert look(buying)["accounts"].grade == "warning"
    any_database.connect().execute(
        "insert into public.worker_accounts (username, password) values ('a', 'b')"
    )
    found = look(buying)["accounts"]
    assert (found.grade, found.detail) == ("ok", "1 accounts: 1 active, 1 usable, 0 failing, 0 leased")


def test_a_database_of_an_older_version_is_looked_at_as_far_as_it_goes(
    look: Look, any_database: Database
) -> None:
    owner = any_database.connect()
    owner.execute("delete from public.pool_migrations where name like '%016%'")
    owner.execute("drop function public.pool_refusals, public.pool_counts")
    found = look()
    assert found["migrations"].grade == "failure"
    assert "pool_016_looks.sql" in found["migrations"].detail
    assert {"money", "doors"} <= set(found)
    assert "rows" not in found


def test_one_look_that_fails_hides_no_other(look: Look, any_database: Database) -> None:
    any_database.connect().execute("drop function public.pool_counts")
    found = look()
    assert found["rows"].grade == "failure"
    assert found["accounts"].grade == "ok"


def test_an_environment_that_never_answers_hides_and_delays_no_other(
    tmp_path: Path, any_database: Database, blackhole: str
) -> None:
    settings = Settings(doctor=DoctorSettings(environment_seconds=5))
    accesses = [access(tmp_path, blackhole, "prod"), access(tmp_path, any_database.url)]
    found = {one.check: one for one in asyncio.run(environments.examine(accesses, settings))}
    assert "not all of it could be looked at within 5 s" in found["environment prod"].detail
    assert found["environment prod connection"].grade == "ok"
    assert found["environment dev"].grade == "ok"
    assert found["environment dev accounts"].grade == "ok"


def test_how_an_environment_is_reached_is_said(tmp_path: Path) -> None:
    pooler = "postgresql://postgres.abc:hunter2@aws-0-ca-central-1.pooler.supabase.com"
    said = {
        f"{pooler}:6543/postgres": "transaction pooler, postgres.abc@",
        f"{pooler}:5432/postgres": "session pooler, ",
        "postgresql://postgres:hunter2@db.abc.supabase.co:5432/postgres": "direct, ",
    }
    for url, words in said.items():
        found = way(access(tmp_path, url))
        assert found.detail.startswith(words)
        assert found.detail.endswith("polls: no LISTEN here" if "6543" in url else "listens, and polls")
        assert "hunter2" not in found.detail
    found = way(access(tmp_path, "", supabase_url="https://abc.supabase.co"))
    assert found.detail == "PostgREST at https://abc.supabase.co; polls"
    assert way(access(tmp_path, "no address at all")).grade == "failure"


@pytest.mark.parametrize(
    ("secret", "role"),
    [
        (token("service_role"), "service_role"),
        (token("anon"), "anon"),
        ("sb_secret_abc", "service_role"),
        ("sb_publishable_abc", "anon"),
        ("a.b.c", ""),
        ("a.W10.c", ""),
        ("anything", ""),
    ],
)
def test_a_key_tells_its_role(secret: str, role: str) -> None:
    assert role_of(secret) == role


def test_an_anon_key_is_a_failure_that_does_not_show_it(tmp_path: Path) -> None:
    for secret in (token("anon"), "sb_publishable_abc"):
        (found,) = key(access(tmp_path, "", "prod", service_key=SecretStr(secret)))
        assert found.grade == "failure"
        assert "of anon" in found.detail
        assert "PROD_SUPABASE_SERVICE_KEY" in found.fix
        assert secret not in f"{found}"
    (found,) = key(access(tmp_path, "", service_key=SecretStr(token("service_role"))))
    assert found.grade == "ok"
    assert key(access(tmp_path, "")) == []


def test_an_environment_slower_than_is_waited_for_is_a_warning() -> None:
    assert speed("environment dev", 20, 500).grade == "ok"
    assert speed("environment dev", 700, 500).grade == "warning"


def test_a_column_that_lets_the_predecessor_repeat_a_paid_search_is_said(
    look: Look, any_database: Database
) -> None:
    any_database.connect().execute("alter table public.rdprm_searches add column updated_at timestamptz")
    found = look()
    assert (found["guard"].grade, "repeats a paid search" in found["guard"].detail) == ("warning", True)
    assert found["columns"].detail.endswith("also there, and left alone: rdprm_searches.updated_at")
    any_database.connect().execute("""select public.pool_configure('{"predecessor_beside": false}')""")
    assert look()["guard"].grade == "ok"


def through(project: Hosted, role: str) -> dict[str, Finding]:
    """What is found over PostgREST and Storage alone, with the key of that role."""
    settings = EnvironmentSettings(supabase_url=project.url, service_key=SecretStr(project_key(role)))
    reached = Access(name=EnvironmentName("prod"), settings=settings)
    found = asyncio.run(environments.examine([reached], SETTINGS))
    return {one.check.removeprefix("environment prod").strip() or "it": one for one in found}


def test_a_project_is_looked_at_over_postgrest_and_storage_alone(hosted_project: Hosted) -> None:
    found = through(hosted_project, "service_role")
    assert {check: one.detail for check, one in found.items() if one.grade != "ok"} == {}
    assert found["connection"].detail == f"PostgREST at {hosted_project.url}; polls"
    assert {"key", "writes", "rows", "accounts", "storage"} <= set(found)


def test_a_projects_buckets_are_looked_at(hosted_project: Hosted) -> None:
    buckets = hosted_project.storage.buckets
    del buckets["actes"]
    buckets["index"] = Bucket(name="index", public=True, allowed_mime_types=["image/png"])
    found = through(hosted_project, "service_role")
    assert {check for check, one in found.items() if one.grade != "ok"} == {"storage actes", "storage index"}


def test_the_anon_key_of_a_project_is_named_as_such_and_reaches_nothing(hosted_project: Hosted) -> None:
    found = through(hosted_project, "anon")
    assert (found["key"].grade, found["key"].detail) == ("failure", "of anon, not of service_role")
    assert found["it"].grade == "failure"
    assert project_key("anon") not in f"{found}"


def test_a_project_that_is_not_migrated_is_told_what_to_paste(hosted_project: Hosted) -> None:
    assert hosted_project.database is not None
    owner = hosted_project.database.connect()
    owner.execute("drop function public.pool_version; notify pgrst, 'reload schema'")
    until(lambda: "doors" not in through(hosted_project, "service_role"), what="PostgREST's new schema")
    found = through(hosted_project, "service_role")["migrations"]
    assert (found.grade, found.detail.startswith("not migrated")) == ("failure", True)
    assert "registre-pool migrate print --env prod" in found.fix
