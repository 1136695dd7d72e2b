import fcntl
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from poolmgr.config.settings import LocalSettings
from poolmgr.domain.errors import NotAvailable, StoreUnreachable
from poolmgr.local import accounts, processes, sockets, stack
from poolmgr.local.replica import server as replica
from poolmgr.local.replica.accounts import ACCOUNTS
from poolmgr.local.replica.control import Replica
from tests.waiting import until

SETTINGS = LocalSettings()
SERVERS = (
    ("postgres", "postgres/data"),
    ("valkey-server", "valkey"),
    (replica.PROCESS, "replica"),
)
UP = """
import os, sys, psutil
from pathlib import Path
from poolmgr.config.settings import LocalSettings
from poolmgr.local import stack
up = stack.up(Path(sys.argv[1]), LocalSettings())
print(os.getsid(0), up.started, len(psutil.Process().children(recursive=True)))
"""


@pytest.fixture
def data_folder(open_folder: Path) -> Iterator[Path]:
    yield open_folder
    stack.down(open_folder)


def up_elsewhere(data_folder: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", UP, str(data_folder)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_up_gives_a_migrated_database_owned_by_no_superuser(data_folder: Path) -> None:
    endpoints = stack.up(data_folder, SETTINGS)
    assert endpoints.started
    with psycopg.connect(endpoints.database_url) as connection:
        row = connection.execute(
            "select current_user::text, rolsuper, (select count(*) > 0 from public.pool_migrations)"
            " from pg_roles where rolname = current_user"
        ).fetchone()
    assert row == ("postgres", False, True)
    client = redis.Redis.from_url(endpoints.redis_url)
    assert client.ping()
    client.close()
    assert stat.S_IMODE(endpoints.documents_folder.stat().st_mode) == 0o700
    assert Replica(endpoints.registry_url).till().sales == []


def test_up_twice_adopts_what_runs_and_says_only_what_it_did(data_folder: Path) -> None:
    first: list[str] = []
    again: list[str] = []
    stack.up(data_folder, SETTINGS, say=first.append)
    running = stack.status(data_folder)
    endpoints = stack.up(data_folder, SETTINGS, say=again.append)
    assert not endpoints.started
    assert stack.status(data_folder) == running
    assert any("PostgreSQL" in line for line in first)
    assert again == []


def test_down_twice_is_no_error_and_the_data_stay(data_folder: Path) -> None:
    endpoints = stack.up(data_folder, SETTINGS)
    with psycopg.connect(endpoints.database_url) as connection:
        connection.execute("create table kept as select 7 as seven")
    before = stack.status(data_folder)
    assert stack.down(data_folder)
    assert not stack.down(data_folder)
    assert not any(processes.everyone(name, data_folder / "local" / folder) for name, folder in SERVERS)
    stack.up(data_folder, SETTINGS)
    assert stack.status(data_folder).database_url == before.database_url
    with psycopg.connect(endpoints.database_url) as connection:
        assert connection.execute("select seven from kept").fetchone() == (7,)


def test_status_tells_what_runs(data_folder: Path) -> None:
    assert not stack.status(data_folder).running
    endpoints = stack.up(data_folder, SETTINGS)
    status = stack.status(data_folder)
    assert status.running
    assert (status.database_url, status.redis_url) == (endpoints.database_url, endpoints.redis_url)
    assert status.postgres_pid is not None
    victim = psutil.Process(status.postgres_pid)
    victim.send_signal(signal.SIGKILL)
    until(lambda: not processes.alive(victim))
    status = stack.status(data_folder)
    assert not status.running
    assert status.postgres_pid is None
    assert status.valkey_pid is not None
    assert status.replica_pid is not None
    assert status.registry_url == endpoints.registry_url
    assert stack.up(data_folder, SETTINGS).started


def test_a_replica_that_is_gone_is_started_again(data_folder: Path) -> None:
    endpoints = stack.up(data_folder, SETTINGS)
    assert replica.stop(data_folder / "local" / "replica", timeout_seconds=20)
    status = stack.status(data_folder)
    assert not status.running
    assert (status.replica_pid, status.registry_url) == (None, None)
    again = stack.up(data_folder, SETTINGS)
    assert (again.started, again.registry_url) == (True, endpoints.registry_url)


def test_the_accounts_of_the_replica_are_in_the_table_once_and_keep_what_became_of_them(
    data_folder: Path,
) -> None:
    endpoints = stack.up(data_folder, SETTINGS)
    with psycopg.connect(endpoints.database_url) as connection:
        connection.execute("update worker_accounts set is_active = false where username = 'replica-2'")
    stack.up(data_folder, SETTINGS)
    with psycopg.connect(endpoints.database_url) as connection:
        rows = connection.execute(
            "select username, password, is_active from worker_accounts order by username"
        ).fetchall()
    assert rows == [(a.username, a.password, a.username != "replica-2") for a in ACCOUNTS]


def test_the_replica_sells_the_samples_that_it_was_started_with(data_folder: Path) -> None:
    stack.up(data_folder, SETTINGS, samples=stack.Samples(seed=9, jobs=21))
    process = replica.process(data_folder / "local" / "replica")
    assert process is not None
    words = process.cmdline()
    assert words[words.index("--seed") + 1] == "9"
    assert words[words.index("--jobs") + 1] == "21"


def test_the_stack_outlives_the_command_that_started_it_in_sessions_of_its_own(data_folder: Path) -> None:
    with up_elsewhere(data_folder) as command:
        output, _ = command.communicate(timeout=50)
    session, started, children = output.split()
    assert (started, children) == ("True", "0")
    status = stack.status(data_folder)
    assert status.postgres_pid is not None
    assert status.valkey_pid is not None
    assert status.replica_pid is not None
    for pid in (status.postgres_pid, status.valkey_pid, status.replica_pid):
        assert os.getsid(pid) == pid
        assert os.getsid(pid) not in (int(session), os.getsid(0))


def test_two_ups_at_once_start_one_stack(data_folder: Path) -> None:
    with up_elsewhere(data_folder) as one, up_elsewhere(data_folder) as other:
        outputs = [command.communicate(timeout=50)[0].split()[1] for command in (one, other)]
    assert sorted(outputs) == ["False", "True"]
    for name, folder in (("valkey-server", "valkey"), (replica.PROCESS, "replica")):
        assert len(processes.everyone(name, data_folder / "local" / folder)) == 1


def test_a_lock_that_another_command_keeps_is_reported(data_folder: Path) -> None:
    (data_folder / "local").mkdir(mode=0o711)
    with (data_folder / "local" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with (
            pytest.raises(StoreUnreachable, match="Another command holds"),
            stack.locked(data_folder / "local", timeout_seconds=0.2),
        ):
            pass


def test_a_folder_too_deep_for_a_socket_gets_a_short_one_that_goes_with_down(open_folder: Path) -> None:
    deep = open_folder.joinpath(*["a-folder-with-a-long-name"] * 5)
    deep.mkdir(mode=0o711, parents=True)
    for folder in deep.relative_to(open_folder).parents:
        (open_folder / folder).chmod(0o711)
    endpoints = stack.up(deep, SETTINGS)
    with psycopg.connect(endpoints.database_url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert stack.up(deep, SETTINGS).database_url == endpoints.database_url
    short = sockets.place(deep / "local" / "sockets")
    assert stat.S_IMODE(short.stat().st_mode) == 0o700
    assert sockets.fits(short)
    assert stack.down(deep)
    assert not short.exists()


def test_a_short_socket_folder_that_somebody_else_made_is_not_used(open_folder: Path) -> None:
    account = accounts.choose(open_folder / "postgres")
    folder = open_folder / ("long" * 25) / "sockets"
    folder.parent.mkdir()
    theirs = open_folder / "registre-pool-theirs"
    theirs.mkdir()
    theirs.chmod(0o777)
    folder.symlink_to(theirs)
    ours = sockets.prepare(folder, account)
    assert ours != theirs
    assert sockets.place(folder) == ours
    sockets.remove(folder)
    assert not ours.exists()


def test_a_folder_that_cannot_be_written_is_refused_with_the_way_out() -> None:
    with pytest.raises(NotAvailable, match="cannot be written") as raised:
        stack.up(Path("/proc/registre-pool"), SETTINGS)
    assert "pool.data_folder" in raised.value.advice
