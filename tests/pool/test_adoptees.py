"""What dead children leave behind: ended, reaped, and never anybody else's."""

import os
import signal
from functools import partial
from pathlib import Path

from poolmgr.domain.json import whole
from tests.pool import targets
from tests.pool.running import RunningPool, children_of, is_alive, running, spec, zombies_of
from tests.waiting import until

SLEEP = ["sleep", "60"]


def grandchild(pool: RunningPool) -> int:
    until(lambda: pool.heard("grandchildren"), what="a grandchild")
    return whole(pool.heard("grandchildren")[0], "pid")


def has_restarted(pool: RunningPool, times: int) -> bool:
    return pool.child("ocr-1")["restarts"] == times


def have_died(pool: RunningPool, times: int) -> bool:
    return len(pool.events("child.exited")) == times


def test_a_process_in_a_session_of_its_own_ends_with_its_dead_child(tmp_path: Path) -> None:
    specs = [spec("ocr-1", targets.with_grandchild(tmp_path, SLEEP))]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(1)
        pid = grandchild(pool)
        os.kill(pool.pid_of("ocr-1"), signal.SIGKILL)
        until(lambda: not is_alive(pid), 2.0, "its end")
        until(lambda: pool.events("adoptee.reaped", pid=pid), what="its reaping")
        assert pool.events("adoptee.killed", pid=pid)
        assert not zombies_of(pool.pid)
        pool.signal(signal.SIGTERM)
        pool.exit_code()
    for heard in pool.heard("grandchildren"):
        assert not is_alive(whole(heard, "pid"))


def test_a_process_that_was_only_forked_is_known_by_its_session(tmp_path: Path) -> None:
    specs = [spec("ocr-1", targets.with_fork(tmp_path))]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(1)
        pid = grandchild(pool)
        os.kill(pool.pid_of("ocr-1"), signal.SIGKILL)
        until(lambda: not is_alive(pid), 2.0, "its end")
        until(lambda: not zombies_of(pool.pid), what="no zombie")


def test_a_process_given_to_us_by_a_living_child_lives_until_that_child_is_dead(tmp_path: Path) -> None:
    specs = [spec("ocr-1", targets.with_daemon(tmp_path, SLEEP)), spec("ocr-2", targets.obedient(tmp_path))]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        pid = grandchild(pool)
        until(lambda: pid in children_of(pool.pid), what="the adoption")
        os.kill(pool.pid_of("ocr-2"), signal.SIGKILL)
        until(lambda: pool.events("child.replaced", name="ocr-2"), what="another death")
        pool.wait_ready(2)
        assert is_alive(pid)
        os.kill(pool.pid_of("ocr-1"), signal.SIGKILL)
        until(lambda: not is_alive(pid), 2.0, "its end")


def test_a_process_that_nobody_can_be_named_for_is_left_alone_and_said_once(tmp_path: Path) -> None:
    stranger = ["env", "-u", "POOL_CHILD", *SLEEP]
    specs = [
        spec("ocr-1", targets.with_daemon(tmp_path, stranger)),
        spec("ocr-2", targets.obedient(tmp_path)),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        pid = grandchild(pool)
        for round_number in (1, 2):
            os.kill(pool.pid_of("ocr-1"), signal.SIGKILL)
            until(partial(has_restarted, pool, round_number), what="the replacement")
            pool.wait_ready(2)
        assert is_alive(pid)
        assert len(pool.events("adoptee.unknown", pid=pid)) == 1
        pool.signal(signal.SIGTERM)
        assert pool.exit_code() == 0


def test_there_is_never_a_zombie_while_children_die_all_the_time(tmp_path: Path) -> None:
    specs = [spec(f"ocr-{n}", targets.with_grandchild(tmp_path, SLEEP)) for n in (1, 2, 3)]
    with running(tmp_path, lambda settings: specs) as pool:
        for round_number in range(1, 5):
            pool.wait_ready(3)
            for name in ("ocr-1", "ocr-2", "ocr-3"):
                os.kill(pool.pid_of(name), signal.SIGKILL)
            until(partial(have_died, pool, 3 * round_number), what="three deaths")
        pool.wait_ready(3)
        until(lambda: len(children_of(pool.pid)) == 3, what="nobody but the children")
        assert not zombies_of(pool.pid)
