"""A real child process around some work."""

import os
import signal
import socket
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from poolmgr.domain.children import ChildStart
from poolmgr.domain.jobs import WorkerId
from poolmgr.domain.messages import encode
from poolmgr.workers.child import Maker, run
from tests.waiting import until
from tests.workers.stage import Parent

BEAT_SECONDS = 0.05


@dataclass
class Forked:
    pid: int
    parent: Parent
    status: int | None = None

    def say(self, word: str, **fields: float) -> None:
        self.parent.end.send(encode(word, **fields))

    def kill(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def waits_for(self, word: str, times: int = 1) -> None:
        until(lambda: len(self.parent.heard(word)) >= times, what=f"{word} x {times}")

    def is_gone(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else None
        return self.status is not None

    def exit_code(self, within_seconds: float = 5.0) -> int:
        until(self.is_gone, within_seconds, what="the end of the child")
        return os.waitstatus_to_exitcode(self.status or 0)


@contextmanager
def forked(make: Maker, between: Callable[[], object] = bool) -> Iterator[Forked]:
    """`between` runs in the child before its work; the child never returns into the tests."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        code = 99
        try:
            ours.close()
            between()
            start = ChildStart(worker=WorkerId("worker-1"), kind="ocr", claims=("ocr_index",), pipe=theirs)
            code = run(start, make, BEAT_SECONDS)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    theirs.close()
    ours.setblocking(False)
    child = Forked(pid, Parent(ours))
    try:
        yield child
    finally:
        ours.close()
        if not child.is_gone():
            with suppress(ProcessLookupError):
                child.kill(signal.SIGKILL)
            until(child.is_gone)
