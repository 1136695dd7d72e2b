import subprocess
import sys
from pathlib import Path

import psutil
from pydantic import SecretStr

from poolmgr.cli import children, environments
from poolmgr.cli.children import Only
from poolmgr.config.keys import all_keys
from poolmgr.config.secrets import secrets
from poolmgr.config.settings import EnvironmentSettings, FoncierSettings, RedisSettings, Settings
from poolmgr.local import stack
from tests.pools import command, environment
from tests.waiting import until


def test_only_chooses_a_group_of_children_and_an_unacknowledged_registry_has_none(tmp_path: Path) -> None:
    access = environments.local("postgresql:///x", tmp_path)
    acknowledged = Settings(foncier=FoncierSettings(automation_acknowledged=True))
    cases: tuple[tuple[Settings, Only | None, set[str]], ...] = (
        (Settings(), None, {"scout", "ocr"}),
        (Settings(), "registre", {"scout"}),
        (acknowledged, None, {"scout", "registre", "ocr"}),
        (acknowledged, "registre", {"scout", "registre"}),
        (acknowledged, "ocr", {"scout", "ocr"}),
    )
    for settings, only, expected in cases:
        crew = children.crew([access], settings, only)
        assert {spec.kind for spec in crew.specs} == expected
        said = any("automation_acknowledged" in notice for notice in crew.notices)
        assert said == (settings is not acknowledged and only != "ocr")


def test_a_pool_without_environments_buys_from_the_replica_with_invented_money() -> None:
    adapted = environments.on_replica(Settings(), "http://127.0.0.1:1234/Sirf/")
    assert adapted.foncier.url == "http://127.0.0.1:1234/Sirf/"
    assert adapted.foncier.allowed
    assert adapted.money.land_cents_a_day > 0


def test_an_environment_without_a_place_for_documents_is_exit_78_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[environments.prod]\ndatabase_url = "postgresql://u:s3cret@127.0.0.1/x"\n'
    )
    answer = command("run", folder=tmp_path)
    assert answer.returncode == 78
    assert "environments.prod has no place for documents" in answer.stderr
    assert "PROD_SUPABASE_URL" in answer.stderr
    assert "s3cret" not in answer.stderr + answer.stdout


def test_without_the_embedded_servers_run_says_what_to_install(open_folder: Path) -> None:
    settings = (f"pool.data_folder={open_folder}", f"local.postgres_folder={open_folder / 'none'}")
    answer = command("--set", settings[0], "--set", settings[1], "run", folder=open_folder)
    assert answer.returncode == 78, answer.stderr
    assert str(open_folder / "none") in answer.stderr


def test_without_environments_run_starts_the_stack_and_stops_it_in_the_end(open_folder: Path) -> None:
    here = ("--set", f"pool.data_folder={open_folder}")
    process = subprocess.Popen(
        [sys.executable, "-m", "poolmgr", *here, "run"],
        cwd=open_folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: command(*here, "status", folder=open_folder).returncode == 0, 30, "the pool's answer")
        assert stack.status(open_folder).running
        assert psutil.Process(process.pid).children(recursive=True)
        names = {child.name() for child in psutil.Process(process.pid).children(recursive=True)}
        assert not names & {"postgres", "valkey-server"}, "the servers must not be below the pool"
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    assert not stack.status(open_folder).running


def test_every_key_that_is_a_secret_is_masked_in_what_is_said() -> None:
    tables: dict[str, dict[str, object]] = {}
    for key in all_keys().values():
        if key.secret and not key.table.startswith("environments."):
            scheme = "wss" if key.name == "cdp_url" else "redis"
            tables.setdefault(key.table, {})[key.name] = f"{scheme}://secret-of-{key.name}"
    environment = {
        "supabase_url": "https://p.supabase.co",
        "service_key": "secret-key",
        "database_url": "postgresql://u:x@h/d",
    }
    given = Settings.model_validate({**tables, "environments": {"prod": environment}})
    hidden = secrets(given)
    held = [str(value) for table in tables.values() for value in table.values()]
    assert len(held) >= 3, "Redis, and the login of the RDPRM"
    assert {*held, "secret-key", "postgresql://u:x@h/d"} <= set(hidden)


def test_passwords_are_secrets_of_their_own_as_written_and_as_sent() -> None:
    settings = Settings(
        redis=RedisSettings(url=SecretStr("redis://:redis-pass@host:6379/0")),
        environments={
            "prod": EnvironmentSettings(database_url=SecretStr("postgresql://u:p%40ss@host/db")),
            "dev": EnvironmentSettings(database_url=SecretStr("host=h password='two words' user=u")),
        },
    )
    found = secrets(settings)
    assert {"redis-pass", "p%40ss", "p@ss", "two words"} <= set(found)
    assert "" not in found
