"""The replica from inside: it takes a port of this machine alone, leaves its caller, and serves."""

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from uvicorn.server import Server

from poolmgr.local.replica.application import application
from poolmgr.local.replica.paths import BASE
from poolmgr.local.replica.register import Register
from poolmgr.local.replica.server import ADDRESS, LOG, PID_FILE, PROCESS, TILL, URL_FILE
from poolmgr.local.replica.site import Site
from poolmgr.local.replica.till import Till


class Abrupt(Server):
    """SIGTERM ends it at once: nobody waits for hanging requests, and what counts is on the disk."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(wanted: int) -> socket.socket:
    """The port that is wanted, or any other when that one is taken."""
    for port in (wanted, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
        except OSError:
            listener.close()
            if port == 0:
                raise
            continue
        listener.listen(128)
        return listener
    raise AssertionError


def leave(folder: Path) -> None:
    """Becomes a process of its own session whose parent is gone; what it says goes to the log."""
    sys.stdout.flush()
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir(folder)
    Path("/proc/self/comm").write_text(PROCESS)
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)


def write(file: Path, line: str) -> None:
    """Whole or not at all."""
    unfinished = file.with_suffix(".new")
    unfinished.write_text(f"{line}\n")
    unfinished.rename(file)


async def serve(listener: socket.socket, register: Register, till: Till) -> None:
    # the state knows the connections that a fault may close
    server = Abrupt(uvicorn.Config("", http="h11"))
    site = Site(register, till, server.server_state)
    server.config = uvicorn.Config(
        application(site),
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
    )
    await server.serve([listener])


def run(folder: Path, *, seed: int, jobs: int, port: int) -> None:
    """Returns in the caller's process once the port is open; the other one serves until it is ended."""
    register, till = Register(seed, jobs), Till(folder / TILL)
    listener = listen(port)
    leave(folder)
    write(folder / URL_FILE, f"http://{ADDRESS}:{listener.getsockname()[1]}{BASE}")
    write(folder / PID_FILE, str(os.getpid()))
    asyncio.run(serve(listener, register, till))
