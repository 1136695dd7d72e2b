"""Where a child stood when it died of a fault: its fault handler's dump, kept in memory that both share."""

import faulthandler
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_DUMP_BYTES = 65_536
MOST_THREADS = 20
MOST_FRAMES = 25

HEADER = re.compile(r"(Current thread|Thread) (0x[0-9a-f]+).*\(most recent call first\):")
FRAME = re.compile(r'\s+File "(?P<file>.*)", line (?P<line>\d+) in (?P<function>.*)')


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Of one thread; frames as `file:line function`, the innermost first. cause: what the handler said."""

    thread: str
    frames: tuple[str, ...]
    cause: str = ""


def memory() -> int:
    """A descriptor that outlives the process which writes to it. Raises OSError."""
    return os.memfd_create("stack", os.MFD_CLOEXEC)


def watch(descriptor: int) -> None:
    """In a child: SIGABRT and every fault leave a dump of all threads there, then do what they always do."""
    faulthandler.enable(file=descriptor, all_threads=True)


def read(descriptor: int) -> list[Stack]:
    """What a dead child left; usually nothing."""
    return list(parse(os.pread(descriptor, LONGEST_DUMP_BYTES, 0).decode(errors="replace")))[:MOST_THREADS]


def parse(dump: str) -> Iterator[Stack]:
    """The thread that was running first."""
    cause, thread, frames = "", "", list[str]()
    found: list[Stack] = []
    for line in [*dump.splitlines(), "Thread 0x0 (most recent call first):"]:
        if header := HEADER.match(line):
            if thread:
                found.append(Stack(thread=thread, frames=tuple(frames[:MOST_FRAMES]), cause=cause))
            thread, frames = ("current" if header[1] == "Current thread" else header[2]), []
        elif frame := FRAME.match(line):
            frames.append(f"{frame['file']}:{frame['line']} {frame['function']}")
        elif not thread and line.strip():
            cause = line.strip()
    yield from sorted(found, key=lambda stack: stack.thread != "current")
