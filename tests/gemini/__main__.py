"""`python -m tests.gemini`: serves on a free port of the loopback, which it says in its first line."""

import socket

import uvicorn

from tests.gemini.service import application


def main() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        print(listener.getsockname()[1], flush=True)  # noqa: T201
        config = uvicorn.Config(application(), log_level="critical", access_log=False, lifespan="off")
        uvicorn.Server(config).run(sockets=[listener])


main()
