import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from poolmgr.domain.errors import StoreUnreachable
from poolmgr.local import accounts, processes, sockets, valkey
from tests.clusters import VALKEY
from tests.waiting import until

SECONDS = 20.0


@pytest.fixture
def server(open_folder: Path) -> Iterator[valkey.Server]:
    account = accounts.choose(open_folder / "valkey")
    place = sockets.prepare(open_folder / "sockets", account)
    made = valkey.Server(folder=open_folder / "valkey", sockets=place, account=account)
    yield made
    valkey.stop(made.folder, timeout_seconds=SECONDS)


@pytest.fixture
def client(server: valkey.Server) -> Iterator[redis.Redis]:
    opened = redis.Redis.from_url(server.url, decode_responses=True)
    yield opened
    opened.close()


def start(server: valkey.Server) -> bool:
    return valkey.start(server, VALKEY, timeout_seconds=SECONDS)


def running(server: valkey.Server) -> psutil.Process:
    found = valkey.process(server.folder)
    assert found is not None
    return found


def test_a_new_server_answers_and_runs_lua(server: valkey.Server, client: redis.Redis) -> None:
    assert start(server)
    assert client.eval("return redis.call('incrby', KEYS[1], 5)", 1, "count") == 5


def test_a_second_start_adopts_the_running_server(server: valkey.Server) -> None:
    start(server)
    first = running(server).pid
    assert not start(server)
    assert running(server).pid == first


def test_nobody_else_reaches_it(server: valkey.Server) -> None:
    start(server)
    for folder in (server.folder, server.sockets):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
    process = running(server)
    assert process.net_connections(kind="inet") == []
    assert set(process.uids()) == {server.account.uid} != {0}


def test_it_is_a_leader_of_its_own_session(server: valkey.Server) -> None:
    start(server)
    pid = running(server).pid
    assert os.getsid(pid) == pid
    assert pid not in [child.pid for child in psutil.Process().children(recursive=True)]


def test_nothing_is_kept_on_disk(server: valkey.Server, client: redis.Redis) -> None:
    start(server)
    client.set("secret", "counter")
    valkey.stop(server.folder, timeout_seconds=SECONDS)
    assert {file.name for file in server.folder.iterdir()} <= {"log", "pid"}
    start(server)
    assert client.get("secret") is None


def test_it_starts_again_after_it_was_killed(server: valkey.Server, client: redis.Redis) -> None:
    start(server)
    killed = running(server)
    killed.send_signal(signal.SIGKILL)
    until(lambda: not processes.alive(killed))
    assert server.socket.exists()
    assert start(server)
    assert client.ping()


def test_a_pid_that_is_another_process_now_is_left_alone(server: valkey.Server) -> None:
    start(server)
    valkey.stop(server.folder, timeout_seconds=SECONDS)
    pid_file = server.folder / valkey.PID_FILE
    pid_file.write_text(f"{os.getpid()}\n")
    os.chown(pid_file, server.account.uid, server.account.gid)
    assert valkey.process(server.folder) is None
    assert not valkey.stop(server.folder, timeout_seconds=SECONDS)
    assert start(server)


def test_a_server_that_does_not_answer_is_replaced(server: valkey.Server, client: redis.Redis) -> None:
    start(server)
    frozen = running(server)
    frozen.send_signal(signal.SIGSTOP)
    assert valkey.start(server, VALKEY, timeout_seconds=2)
    assert not processes.alive(frozen)
    assert client.ping()


def test_stopping_twice_is_no_error(server: valkey.Server) -> None:
    start(server)
    assert valkey.stop(server.folder, timeout_seconds=SECONDS)
    assert not valkey.stop(server.folder, timeout_seconds=SECONDS)


def test_a_start_that_fails_shows_what_the_program_said(server: valkey.Server) -> None:
    with pytest.raises(StoreUnreachable, match=r"Valkey did not start:\n.*unlink"):
        valkey.start(server, Path("/bin/unlink"), timeout_seconds=SECONDS)
