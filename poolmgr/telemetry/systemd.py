"""Telling systemd how the service is: sd_notify by datagrams, no library; a no-op outside of systemd."""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

from poolmgr.telemetry.events import emit

DROPPED_BY_CHILDREN = ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC")
"""A child must not speak for the service."""


@dataclass(kw_only=True)
class Notifier:
    """`address` empty = nobody listens. `watchdog_seconds` 0 = no watchdog."""

    address: str = ""
    watchdog_seconds: float = 0.0
    unreachable: bool = False

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Notifier":
        address = environ.get("NOTIFY_SOCKET", "")
        if address.startswith("@"):
            address = "\0" + address[1:]
        return cls(address=address, watchdog_seconds=watchdog_seconds(environ))

    def ready(self, status: str = "") -> None:
        self.send("READY=1", f"STATUS={one_line(status)}")

    def reloading(self) -> None:
        """Needs READY=1 afterwards, also when the reload was refused."""
        self.send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self, status: str = "") -> None:
        self.send("STOPPING=1", f"STATUS={one_line(status)}")

    def extend_timeout(self, seconds: float) -> None:
        """Asks for so many seconds from now, beyond TimeoutStopSec; said again before they are over."""
        self.send(f"EXTEND_TIMEOUT_USEC={max(0, round(seconds * 1e6))}")

    def watchdog(self) -> None:
        self.send("WATCHDOG=1")

    def status(self, text: str) -> None:
        self.send(f"STATUS={one_line(text)}")

    def send(self, *lines: str) -> None:
        if not self.address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as end:
                end.sendto("\n".join(lines).encode("utf-8", "replace"), self.address)
            self.unreachable = False
        except OSError as error:
            self.say_once(error)

    def say_once(self, error: OSError) -> None:
        if not self.unreachable:
            emit("systemd.unreachable", error=str(error))
        self.unreachable = True


def watchdog_seconds(environ: Mapping[str, str]) -> float:
    """How often systemd wants to hear of this very process; 0 = never."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    return int(microseconds) / 1e6 if microseconds.isdecimal() else 0.0


def one_line(text: str) -> str:
    return " ".join(text.split())
