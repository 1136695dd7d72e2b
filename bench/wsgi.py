"""gunicorn's application, and its configuration file: an answer, and a word when a worker is ready.

`$BENCH_PRELOAD` names modules that the application imports, as the pool's parent does for its children.
"""

import importlib
import json
import os
from collections.abc import Callable, Iterable

Start = Callable[[str, list[tuple[str, str]]], object]
loglevel = "critical"
worker_class = "sync"
workers = 4
preload_app = True
bind = "127.0.0.1:0"
control_socket_disable = True
"""A thread less: in its favour."""


def app(_: dict[str, object], start: Start) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"ok\n"]


def post_worker_init(_: object) -> None:
    """The last thing before a worker's loop. In the form of the pool's own event, on the same stream."""
    os.write(2, json.dumps({"event": "child.ready", "pid": os.getpid()}).encode() + b"\n")


for module in os.environ.get("BENCH_PRELOAD", "").split():
    importlib.import_module(module)
