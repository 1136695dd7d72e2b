"""The table of docs/signals.md, row by row, against a real pool."""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from poolmgr.domain.json import text
from tests.pool import targets
from tests.pool.running import RunningPool, is_alive, quick_settings, running, spec
from tests.pool.test_reloads import from_file, start_with
from tests.waiting import until

TABLE = Path(__file__).parents[2] / "docs" / "signals.md"


def rows() -> list[str]:
    """The first column of the table."""
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| SIG")]
    return [line.split("|")[1].strip() for line in lines]


def drains(pool: RunningPool) -> None:
    assert pool.exit_code() == 0
    assert all(event["crashed"] is False for event in pool.events("child.exited"))
    assert [event["name"] for event in pool.events("child.exited")][-1] == "scout"


def on_sigterm(pool: RunningPool) -> None:
    pool.signal(signal.SIGTERM)
    drains(pool)


def on_sigint(pool: RunningPool) -> None:
    pool.signal(signal.SIGINT)
    drains(pool)


def on_sigterm_twice(pool: RunningPool) -> None:
    worker = text(pool.child("ocr-2"), "worker")
    pool.signal(signal.SIGTERM)
    until(lambda: pool.status()["state"] == "draining", what="the drain")
    pool.signal(signal.SIGTERM)
    drains(pool)
    assert [text(one, "word") for one in pool.heard(worker) if text(one, "word") != "calm"][-2:] == [
        "drain",
        "stop",
    ]


def on_sigquit(pool: RunningPool) -> None:
    pids = [pool.pid_of(name) for name in ("scout", "ocr-1", "ocr-2")]
    pool.signal(signal.SIGQUIT)
    assert pool.exit_code() == 1
    assert not any(map(is_alive, pids))


def on_sighup(pool: RunningPool) -> None:
    pool.signal(signal.SIGHUP)
    until(lambda: pool.events("pool.reloaded"), what="the reload")
    assert pool.status()["state"] == "running"


def on_sigusr1(pool: RunningPool) -> None:
    pids = [pool.pid_of(name) for name in ("scout", "ocr-1", "ocr-2")]
    pool.signal(signal.SIGUSR1)
    assert pool.exit_code() == -signal.SIGUSR1
    until(lambda: not any(map(is_alive, pids)), 5, "the end of the children")


def on_sigkill(pool: RunningPool) -> None:
    pids = [pool.pid_of(name) for name in ("scout", "ocr-1", "ocr-2")]
    pool.signal(signal.SIGKILL)
    assert pool.exit_code() == -signal.SIGKILL
    until(lambda: not any(map(is_alive, pids)), 5, "the end of the children")


def on_sigstop(pool: RunningPool) -> None:
    before = {row["worker"] for row in pool.children()}
    pool.signal(signal.SIGSTOP)
    until(lambda: state_of(pool.pid) == "T", what="the standstill")
    pool.signal(signal.SIGCONT)
    assert {row["worker"] for row in pool.children()} == before
    assert pool.status()["state"] == "running"


def state_of(pid: int) -> str:
    line = Path(f"/proc/{pid}/stat").read_text()
    return line[line.rindex(")") + 2]


WALK: dict[str, Callable[[RunningPool], None]] = {
    "SIGTERM": on_sigterm,
    "SIGINT": on_sigint,
    "SIGTERM twice": on_sigterm_twice,
    "SIGQUIT": on_sigquit,
    "SIGHUP": on_sighup,
    "SIGUSR1": on_sigusr1,
    "SIGKILL": on_sigkill,
    "SIGSTOP": on_sigstop,
}
ELSEWHERE = {
    "SIGHUP without terminal": "test_departure.test_a_terminal_that_vanishes_means_drain_and_not_reload",
    "SIGHUP under nohup": "test_reloads.test_a_pool_under_nohup_ignores_the_hangup_and_reloads_by_its_socket",
}


@pytest.mark.parametrize("row", rows())
def test_a_row_of_the_table_is_what_happens(row: str, tmp_path: Path) -> None:
    if row in ELSEWHERE:
        module, _, name = ELSEWHERE[row].partition(".")
        assert f"def {name}(" in (Path(__file__).parent / f"{module}.py").read_text()
        return
    settings = start_with(tmp_path, 2)
    specs = [
        spec("scout", targets.scout(tmp_path), kind="scout"),
        spec("ocr-1", targets.obedient(tmp_path)),
        spec("ocr-2", targets.busy(tmp_path, leaves_on=("stop",) if "twice" in row else ("drain", "stop"))),
    ]
    with running(tmp_path, lambda _: specs, settings, reload=from_file(tmp_path)) as pool:
        pool.wait_ready(3)
        WALK[row](pool)


def test_a_drain_tells_systemd_how_far_it_is_and_to_wait_for_it(tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(address))
        end.settimeout(0.2)
        settings = quick_settings(tmp_path, drain_seconds=2, paid_drain_seconds=3)
        specs = [spec("ocr-1", targets.busy(tmp_path))]

        def speak() -> None:
            os.environ["NOTIFY_SOCKET"] = str(address)

        with running(tmp_path, lambda _: specs, settings, before=speak) as pool:
            pool.wait_ready(1)
            until(lambda: pool.child("ocr-1")["state"] == "busy", what="a job in hand")
            pool.signal(signal.SIGTERM)
            pool.exit_code()
        lines = "\n".join(datagrams(end)).splitlines()
    assert "STOPPING=1" in lines
    assert "STATUS=draining: 1 children left, 1 jobs in hand, at most 2 s more" in lines
    extended = [
        int(line.partition("=")[2]) / 1e6 for line in lines if line.startswith("EXTEND_TIMEOUT_USEC=")
    ]
    assert len(extended) >= 2, "said again before it is over"
    assert 2 + 2 <= extended[0] <= 2 + 2 + 11, "the drain, what a kill takes, and a margin"


def datagrams(end: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(end.recv(4096).decode())
        except TimeoutError:
            return found
