"""What a killed pool left running is ended by the next one, and nothing else is."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poolmgr.domain.json import text, whole
from poolmgr.pool import leftovers
from poolmgr.pool.identity import Identity
from poolmgr.pool.kernel import boot_id
from tests.pool import targets
from tests.pool.running import is_alive, running, spec
from tests.waiting import until

SLEEP = ["sleep", "300"]


@contextmanager
def marked(worker: str) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(SLEEP, env={**os.environ, "POOL_CHILD": worker}) as process:
        try:
            yield process
        finally:
            process.kill()


def test_what_survived_a_killed_pool_is_ended_by_the_next_one(tmp_path: Path) -> None:
    specs = [spec("ocr-1", targets.with_grandchild(tmp_path, SLEEP))]
    with running(tmp_path, lambda _: specs) as first:
        first.wait_ready(1)
        (born,) = first.heard("grandchildren")
        first.signal(signal.SIGKILL)
        assert is_alive(whole(born, "pid"))
        first.exit_code()
        with running(tmp_path, lambda _: [spec("ocr-1", targets.obedient(tmp_path))]) as second:
            second.wait_ready(1)
            until(lambda: not is_alive(whole(born, "pid")), what="its end")
            # Another test's pool may have been the next one of this machine: then that one has said it.
            said = [(one["pid"], one["worker"]) for one in second.events("leftover.killed")]
            assert [one for one in said if one[0] == born["pid"]] in (
                [],
                [(born["pid"], text(born, "worker"))],
            )


def test_what_belongs_to_a_living_pool_or_to_nobody_stays() -> None:
    living = Identity.of_this_process("worker", "here").next_worker()
    with marked(living) as ours, marked("somebody-else") as odd, marked("") as plain:
        leftovers.sweep()
        assert [one.poll() for one in (ours, odd, plain)] == [None, None, None]


def test_a_process_of_a_dead_pool_is_ended() -> None:
    with marked(f"worker-my-host-{boot_id()[:8]}-{os.getpid()}-1-7") as left:
        leftovers.sweep()
        assert left.wait(5) == -signal.SIGKILL


def test_only_a_name_of_this_boot_whose_parent_is_gone_is_orphaned() -> None:
    boot, gone = "abcd1234", "4194305-77-3"
    assert leftovers.is_orphaned(f"worker-my-host-{boot}-{gone}", boot)
    assert not leftovers.is_orphaned(f"worker-my-host-otherbt-{gone}", boot)
    assert not leftovers.is_orphaned("worker", boot)
    assert not leftovers.is_orphaned(f"{boot}-1-2", boot)
    assert not leftovers.is_orphaned(f"worker-h-{boot}-x-2-3", boot)
