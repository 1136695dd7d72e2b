"""One pool to a control socket: a lock file beside it, which the kernel frees when the process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poolmgr.domain.errors import ConfigError, PoolError


@contextmanager
def locked(socket_path: Path) -> Iterator[None]:
    """Raises PoolError naming the pid of the pool that is already running, ConfigError for the folder."""
    path = socket_path.with_name(socket_path.name + ".lock")
    try:
        socket_path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"The control socket cannot be made at {socket_path}: {error.strerror}",
            advice="Set pool.control_socket to a path in a folder that this user may write to.",
        ) from error
    try:
        take(fd, socket_path)
        yield
    finally:
        os.close(fd)


def take(fd: int, socket_path: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(fd, 20, 0).decode(errors="replace").strip() or "unknown"
        raise PoolError(
            f"A pool is already running with pid {pid} ({socket_path})",
            advice="`registre-pool status` shows it; give a second pool its own pool.control_socket.",
        ) from None
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
