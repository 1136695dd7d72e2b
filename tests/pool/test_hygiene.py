"""Each clause of what a child does before its work, seen from inside the child."""

import os
import random
import signal
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from poolmgr.domain.children import ChildStart, ChildTarget
from poolmgr.domain.json import Json, JsonObject, items, record, text, whole
from poolmgr.pool.hygiene import FAULTS, KEPT_SIGNALS, exit_code
from poolmgr.pool.kernel import CHILD_OOM_SCORE
from tests.pool import targets
from tests.pool.running import RunningPool, children_of, is_alive, running, spec
from tests.waiting import until

# The C library uses 32 and 33 itself as soon as a process had threads.
ALLOWED_HANDLERS = sum(1 << (number - 1) for number in (*FAULTS, 32, 33))
STATUS_MASKS = ("SigBlk", "SigCgt", "SigIgn")


def look_around(folder: Path) -> ChildTarget:
    def live(start: ChildStart) -> int:
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        seen: JsonObject = {
            "descriptors": targets.descriptors(),
            "pipe": start.pipe.fileno(),
            "session": os.getsid(0),
            "pid": os.getpid(),
            "wakeup": signal.set_wakeup_fd(-1),
            "handlers": [signal.getsignal(number) is signal.SIG_DFL for number in handled()],
            "marker": os.environ.get("POOL_CHILD"),
            "systemd": [name for name in os.environ if name.startswith(("NOTIFY_", "WATCHDOG_"))],
            "oom_score": int(Path("/proc/self/oom_score_adj").read_text()),
            "random": random.random(),
            "threads_of_parent": len(list(Path(f"/proc/{os.getppid()}/task").iterdir())),
            "sockets_of_parent": internet_sockets(os.getppid()),
        }
        seen.update((mask, status[mask].strip()) for mask in STATUS_MASKS)
        targets.write_down(folder, "seen", seen)
        return targets.obedient(folder)(start)

    return live


def handled() -> set[int]:
    return {int(number) for number in signal.valid_signals() - KEPT_SIGNALS}


def internet_sockets(pid: int) -> list[Json]:
    """Inodes of a process' sockets that are not unix sockets; one that is just being closed is none."""
    before = sockets_of(pid)
    lines = Path(f"/proc/{pid}/net/unix").read_text().splitlines()[1:]
    return [*(before & sockets_of(pid)) - {line.split()[6] for line in lines}]


def sockets_of(pid: int) -> set[str]:
    held = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            target = str(entry.readlink())
            if target.startswith("socket:"):
                held.add(target[8:-1])
    return held


def pretend_systemd() -> None:
    os.environ |= {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}
    random.seed(7)


@pytest.fixture
def seen(tmp_path: Path) -> list[JsonObject]:
    """What three children saw, the third of them a replacement, beside a control client and siblings."""
    specs = [spec(f"ocr-{number}", look_around(tmp_path)) for number in (1, 2)]
    with running(tmp_path, lambda settings: specs, before=pretend_systemd) as pool:
        pool.wait_ready(2)
        os.kill(pool.pid_of("ocr-1"), signal.SIGKILL)
        until(lambda: len(pool.heard("seen")) == 3, what="the replacement")
        pool.wait_ready(2)
        return pool.heard("seen")


def test_a_child_starts_clean(seen: list[JsonObject]) -> None:
    for one in seen:
        held = record(one, "descriptors")
        extra = set(held) - {"0", "1", "2", str(one["pipe"])}
        assert [text(held, name) for name in extra] == ["/memfd:stack (deleted)"]
        assert one["session"] == one["pid"]
        assert whole(one, "oom_score") >= CHILD_OOM_SCORE
        assert one["wakeup"] == -1
        assert set(items(one, "handlers")) == {True}
        assert int(text(one, "SigBlk"), 16) == 0
        assert int(text(one, "SigCgt"), 16) & ~ALLOWED_HANDLERS == 0
        assert one["systemd"] == []
        assert text(one, "marker").startswith("worker-here-")
    assert len({text(one, "marker") for one in seen}) == 3
    assert len({one["random"] for one in seen}) == 3


def test_at_every_fork_the_parent_has_one_thread_and_no_internet_socket(seen: list[JsonObject]) -> None:
    assert [one["threads_of_parent"] for one in seen] == [1, 1, 1]
    assert [one["sockets_of_parent"] for one in seen] == [[], [], []]


def test_what_a_child_does_to_its_descriptors_leaves_the_parents_epoll_alone(tmp_path: Path) -> None:
    def closes_everything(start: ChildStart) -> int:
        os.closerange(3, start.pipe.fileno())
        os.closerange(start.pipe.fileno() + 1, 1000)
        return targets.obedient(tmp_path)(start)

    specs = [spec("ocr-1", targets.obedient(tmp_path)), spec("ocr-2", closes_everything)]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        for _ in range(3):
            os.kill(pool.pid_of("ocr-2"), signal.SIGKILL)
            lives = len(pool.events("child.ready", name="ocr-2"))
            until(partial(more_lives, pool, lives), what="another")
        os.kill(pool.pid_of("ocr-1"), signal.SIGKILL)
        until(lambda: pool.events("child.replaced", name="ocr-1"), what="the parent still hearing")
        pool.signal(signal.SIGTERM)
        assert pool.exit_code() == 0


def more_lives(pool: RunningPool, than: int) -> bool:
    return len(pool.events("child.ready", name="ocr-2")) > than


def test_a_child_dies_with_its_parent_even_when_it_reads_no_pipe(tmp_path: Path) -> None:
    specs = [spec("ocr-1", targets.never_ready)]
    with running(tmp_path, lambda settings: specs) as pool:
        until(lambda: pool.events("child.started"), what="the fork")
        (pid,) = children_of(pool.pid)
        pool.signal(signal.SIGKILL)
        until(lambda: not is_alive(pid), 1.0, "the end of the child")


def test_an_exception_or_sys_exit_leaves_by_its_code_and_runs_nothing_of_the_parent(tmp_path: Path) -> None:
    def exits(start: ChildStart) -> int:
        raise SystemExit(23)

    specs = [spec("ocr-1", exits)]
    with running(tmp_path, lambda settings: specs) as pool:
        until(lambda: pool.events("child.exited"), what="the exit")
        assert pool.events("child.exited")[0]["evidence"] == "exit code 23"
        assert (
            pool.status()["state"] == "running"
        )  # the socket file is still there: no clean-up ran in the child


@pytest.mark.parametrize(("given", "code"), [(None, 0), (3, 3), (256 + 4, 4), ("sentence", 1)])
def test_exit_codes_are_those_of_sys_exit(given: object, code: int) -> None:
    assert exit_code(given) == code
