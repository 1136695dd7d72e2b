"""A disk that does not answer: the kernel holds up whoever opens a file on which another has a write lease
(fcntl(2), F_SETLEASE), until that one lets go."""

import fcntl
import os
import signal
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self


class Disk:
    """Every file below the folder that nobody has open just now, for as long as `with` lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: list[int] = []

    def __enter__(self) -> Self:
        for path in self.folder.rglob("*.pdf"):
            with suppress(OSError):  # somebody reads it just now
                self.held.append(leased(path))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self.held:
            os.close(file)  # the lease goes with it

    def held_up(self) -> bool:
        """Whether somebody stands still: the lease already says what it has to become."""
        return any(fcntl.fcntl(file, fcntl.F_GETLEASE) != fcntl.F_WRLCK for file in self.held)


def leased(path: Path) -> int:
    """Raises OSError when somebody has it open."""
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        # Instead of SIGIO, which would end us: a signal that nobody minds.
        fcntl.fcntl(file, F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError:
        os.close(file)
        raise
    return file


F_SETSIG = 10
"""<asm-generic/fcntl.h>; the module has no name for it."""
