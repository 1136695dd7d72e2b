"""What systemd is told, over a real datagram socket."""

import os
import socket
from pathlib import Path

import pytest

from poolmgr.telemetry.events import Event, subscribe
from poolmgr.telemetry.systemd import Notifier


@pytest.mark.parametrize("abstract", [True, False])
def test_each_word_is_one_datagram(tmp_path: Path, abstract: bool) -> None:
    name = f"registre-pool-{os.getpid()}"
    address = f"@{name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{name}" if abstract else address)
        notifier = Notifier.from_environ({"NOTIFY_SOCKET": address})
        notifier.ready("3 idle\nREADY=1")
        assert systemd.recv(4096) == b"READY=1\nSTATUS=3 idle READY=1"
        notifier.reloading()
        first, second = systemd.recv(4096).decode().splitlines()
        assert first == "RELOADING=1"
        assert int(second.removeprefix("MONOTONIC_USEC=")) > 0
        notifier.watchdog()
        assert systemd.recv(4096) == b"WATCHDOG=1"
        notifier.extend_timeout(12.5)
        assert systemd.recv(4096) == b"EXTEND_TIMEOUT_USEC=12500000"
        notifier.stopping("draining")
        assert systemd.recv(4096) == b"STOPPING=1\nSTATUS=draining"
        notifier.status("1 busy")
        assert systemd.recv(4096) == b"STATUS=1 busy"


def test_without_systemd_nothing_happens() -> None:
    notifier = Notifier.from_environ({})
    notifier.ready()
    assert notifier.watchdog_seconds == 0.0


def test_a_socket_that_is_gone_is_said_once(tmp_path: Path) -> None:
    heard: list[Event] = []
    end = subscribe(heard.append)
    notifier = Notifier.from_environ({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    notifier.watchdog()
    notifier.watchdog()
    end()
    assert [event.name for event in heard] == ["systemd.unreachable"]


def test_the_watchdog_is_only_for_the_process_it_names() -> None:
    mine = {"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": str(os.getpid())}
    assert Notifier.from_environ(mine).watchdog_seconds == 90.0
    assert Notifier.from_environ({**mine, "WATCHDOG_PID": "1"}).watchdog_seconds == 0.0
    assert Notifier.from_environ({"WATCHDOG_USEC": "soon"}).watchdog_seconds == 0.0
