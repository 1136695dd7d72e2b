"""A real Valkey of a test's own, to kill and to freeze."""

import signal
from pathlib import Path

from poolmgr.local import accounts, processes, sockets, valkey
from tests.clusters import VALKEY

SECONDS = 20.0


class Cache:
    """In a folder that the servers' account can enter; what the folder's owner removes ends it, too."""

    def __init__(self, folder: Path) -> None:
        account = accounts.choose(folder / "valkey")
        self.server = valkey.Server(
            folder=folder / "valkey", sockets=sockets.prepare(folder / "cache", account), account=account
        )

    @property
    def url(self) -> str:
        return self.server.url

    def start(self) -> None:
        valkey.start(self.server, VALKEY, timeout_seconds=SECONDS)

    def stop(self) -> None:
        self.thaw()
        valkey.stop(self.server.folder, timeout_seconds=SECONDS)

    def kill(self) -> None:
        if process := valkey.process(self.server.folder):
            processes.end([process], [signal.SIGKILL], timeout_seconds=SECONDS)

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def send(self, number: signal.Signals) -> None:
        if process := valkey.process(self.server.folder):
            processes.send(process, number)
