import subprocess
import sys
from pathlib import Path

import psutil
from pydantic import SecretStr

from poolmgr.cli.service import secrets
from poolmgr.config.settings import EnvironmentSettings, RedisSettings, Settings
from poolmgr.local import stack
from tests.cli.conftest import Verb
from tests.pools import command, environment
from tests.waiting import until


def test_only_registre_says_that_there_is_none_yet(verb: Verb) -> None:
    answer = verb("run", "--only", "registre")
    assert answer.returncode == 78
    assert "no registre children" in answer.stderr


def test_an_environment_without_a_direct_way_is_exit_78_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[environments.prod]\nsupabase_url = "https://x.supabase.co"\nservice_key = "s3cret-key"\n'
    )
    answer = command("run", folder=tmp_path)
    assert answer.returncode == 78
    assert "environments.prod has no database_url" in answer.stderr
    assert "PROD_DATABASE_URL" in answer.stderr
    assert "s3cret-key" not in answer.stderr + answer.stdout


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
