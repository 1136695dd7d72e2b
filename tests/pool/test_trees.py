import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from poolmgr.pool import trees
from poolmgr.pool.trees import Trees, descendants, memory_of
from tests.waiting import until

HOLDING = """
import subprocess, sys
kept = bytearray(b"x") * int(sys.argv[1])
if sys.argv[2] != "alone":
    below = subprocess.Popen([sys.executable, "-c", sys.argv[2], sys.argv[1], "alone"])
print("holds", flush=True)
sys.stdin.read()
"""
BUSY = "print('runs', flush=True)\nwhile True: pass"
MEGABYTES = 60


@contextmanager
def started(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """A process and everything below it, until the test is over."""
    process = subprocess.Popen(
        [sys.executable, "-c", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
    finally:
        for below in psutil.Process(process.pid).children(recursive=True):
            below.kill()
        process.kill()
        process.communicate()


def measure(found: Trees, pid: int) -> None:
    found.begin([("w", pid)])
    while found.under_way:
        found.advance(0.0)


def test_a_tree_is_the_process_and_all_below_it_counted_once() -> None:
    with started(HOLDING, str(MEGABYTES * 2**20), HOLDING) as process:
        until(lambda: len(list(descendants(process.pid))) == 2, what="the process below")
        found = Trees()

        def both_hold() -> bool:
            measure(found, process.pid)
            return found.of["w"].ram_mb > 2 * MEGABYTES

        until(both_hold, what="the memory of both")
        assert found.of["w"].processes == 2
        assert found.of["w"].ram_mb < 2 * MEGABYTES + 60


def test_the_use_of_cpu_is_known_from_the_second_measuring_on() -> None:
    with started(BUSY) as process:
        found = Trees()
        measure(found, process.pid)
        assert (found.of["w"].processes, found.of["w"].cpu) == (1, None)
        since = time.monotonic()
        until(lambda: time.monotonic() - since > 0.5, what="half a second")
        measure(found, process.pid)
        cpu = found.of["w"].cpu
        assert cpu is not None
        assert 0.05 < cpu <= 1.2


def test_one_step_is_one_process_so_that_a_turn_stays_short() -> None:
    with started(HOLDING, "1000", HOLDING) as process:
        until(lambda: len(list(descendants(process.pid))) == 2, what="the process below")
        found = Trees()
        found.begin([("w", process.pid)])
        assert not found.advance(0.0)
        assert "w" not in found.of
        while found.under_way:
            found.advance(0.0)
        assert found.of["w"].processes == 2


def test_a_process_that_is_gone_measures_nothing_and_is_forgotten() -> None:
    found = Trees()
    measure(found, 2**22 - 1)
    assert found.of == {}
    measure(found, os.getpid())
    assert "w" in found.of
    found.begin([])
    assert found.of == {}


def test_of_a_process_that_does_not_let_itself_be_read_what_it_shares_with_nobody_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact = memory_of(os.getpid())
    monkeypatch.setattr(trees, "SMAPS", "/proc/{pid}/smaps_of_another_user")
    private = memory_of(os.getpid())
    assert private > 0
    assert private == pytest.approx(exact, rel=0.5)
