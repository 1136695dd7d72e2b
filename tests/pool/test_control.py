"""The control socket under well and badly behaved clients."""

import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import orjson
import pytest

from poolmgr.domain.children import ChildStart
from poolmgr.domain.errors import ConfigError, NotRunning, PoolError
from poolmgr.domain.json import text
from poolmgr.pool.control import MOST_CLIENTS, ask
from tests.pool import targets
from tests.pool.running import RunningPool, quick_settings, running, spec
from tests.waiting import until

SLOW_CLIENTS = 200


@contextmanager
def one_child(folder: Path) -> Iterator[RunningPool]:
    with running(folder, lambda settings: [spec("ocr-1", targets.obedient(folder))]) as pool:
        pool.wait_ready(1)
        yield pool


def connected(pool: RunningPool, stack: ExitStack) -> socket.socket:
    end = stack.enter_context(socket.socket(socket.AF_UNIX))
    end.connect(str(pool.folder / "c.sock"))
    end.settimeout(10)
    return end


def test_only_its_own_user_may_connect(tmp_path: Path) -> None:
    with one_child(tmp_path):
        assert (tmp_path / "c.sock").stat().st_mode & 0o777 == 0o600


def test_an_unknown_word_and_nonsense_get_an_error_and_the_line_stays_open(tmp_path: Path) -> None:
    with one_child(tmp_path) as pool, ExitStack() as stack:
        assert "'fly' is not a word" in text(pool.ask("fly"), "error")
        end = connected(pool, stack)
        end.sendall(b'\xff\xfe\n{"word":3}\n\n{"word":"status"}\n')
        answers = [orjson.loads(line) for line in read_lines(end, 4)]
        assert [text(answer, "error")[:14] for answer in answers[:3]] == ["Not a question"] * 3
        assert answers[3]["pid"] == pool.pid


def read_lines(end: socket.socket, count: int) -> list[bytes]:
    data = b""
    while data.count(b"\n") < count:
        chunk = end.recv(65_536)
        assert chunk, "hung up"
        data += chunk
    return data.splitlines()


def test_two_hundred_clients_that_say_half_a_word_do_not_slow_an_answer(tmp_path: Path) -> None:
    with one_child(tmp_path) as pool, ExitStack() as stack:
        for number in range(SLOW_CLIENTS):
            connected(pool, stack).sendall(b'{"word":"sta' if number % 2 else b"")
        seconds = [timed(pool) for _ in range(20)]
        assert statistics.median(seconds) < 0.1


def timed(pool: RunningPool) -> float:
    began = time.perf_counter()
    pool.status()
    return time.perf_counter() - began


def test_more_clients_than_places_cost_the_oldest_and_not_the_newest(tmp_path: Path) -> None:
    with one_child(tmp_path) as pool, ExitStack() as stack:
        first = connected(pool, stack)
        for _ in range(MOST_CLIENTS):
            connected(pool, stack)
        assert pool.status()["pid"] == pool.pid
        assert first.recv(10) == b""


def test_a_client_that_asks_and_never_reads_is_dropped(tmp_path: Path) -> None:
    with one_child(tmp_path) as pool, ExitStack() as stack:
        end = connected(pool, stack)

        def is_dropped() -> bool:
            try:
                end.send(b'{"word":"status"}\n' * 20)
            except OSError:
                return True
            return False

        end.setblocking(True)
        until(is_dropped, 20, "the end of patience")
        assert pool.status()["pid"] == pool.pid


def test_a_line_without_end_is_dropped(tmp_path: Path) -> None:
    with one_child(tmp_path) as pool, ExitStack() as stack:
        end = connected(pool, stack)

        def is_dropped() -> bool:
            try:
                end.send(b"x" * 1000)
            except OSError:
                return True
            return False

        until(is_dropped, 10, "the end of patience")
        assert pool.status()["pid"] == pool.pid


def test_a_stale_socket_is_replaced_and_a_living_pool_is_not(tmp_path: Path) -> None:
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(tmp_path / "c.sock"))
    stale.close()
    with one_child(tmp_path) as pool:
        (tmp_path / "second").mkdir()
        settings = quick_settings(tmp_path)
        with running(tmp_path / "second", lambda settings: [], settings) as second:
            second.exit_code()
            failure = (tmp_path / "second" / "failure").read_text()
        assert failure.startswith(f"PoolError: A pool is already running with pid {pool.pid}")
        assert pool.status()["pid"] == pool.pid


def test_something_else_at_the_sockets_path_is_left_there(tmp_path: Path) -> None:
    (tmp_path / "c.sock").write_text("precious")
    with running(tmp_path, lambda settings: []) as pool:
        pool.exit_code()
        assert "ConfigError: The control socket cannot be made" in (tmp_path / "failure").read_text()
    assert (tmp_path / "c.sock").read_text() == "precious"


def test_asking_where_no_pool_is_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="No pool answers"):
        ask(tmp_path / "c.sock", "status", 1.0)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "c.sock"))
        with pytest.raises(NotRunning, match="No pool answers"):
            ask(tmp_path / "c.sock", "status", 1.0)
        deaf.listen()
        with pytest.raises(NotRunning, match=r"no answer within 0\.2 s"):
            ask(tmp_path / "c.sock", "status", 0.2)


def test_something_that_is_no_pool_is_told_apart(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "c.sock"))
        other.listen()

        def reply() -> None:
            end, _ = other.accept()
            with end:
                end.recv(100)
                end.sendall(b"220 smtp ready\n")

        thread = threading.Thread(target=reply)
        thread.start()
        with pytest.raises(PoolError, match="is not a pool"):
            ask(tmp_path / "c.sock", "status", 5.0)
        thread.join()


def test_errors_of_the_socket_are_of_the_kinds_the_command_line_knows() -> None:
    assert (NotRunning.exit_code, PoolError.exit_code, ConfigError.exit_code) == (3, 1, 78)


@pytest.mark.proof
def test_status_answers_within_a_tenth_of_a_second_under_load(tmp_path: Path) -> None:
    def chatty(start: ChildStart) -> int:
        targets.say(start, "ready")
        while True:
            targets.say(start, "event", event="noise", fields={"of": "a child that never stops"})
            targets.say(start, "beat", state="idle", jobs=0)

    def crash_after_ready(start: ChildStart) -> int:
        targets.say(start, "ready")
        return 1

    specs = [spec(f"ocr-{n}", targets.obedient(tmp_path)) for n in range(6)]
    specs += [spec("chatty", chatty), spec("crashing", crash_after_ready)]
    with running(tmp_path, lambda settings: specs) as pool, ExitStack() as stack:
        pool.wait_ready(6)
        for _ in range(SLOW_CLIENTS):
            connected(pool, stack).sendall(b'{"word":"sta')
        seconds = sorted(timed(pool) for _ in range(500))
        assert seconds[int(len(seconds) * 0.99)] < 0.1
