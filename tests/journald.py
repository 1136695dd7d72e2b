"""A journald for tests: a bound datagram socket, and a reader of the native protocol of its own."""

import select
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

Entry: TypeAlias = Mapping[str, str]
LARGEST_DATAGRAM_BYTES = 1_000_000
POLL_SECONDS = 0.05


class Journald:
    """What was sent to it, oldest first; it is read when somebody looks."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self.raw: list[bytes] = []
        self.taken: list[Entry] = []
        self.lock = threading.Lock()

    def entries(self, **wanted: str) -> list[Entry]:
        """Those that have these fields with these values."""
        with self.lock:
            self.take()
        return [one for one in self.taken if wanted.items() <= one.items()]

    def take(self) -> None:
        while True:
            try:
                data = self.end.recv(LARGEST_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            self.raw.append(data)
            self.taken.append(parsed(data))


@contextmanager
def journald(address: Path) -> Iterator[Journald]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as end:
        end.bind(str(address))
        yield Journald(end)


@contextmanager
def reading_journald(address: Path) -> Iterator[Journald]:
    """One that reads all the time, as the real one does: the kernel keeps only a few entries for it."""
    over = threading.Event()
    with journald(address) as journal:

        def read() -> None:
            while not over.is_set():
                select.select([journal.end], [], [], POLL_SECONDS)
                with journal.lock:
                    journal.take()

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield journal
        finally:
            over.set()
            reader.join()


def parsed(data: bytes) -> Entry:
    """Raises ValueError for what journald would not take."""
    found: dict[str, str] = {}
    while data:
        line, newline, data = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not newline:
            raise ValueError("the last field has no end")
        if not equals:
            (length,) = struct.unpack("<Q", data[:8])
            value, data = data[8 : 8 + length], data[8 + length :]
            if len(value) != length or data[:1] != b"\n":
                raise ValueError(f"{name!r} is shorter than it says")
            data = data[1:]
        if name.decode() in found:
            raise ValueError(f"{name!r} is there twice")
        found[name.decode()] = value.decode()
    return MappingProxyType(found)
