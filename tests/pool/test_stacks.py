"""What a fault handler's dump says."""

import os
import signal
import subprocess
import sys

from poolmgr.pool import stacks

HANG = """
import os, sys, threading
from poolmgr.pool import stacks

def waits_for_ever():
    print("here", flush=True)
    threading.Event().wait()

stacks.watch(int(sys.argv[1]))
threading.Thread(target=threading.Event().wait, daemon=True).start()
waits_for_ever()
"""


def test_a_process_that_is_aborted_leaves_the_stack_of_every_thread_the_main_one_first() -> None:
    dump = stacks.memory()
    try:
        command = [sys.executable, "-c", HANG, str(dump)]
        with subprocess.Popen(command, pass_fds=[dump], stdout=subprocess.PIPE) as process:
            assert process.stdout
            assert process.stdout.readline() == b"here\n"
            process.send_signal(signal.SIGABRT)
            assert process.wait(10) == -signal.SIGABRT
        found = stacks.read(dump)
    finally:
        os.close(dump)
    assert len(found) == 2
    assert found[0].thread == "current"
    assert any(frame.endswith("waits_for_ever") for frame in found[0].frames)
    assert found[0].cause == "Fatal Python error: Aborted"


def test_nothing_and_nonsense_are_no_stack() -> None:
    assert list(stacks.parse("")) == []
    assert list(stacks.parse("\x00\xff\nThread\n  File nowhere\n")) == []


def test_a_stack_without_end_is_cut() -> None:
    frames = '  File "a.py", line 1 in deeper\n' * 1000
    (stack,) = stacks.parse(f"Current thread 0x00007f (most recent call first):\n{frames}")
    assert len(stack.frames) == stacks.MOST_FRAMES
