"""What the pools of one machine have booked of it.

Each pool holds a file of its own, locked while it lives: the kernel lets go of the lock however the pool
ends, so that a dead pool's booking counts no more. One more lock is held for the moment in which a pool
reads the others' and writes its own: two that look at the same time must not both take the last room.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import orjson

from poolmgr.domain.json import number
from poolmgr.pool.capacity import NOTHING, Size, total
from poolmgr.telemetry.events import emit

SHARED_FOLDER = Path("/run/lock")
FOLDER_NAME = "registre-pool"
MOST_BYTES = 4096
MOST_POOLS = 256


class Bookings:
    """Made by the parent. own, others: booked by this pool, and by the others when that was last looked at.

    Where there is no folder for it, this pool reckons alone, and says so once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{os.getpid()}-{uuid4().hex[:12]}.booking"
        self.lock_path = folder / "lock"
        self.own = self.others = NOTHING
        self.fd = self.lock_fd = -1
        try:
            make_folder(folder)
            self.lock_fd = open_shared(self.lock_path)
            self.begin()
        except OSError as error:
            self.close()
            emit("bookings.alone", error=f"{error.strerror or error} ({folder}): other pools are not seen")

    def begin(self) -> None:
        """While nobody looks: a file that is not locked yet looks like a dead pool's."""
        fcntl.flock(self.lock_fd, fcntl.LOCK_EX)
        try:
            self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            fcntl.flock(self.fd, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self.lock_fd, fcntl.LOCK_UN)

    def close(self) -> None:
        if self.fd >= 0:
            self.path.unlink(missing_ok=True)
        for fd in (self.fd, self.lock_fd):
            if fd >= 0:
                os.close(fd)
        self.fd = self.lock_fd = -1

    @contextmanager
    def exclusively(self) -> Iterator[bool]:
        """Whether nobody else books meanwhile; `others` is what they have booked then. Never waits."""
        if self.lock_fd < 0:
            yield True
            return
        try:
            fcntl.flock(self.lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            self.others = self.booked_by_others()
            yield True
        finally:
            fcntl.flock(self.lock_fd, fcntl.LOCK_UN)

    def tell(self, own: Size) -> None:
        """What this pool has booked now. A disk that is full costs the others that news, and us nothing."""
        if own == self.own or self.fd < 0:
            return
        data = orjson.dumps({"cpu": own.cpu, "ram_gb": own.ram, "pid": os.getpid()})
        with suppress(OSError):
            os.pwrite(self.fd, data, 0)
            os.ftruncate(self.fd, len(data))
            self.own = own

    def booked_by_others(self) -> Size:
        paths = sorted(self.path.parent.glob("*.booking"))[:MOST_POOLS]
        return total(booking_at(path) for path in paths if path != self.path)


def booking_at(path: Path) -> Size:
    """Nothing of a pool that is gone; its file is removed where that is allowed."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return NOTHING
    try:
        if is_locked(fd):
            return read(fd)
        with suppress(OSError):
            path.unlink()
        return NOTHING
    finally:
        os.close(fd)


def is_locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def read(fd: int) -> Size:
    """Nonsense counts as nothing."""
    try:
        kept = orjson.loads(os.pread(fd, MOST_BYTES, 0))
    except orjson.JSONDecodeError:
        return NOTHING
    if not isinstance(kept, dict):
        return NOTHING
    return Size(cpu=max(0.0, number(kept, "cpu")), ram=max(0.0, number(kept, "ram_gb")))


def folder_for(configured: str) -> Path:
    """The same for every pool of this machine, whatever its user."""
    if configured:
        return Path(configured).expanduser().absolute()
    shared = SHARED_FOLDER if os.access(SHARED_FOLDER, os.W_OK) else Path(tempfile.gettempdir())
    return shared / FOLDER_NAME


def make_folder(folder: Path) -> None:
    """For every user, as /tmp is: each may only remove what is its own."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o1777)


def open_shared(path: Path) -> int:
    """The first pool makes it, for all. (A file of another user may not be opened with O_CREAT there.)"""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        fd = os.open(path, flags | os.O_CREAT, 0o666)
        os.fchmod(fd, 0o666)
        return fd
