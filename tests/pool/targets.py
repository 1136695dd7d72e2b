"""Children made by hand: they speak the messages themselves, and write down what they hear."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from poolmgr.domain.children import ChildStart, ChildTarget
from poolmgr.domain.json import Json, JsonObject, records, text
from poolmgr.domain.messages import Inbox, encode

BEAT_SECONDS = 0.1
PARENT_GONE = 69
LONGEST_TEST_SECONDS = 60


def say(start: ChildStart, word: str, **fields: Json) -> None:
    start.pipe.sendall(encode(word, **fields))


def write_down(folder: Path, name: str, what: JsonObject) -> None:
    with (folder / f"{name}.heard").open("a") as file:
        file.write(json.dumps(what) + "\n")


def forever() -> None:
    while True:
        signal.pause()


class Listener:
    """Beats, writes down every message, and hands each to `react`, which may say an exit code."""

    def __init__(self, start: ChildStart, folder: Path, react: Callable[[JsonObject], int | None]) -> None:
        self.start = start
        self.folder = folder
        self.react = react
        self.state = "idle"

    def live(self) -> int:
        say(self.start, "ready")
        inbox = Inbox()
        self.start.pipe.settimeout(BEAT_SECONDS)
        while True:
            try:
                say(self.start, "beat", state=self.state, jobs=int(self.state == "busy"))
                data = self.start.pipe.recv(65_536)
            except TimeoutError:
                continue
            except ConnectionError:
                return PARENT_GONE
            if not data:
                return PARENT_GONE
            for message in inbox.feed(data):
                code = self.hear(message)
                if code is not None:
                    return code

    def hear(self, message: JsonObject) -> int | None:
        write_down(self.folder, self.start.worker, {**message, "at": time.monotonic()})
        return self.react(message)


def leave_when_told(message: JsonObject) -> int | None:
    return 0 if text(message, "word") in ("drain", "stop") else None


def obedient(folder: Path) -> ChildTarget:
    return lambda start: Listener(start, folder, leave_when_told).live()


def busy(folder: Path, leaves_on: tuple[str, ...] = ("stop",)) -> ChildTarget:
    """Has one job in hand that ends only with the child."""

    def live(start: ChildStart) -> int:
        listener = Listener(start, folder, lambda message: 0 if text(message, "word") in leaves_on else None)
        listener.state = "busy"
        say(start, "claimed", token=start.worker, environment="dev", kind="ocr_index", row="row-1")
        return listener.live()

    return live


def scout(folder: Path, *, acknowledges: bool = True, depths: list[Json] | None = None) -> ChildTarget:
    def live(start: ChildStart) -> int:
        def react(message: JsonObject) -> int | None:
            if text(message, "word") == "release" and acknowledges:
                say(start, "released", worker=text(message, "worker"), count=1)
            if text(message, "word") == "workers" and acknowledges:
                rows = records(message, "workers")
                gone = [row["worker_id"] for row in rows if row["status"] == "offline"]
                say(start, "told", workers=gone)
            return leave_when_told(message)

        if depths is not None:
            say(start, "depths", environment="dev", depths=depths)
        return Listener(start, folder, react).live()

    return live


def crash_at_boot(start: ChildStart) -> int:
    raise RuntimeError("no engine found\nand a second line")


def never_ready(start: ChildStart) -> int:
    forever()
    return 0


def deaf(start: ChildStart) -> int:
    """Ready and beating, but it never reads and never leaves."""
    say(start, "ready")
    while True:
        say(start, "beat", state="busy", jobs=1)
        time.sleep(BEAT_SECONDS)


def speaks_nonsense(folder: Path) -> ChildTarget:
    def live(start: ChildStart) -> int:
        lines = [b"hello", b"[1,2]", b'{"word":7}', b'{"no":"word"}', b'{"word":"fly"}', b"\xff\xfe\x00"]
        lines += [b'{"word":"beat","state":"dancing"}', b'{"word":"claimed"}', b'{"word":"settled"}']
        lines += [b'{"word":"event"}', b'{"word":"event","event":"odd","fields":{"worker":"liar","/":1}}']
        lines += [
            b'{"word":"depths","environment":"dev"}',
            b"x" * 1_200_000,
            b'{"word":"ready","extra":[[]]}',
        ]
        start.pipe.sendall(b"\n".join(lines) + b"\n")
        return Listener(start, folder, leave_when_told).live()

    return live


def with_grandchild(folder: Path, command: list[str]) -> ChildTarget:
    """Starts a process in a session of its own, as Chromium does."""

    def live(start: ChildStart) -> int:
        grandchild = subprocess.Popen(command, start_new_session=True)
        write_down(folder, "grandchildren", {"pid": grandchild.pid, "worker": start.worker})
        return Listener(start, folder, leave_when_told).live()

    return live


def with_daemon(folder: Path, command: list[str]) -> ChildTarget:
    """Starts a process whose own parent ends at once: it becomes the pool's while its child still lives."""

    def live(start: ChildStart) -> int:
        middle = os.fork()
        if middle == 0:
            daemon = subprocess.Popen(command, start_new_session=True)
            write_down(folder, "grandchildren", {"pid": daemon.pid, "worker": start.worker})
            os._exit(0)
        os.waitpid(middle, 0)
        return Listener(start, folder, leave_when_told).live()

    return live


def with_fork(folder: Path) -> ChildTarget:
    """Forks without executing anything: such a process carries no marker."""

    def live(start: ChildStart) -> int:
        twin = os.fork()
        if twin == 0:
            start.pipe.close()
            # Its forker may be killed before it wrote down whom the test has to end.
            signal.alarm(LONGEST_TEST_SECONDS)
            forever()
        write_down(folder, "grandchildren", {"pid": twin, "worker": start.worker})
        return Listener(start, folder, leave_when_told).live()

    return live


def descriptors() -> JsonObject:
    found: JsonObject = {}
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found[entry.name] = str(entry.readlink())
        except OSError:
            continue
    return found
