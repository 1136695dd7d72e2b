"""`python -m tests.gemini`: serves on a free port of the loopback, said in its first line; ends when its
stdin does."""

import os
import socket
import sys
import threading

import uvicorn

from tests.gemini.service import application


def leave_with_parent() -> None:
    """Whoever started this holds the other end of stdin, whichever way it ends."""
    sys.stdin.read()
    os._exit(0)


def main() -> None:
    threading.Thread(target=leave_with_parent, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        print(listener.getsockname()[1], flush=True)  # noqa: T201
        config = uvicorn.Config(application(), log_level="critical", access_log=False, lifespan="off")
        uvicorn.Server(config).run(sockets=[listener])


main()
