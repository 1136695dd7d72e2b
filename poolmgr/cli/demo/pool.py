"""The pool of the demo: the same command that an operator starts, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poolmgr.config.settings import Settings
from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import JsonObject
from poolmgr.pool import control

KEPT_VARIABLES = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TESSDATA_PREFIX",
    "PYTHONPATH",
    "XDG_RUNTIME_DIR",
    "PLAYWRIGHT_BROWSERS_PATH",
    "PLAYWRIGHT_NODEJS_PATH",
)
TAIL_LINES = 15
STOP_SECONDS = 60.0
STATUS_SECONDS = 1.0


class PoolEnded(PoolError):
    """The pool ended before the queue was drained."""


class DemoPool:
    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, control_path: Path) -> None:
        self.process = process
        self.log = log
        self.control_path = control_path

    def status(self) -> JsonObject:
        """The pool's own account; {} while it does not answer. Raises PoolEnded."""
        if self.process.poll() is not None:
            raise PoolEnded(
                f"The pool ended with exit code {self.process.returncode} before the queue was drained.",
                advice=f"Its log, {self.log}, ends with:\n{self.tail()}",
            )
        try:
            return control.ask(self.control_path, "status", STATUS_SECONDS)
        except PoolError:
            return {}

    def tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:])

    def stop(self) -> int:
        """SIGTERM, and the exit code of the drain."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@contextmanager
def running(folder: Path, settings: Settings) -> Iterator[DemoPool]:
    """`registre-pool run` on the stack of `folder`. Environments that are configured here never reach it."""
    config, log = folder / "config.toml", folder / "pool.log"
    config.write_text(configuration(folder, settings), encoding="utf-8")
    command = [sys.executable, "-m", "poolmgr", "--config", str(config), "run"]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
    pool = DemoPool(process, log, folder / "control.sock")
    try:
        yield pool
    finally:
        pool.stop()


def configuration(folder: Path, settings: Settings) -> str:
    """The operator's own way of downloading and reading, on the demo's own stack."""
    lines = [
        "[pool]",
        f"data_folder = {json.dumps(str(folder))}",
        f"control_socket = {json.dumps(str(folder / 'control.sock'))}",
        "[local]",
        f"postgres_folder = {json.dumps(settings.local.postgres_folder)}",
        "[ocr]",
        *(f"{key} = {json.dumps(value)}" for key, value in settings.ocr.model_dump().items()),
        "[registre]",
        *(f"{key} = {json.dumps(value)}" for key, value in settings.registre.model_dump().items()),
    ]
    return "\n".join(lines) + "\n"
