"""What is left of a browser when the process that started it is killed: nothing, within a second."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.registries.browsers import belonging, is_node, is_over
from tests.waiting import until

GONE_SECONDS = 1.0


@contextmanager
def starter(folder: Path, worker: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process of its own with a started browser."""
    words = [sys.executable, "-m", "tests.registries.browser.starter", str(folder), worker]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            yield process
        finally:
            process.kill()
            for left in belonging(worker):
                left.kill()


@pytest.mark.parametrize("stopped", ["nothing", "node", "chromium"])
def test_nothing_outlives_a_killed_child_whatever_is_stopped(tmp_path: Path, stopped: str) -> None:
    worker = f"killed-{stopped}"
    with starter(tmp_path, worker) as process:
        below = belonging(worker)
        assert len(below) > 3
        node = next(one for one in below if is_node(one))
        if stopped != "nothing":
            (node if stopped == "node" else node.children()[0]).suspend()
        process.kill()
        until(lambda: all(map(is_over, below)), GONE_SECONDS, "the end of all that was started")


def test_a_killed_node_takes_its_chromium_with_it(tmp_path: Path) -> None:
    worker = "killed-node"
    with starter(tmp_path, worker):
        below = belonging(worker)
        next(one for one in below if is_node(one)).kill()
        until(lambda: all(map(is_over, below)), GONE_SECONDS, "the end of the browser")
