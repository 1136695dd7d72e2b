"""Browsers for tests, and the processes that belong to them."""

from pathlib import Path

import psutil

from poolmgr.config.registries import RegistreSettings
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.browser.workshop import Workshop
from poolmgr.telemetry.events import CHILD_MARKER

HOST = "127.0.0.1"
SECONDS = 8.0


def made(folder: Path, worker: str, **settings: float | str) -> Browser:
    """Not started yet, in a workshop of its own."""
    workshop = Workshop(folder / "browser", worker)
    workshop.open()
    values = {"launch_seconds": 20.0, "step_seconds": SECONDS, **settings}
    return Browser(RegistreSettings.model_validate(values), [HOST], workshop)


def belonging(worker: str) -> list[psutil.Process]:
    """All processes that bear the worker's mark, and all below them: Chromium's own children bear none."""
    marked = [process for process in psutil.process_iter() if environ(process).get(CHILD_MARKER) == worker]
    return [*{below.pid: below for process in marked for below in family(process)}.values()]


def family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def is_over(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True


def environ(process: psutil.Process) -> dict[str, str]:
    """Empty for one that is gone."""
    try:
        return process.environ()
    except psutil.Error:
        return {}


def is_node(process: psutil.Process) -> bool:
    try:
        return process.name().startswith("node")
    except psutil.Error:
        return False
