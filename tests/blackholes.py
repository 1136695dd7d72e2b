"""A server that takes every connection and never says a word."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

BACKLOG = 1024


@contextmanager
def blackhole() -> Iterator[str]:
    """The address of a database there. The kernel alone accepts: nobody reads what is sent."""
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        yield f"postgresql://nobody:nothing@127.0.0.1:{listener.getsockname()[1]}/postgres"
