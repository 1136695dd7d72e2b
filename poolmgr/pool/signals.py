"""Signals as data: a handler does nothing, the wake-up descriptor carries the numbers to the loop."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD)


class Signals:
    """Readable when a signal came; `take()` says which, each as often as it was delivered."""

    def __init__(self, reading_end: socket.socket) -> None:
        self.reading_end = reading_end

    def fileno(self) -> int:
        return self.reading_end.fileno()

    def take(self) -> list[int]:
        try:
            return list(self.reading_end.recv(4096))
        except BlockingIOError:
            return []


@contextmanager
def listening() -> Iterator[Signals]:
    """Handlers and wake-up descriptor while inside; what was there before, afterwards.

    SIGHUP stays ignored when it was (nohup): the control socket reloads as well.
    """
    reading, writing = socket.socketpair()
    reading.setblocking(False)
    writing.setblocking(False)
    handled = [number for number in HANDLED if not is_nohup(number)]
    before = {number: signal.signal(number, wake_only) or signal.SIG_DFL for number in handled}
    old = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    try:
        yield Signals(reading)
    finally:
        signal.set_wakeup_fd(old)
        for number, handler in before.items():
            signal.signal(number, handler)
        reading.close()
        writing.close()


def is_nohup(number: signal.Signals) -> bool:
    return number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN


def wake_only(number: int, frame: FrameType | None) -> None:
    """Without a handler of Python's own the wake-up descriptor is never written."""


@contextmanager
def blocked() -> Iterator[set[int]]:
    """No signal arrives inside; gives the mask that was."""
    before = set(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())))
    try:
        yield before
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
