"""Whether somebody sits at a terminal that this process belongs to."""

import os


def has_terminal() -> bool:
    """False also after the terminal hung up: the kernel takes it away before it sends SIGHUP."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
