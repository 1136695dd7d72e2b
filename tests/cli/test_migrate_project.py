"""`migrate` of a Supabase project: with its database's address beside it, and over PostgREST alone."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from poolmgr.local import postgres, roles
from tests.cli.conftest import Verb
from tests.clusters import Cluster, Database
from tests.pools import command, configuration
from tests.project.keys import key
from tests.project.opened import Hosted, hosted
from tests.waiting import until


@pytest.fixture
def bare_project(newest_cluster: Cluster) -> Iterator[Hosted]:
    """In which nothing was ever applied; its PostgREST runs."""
    name = "bare_project"
    roles.create_database(newest_cluster.server.superuser_url, name)
    roles.prepare(newest_cluster.server.url(postgres.SUPERUSER, name))
    with hosted(Database(cluster=newest_cluster, name=name)) as project:
        yield project
    newest_cluster.run(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def configured(folder: Path, project: Hosted, database_url: str) -> Verb:
    assert project.database is not None
    settings = {
        "environments.dev.supabase_url": project.url,
        "environments.dev.service_key": key("service_role"),
        "environments.dev.database_url": database_url,
        "environments.dev.documents_folder": "",
    }
    (folder / "config.toml").write_text(configuration(folder, project.database, {**settings}))
    return lambda *words: command(*words, folder=folder)


def test_apply_waits_until_postgrest_sees_what_was_applied(tmp_path: Path, bare_project: Hosted) -> None:
    assert bare_project.database is not None
    verb = configured(tmp_path, bare_project, bare_project.database.url)
    applied = verb("migrate", "apply")
    assert (applied.returncode, applied.stderr) == (0, "")
    assert applied.stdout.splitlines()[-1] == "dev: PostgREST sees them"


def test_a_project_alone_is_planned_refused_pasted_and_verified(tmp_path: Path, bare_project: Hosted) -> None:
    assert bare_project.database is not None
    verb = configured(tmp_path, bare_project, "")
    planned = json.loads(verb("migrate", "plan", "--json").stdout)["migrations"]
    assert {step["state"] for step in planned} == {"pending"}
    applied = verb("migrate", "apply")
    assert applied.returncode == 78
    assert "dev is reached over PostgREST alone" in applied.stderr
    assert "migrate print --env dev" in applied.stderr
    assert "DEV_DATABASE_URL" in applied.stderr
    verified = verb("migrate", "verify")
    assert (verified.returncode, "not migrated" in verified.stdout) == (1, True)
    _, *blocks = verb("migrate", "print").stdout.split("\n-- Block ")
    with psycopg.connect(bare_project.database.url, autocommit=True) as editor:
        for block in blocks:
            editor.execute(f"-- Block {block}".encode())
    until(lambda: verb("migrate", "verify").returncode == 0, 20, "PostgREST's new schema")
    planned = json.loads(verb("migrate", "plan", "--json").stdout)["migrations"]
    assert {step["state"] for step in planned} == {"applied"}
