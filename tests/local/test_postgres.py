import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from poolmgr.domain.errors import NotAvailable, StoreUnreachable
from poolmgr.local import accounts, failures, postgres, processes, programs, sockets
from poolmgr.local.programs import Postgres
from tests.clusters import FAST, VERSIONS, Clusters, copy_data
from tests.waiting import until

SECONDS = 20.0


EVERY_VERSION = pytest.mark.parametrize(
    "version", VERSIONS, indirect=True, ids=lambda version: f"pg{version.major}"
)


@pytest.fixture
def version(request: pytest.FixtureRequest) -> Postgres:
    """The preferred one; each in turn for a test marked EVERY_VERSION."""
    found: Postgres = getattr(request, "param", VERSIONS[0])
    return found


def make_server(folder: Path) -> postgres.Server:
    account = accounts.choose(folder / "postgres")
    place = sockets.prepare(folder / "sockets", account)
    return postgres.Server(folder=folder / "postgres", sockets=place, account=account, settings=FAST)


@pytest.fixture
def server(open_folder: Path) -> Iterator[postgres.Server]:
    made = make_server(open_folder)
    yield made
    postgres.stop(made.folder, timeout_seconds=SECONDS)


@pytest.fixture
def made(clusters: Clusters, server: postgres.Server, version: Postgres) -> postgres.Server:
    """Not started; with the data of an earlier run, which is quicker than initdb."""
    accounts.own_folder(server.account, server.folder)
    copy_data(clusters.seed(version), server.folder)
    return server


@pytest.fixture
def executable_folder() -> Iterator[Path]:
    """Memory file systems are often mounted noexec."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def start(server: postgres.Server, version: Postgres) -> bool:
    return postgres.start(server, version, timeout_seconds=SECONDS)


def running(server: postgres.Server) -> psutil.Process:
    found = postgres.process(server.folder)
    assert found is not None
    return found


def ask(server: postgres.Server, question: bytes) -> object:
    with psycopg.connect(server.superuser_url) as connection:
        row = connection.execute(question).fetchone()
        assert row is not None
        return row[0]


@EVERY_VERSION
def test_a_new_server_answers_in_utf_8_as_its_superuser(server: postgres.Server, version: Postgres) -> None:
    assert start(server, version)
    assert ask(server, b"show server_encoding") == "UTF8"
    assert ask(server, b"select rolname::text from pg_roles where rolsuper") == "supabase_admin"
    assert str(ask(server, b"show server_version")).startswith(str(version.major))


def test_fsync_stays_on_unless_told_otherwise(made: postgres.Server, version: Postgres) -> None:
    start(replace(made, settings={}), version)
    assert ask(made, b"show fsync") == "on"


@EVERY_VERSION
def test_a_second_start_adopts_the_running_server(made: postgres.Server, version: Postgres) -> None:
    start(made, version)
    first = running(made).pid
    assert not start(made, version)
    assert running(made).pid == first


def test_nobody_else_reaches_it(made: postgres.Server, version: Postgres) -> None:
    start(made, version)
    for folder in (made.folder, made.data, made.sockets):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == made.account.uid
    assert running(made).net_connections(kind="tcp") == []


def test_it_never_runs_as_root_and_root_lends_it_no_group(made: postgres.Server, version: Postgres) -> None:
    start(made, version)
    process = running(made)
    assert set(process.uids()) == {made.account.uid}
    assert made.account.uid != 0
    assert made.account.lent == (os.geteuid() == 0)
    groups = Path(f"/proc/{process.pid}/status").read_text().partition("Groups:")[2].splitlines()[0].split()
    assert "0" not in groups


@EVERY_VERSION
def test_it_starts_again_after_its_postmaster_was_killed(made: postgres.Server, version: Postgres) -> None:
    start(made, version)
    with psycopg.connect(made.superuser_url) as connection:
        connection.execute("create table kept as select 7 as seven")
    killed = running(made)
    killed.send_signal(signal.SIGKILL)
    until(lambda: not processes.alive(killed))
    assert start(made, version)
    assert ask(made, b"select seven from kept") == 7


@EVERY_VERSION
def test_it_starts_over_pid_files_whose_pid_is_another_process_now(
    made: postgres.Server, version: Postgres
) -> None:
    start(made, version)
    pid_file, lock = made.data / "postmaster.pid", made.sockets / ".s.PGSQL.5432.lock"
    written = pid_file.read_text(), lock.read_text()
    owner = made.data.stat()
    assert postgres.stop(made.folder, timeout_seconds=SECONDS)
    user = made.account.uid if made.account.lent else None
    with subprocess.Popen(["sleep", "50"], user=user, cwd="/") as stranger:
        for file, text in zip((pid_file, lock), written, strict=True):
            file.write_text("\n".join([str(stranger.pid), *text.splitlines()[1:]]) + "\n")
            os.chown(file, owner.st_uid, owner.st_gid)
        assert start(made, version)
        assert stranger.poll() is None
        stranger.kill()
    assert ask(made, b"select 1") == 1


@pytest.mark.parametrize("text", ["", "no number\n", "4194303\n/nowhere\n1\n5432\n\n\n1 1\nready\n"])
def test_it_starts_over_a_pid_file_that_tells_of_nothing(
    made: postgres.Server, version: Postgres, text: str
) -> None:
    start(made, version)
    owner = made.data.stat()
    postgres.stop(made.folder, timeout_seconds=SECONDS)
    (made.data / "postmaster.pid").write_text(text)
    os.chown(made.data / "postmaster.pid", owner.st_uid, owner.st_gid)
    assert start(made, version)


def test_a_server_whose_socket_vanished_is_replaced(made: postgres.Server, version: Postgres) -> None:
    start(made, version)
    first = running(made)
    (made.sockets / ".s.PGSQL.5432").unlink()
    assert start(made, version)
    assert not processes.alive(first)
    assert ask(made, b"select 1") == 1


def test_a_frozen_server_is_not_adopted_and_can_be_stopped(made: postgres.Server, version: Postgres) -> None:
    start(made, version)
    frozen = running(made)
    frozen.send_signal(signal.SIGSTOP)
    with pytest.raises(StoreUnreachable, match=f"process {frozen.pid} but does not answer"):
        postgres.start(made, version, timeout_seconds=0.5)
    assert postgres.stop(made.folder, timeout_seconds=0.5)
    assert not processes.alive(frozen)
    assert processes.everyone("postgres", made.data) == []


def test_stopping_twice_is_no_error(made: postgres.Server, version: Postgres) -> None:
    start(made, version)
    assert postgres.stop(made.folder, timeout_seconds=SECONDS)
    assert not postgres.stop(made.folder, timeout_seconds=SECONDS)


def test_a_data_folder_that_was_not_finished_is_made_anew(server: postgres.Server) -> None:
    accounts.own_folder(server.account, server.folder)
    (server.folder / "data.new").mkdir()
    (server.folder / "data.new" / "half").write_text("of a cluster")
    assert start(server, VERSIONS[0])
    assert not (server.data / "half").exists()


def test_data_of_another_major_version_are_left_alone(made: postgres.Server, version: Postgres) -> None:
    start(made, version)
    postgres.stop(made.folder, timeout_seconds=SECONDS)
    (made.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(NotAvailable, match="was written by PostgreSQL 9") as raised:
        start(made, version)
    assert "local.postgres_folder" in raised.value.advice


def test_a_start_that_fails_shows_the_last_lines_of_the_log(server: postgres.Server) -> None:
    with pytest.raises(StoreUnreachable, match="shared_buffers") as raised:
        start(replace(server, settings={"shared_buffers": "plenty"}), VERSIONS[0])
    assert str(server.log) in raised.value.advice


def test_a_folder_whose_name_a_shell_would_read_is_refused(
    server: postgres.Server, open_folder: Path
) -> None:
    with pytest.raises(NotAvailable, match="cannot be started"):
        start(replace(server, folder=open_folder / "$(id)"), VERSIONS[0])


def test_a_folder_with_spaces_and_accents_is_fine(open_folder: Path) -> None:
    (open_folder / "données d'essai").mkdir(mode=0o711)
    server = make_server(open_folder / "données d'essai")
    assert start(server, VERSIONS[0])
    assert ask(server, b"select 1") == 1
    postgres.stop(server.folder, timeout_seconds=SECONDS)


def test_the_package_still_works_from_the_copy_made_for_an_account_that_cannot_reach_it(
    server: postgres.Server, executable_folder: Path
) -> None:
    package = programs.package_folder(programs.POSTGRES_PACKAGE)
    assert package is not None
    programs.copy_postgres(package, executable_folder / "copy")
    copied = programs.read_postgres(
        executable_folder / "copy" / programs.POSTGRES_PACKAGE / "pginstall" / "bin"
    )
    assert start(server, copied)
    assert running(server).exe().startswith(str(executable_folder))


def test_the_packages_are_found_without_importing_them() -> None:
    assert programs.every_postgres()
    assert programs.POSTGRES_PACKAGE not in sys.modules


def test_data_choose_the_version_that_reads_them() -> None:
    for version in VERSIONS:
        assert programs.postgres("", version.major).version == version.version
    with pytest.raises(NotAvailable, match="PostgreSQL 9 wrote the data"):
        programs.postgres("", 9)


def test_a_configured_folder_without_the_programs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match="no initdb and no pg_ctl and no postgres") as raised:
        programs.every_postgres(str(tmp_path))
    assert "local.postgres_folder" in raised.value.advice


def test_where_nothing_is_installed_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(programs, "POSTGRES_PACKAGE", "no_such_package")
    monkeypatch.setattr(programs, "VALKEY_PACKAGE", "no_such_package")
    monkeypatch.setattr(programs, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    for search in (programs.every_postgres, programs.valkey):
        with pytest.raises(NotAvailable) as raised:
            search()
        assert "pip install 'registre-pool[local]'" in raised.value.advice


def test_a_closed_parent_folder_is_named_with_the_way_out(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0)
    with pytest.raises(NotAvailable, match=f"may not enter {closed}") as raised:
        accounts.require_reach(accounts.choose(open_folder / "new"), closed / "data")
    closed.chmod(0o700)
    assert "pool.data_folder" in raised.value.advice


def test_a_full_disk_is_called_one() -> None:
    with pytest.raises(NotAvailable, match="No space left") as raised, failures.writing(Path("/dev")):
        Path("/dev/full").write_text("more")
    assert "disk is full" in raised.value.advice
