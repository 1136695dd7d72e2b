"""How children end, what is known of it afterwards, and how one takes over from another."""

import os
import signal
from pathlib import Path

from poolmgr.domain.children import ChildStart
from poolmgr.domain.json import record, strings, text
from poolmgr.pool.reloads import Reloaded
from tests.pool import targets
from tests.pool.running import quick_settings, running, spec
from tests.pool.test_reloads import from_file, start_with
from tests.waiting import until


def sticks_in_a_loop(start: ChildStart) -> int:
    """Ready, one job in hand, and then silent for ever."""
    targets.say(start, "ready")
    targets.say(start, "claimed", token="t", environment="dev", kind="ocr_index", row="row-7")
    targets.say(start, "event", event="page.read", fields={"page": 3})
    targets.forever()
    return 0


def test_a_stuck_child_says_where_it_stands_and_is_replaced(tmp_path: Path) -> None:
    settings = quick_settings(tmp_path, beat_missed_seconds=0.5, abort_seconds=30)
    with running(tmp_path, lambda _: [spec("ocr-1", sticks_in_a_loop)], settings) as pool:
        until(lambda: pool.events("child.replaced"), what="the replacement")
        stack = pool.events("child.stack")[0]
        assert (stack["name"], stack["thread"]) == ("ocr-1", "current")
        assert any(frame.endswith("sticks_in_a_loop") for frame in strings(stack, "frames"))
        exited = pool.events("child.exited")[0]
        assert (exited["evidence"], exited["crashed"]) == ("signal SIGABRT", True)
        assert "no beat" in text(exited, "killed_for")
        assert not pool.events("child.killed")


def test_what_is_known_of_an_end_stays_in_status(tmp_path: Path) -> None:
    settings = quick_settings(tmp_path, beat_missed_seconds=0.5)
    with running(tmp_path, lambda _: [spec("ocr-1", sticks_in_a_loop)], settings) as pool:
        until(lambda: pool.events("child.replaced"), what="the replacement")
        end = record(pool.child("ocr-1"), "last_exit")
        assert (end["last_event"], end["last_job"]) == ("page.read", "dev ocr_index row-7")
        assert end["worker"] == pool.events("child.exited")[0]["worker"]
        assert end["evidence"] == "signal SIGABRT"


def ignores_abort(start: ChildStart) -> int:
    signal.signal(signal.SIGABRT, signal.SIG_IGN)
    return sticks_in_a_loop(start)


def test_one_that_does_not_even_abort_is_killed(tmp_path: Path) -> None:
    settings = quick_settings(tmp_path, beat_missed_seconds=0.5, abort_seconds=0.2)
    with running(tmp_path, lambda _: [spec("ocr-1", ignores_abort)], settings) as pool:
        until(lambda: pool.events("child.replaced"), what="the replacement")
        assert pool.events("child.exited")[0]["evidence"] == "signal SIGKILL"
        assert "no beat" in text(pool.events("child.killed")[0], "why")


def crashes_in_c(start: ChildStart) -> int:
    targets.say(start, "ready")
    os.kill(os.getpid(), signal.SIGSEGV)
    return targets.obedient(Path("/nonexistent"))(start)


def test_a_fault_in_native_code_leaves_its_stack_and_no_core(tmp_path: Path) -> None:
    with running(tmp_path, lambda _: [spec("ocr-1", crashes_in_c)]) as pool:
        until(lambda: pool.events("child.stack"), what="the stack")
        stack = pool.events("child.stack")[0]
        assert text(stack, "cause") == "Fatal Python error: Segmentation fault"
        assert "crashes_in_c" in strings(stack, "frames")[0]
        until(lambda: pool.events("child.exited"), what="the end")
        assert pool.events("child.exited")[0]["evidence"] == "signal SIGSEGV"


def test_a_child_is_taken_before_its_parent_when_memory_is_out(tmp_path: Path) -> None:
    with running(tmp_path, lambda _: [spec("ocr-1", targets.obedient(tmp_path))]) as pool:
        pool.wait_ready(1)
        ours, theirs = (
            int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in (pool.pid, pool.pid_of("ocr-1"))
        )
        assert theirs == max(ours, 200)


def test_a_child_is_renewed_without_a_gap_where_there_is_room(tmp_path: Path) -> None:
    specs = [spec("ocr-1", targets.busy(tmp_path, leaves_on=("drain", "stop")))]
    reload = from_file(tmp_path, recycled=("ocr.dpi",))
    settings = start_with(tmp_path, 1)
    with running(tmp_path, lambda _: specs, settings, reload=reload) as pool:
        pool.wait_ready(1)
        old = text(pool.child("ocr-1"), "worker")
        pool.ask("reload")
        until(lambda: pool.events("child.exited", worker=old), what="the end of the old one")
        order = [
            (text(event, "event"), text(event, "worker"))
            for event in pool.all_events()
            if event["event"] in ("child.ready", "child.drained", "child.exited")
        ]
        new = text(pool.child("ocr-1"), "worker")
        assert order == [
            ("child.ready", old),
            ("child.ready", new),
            ("child.drained", old),
            ("child.exited", old),
        ]
        assert len(pool.children()) == 1


def test_the_scout_is_never_there_twice(tmp_path: Path) -> None:
    specs = [spec("scout", targets.scout(tmp_path), kind="scout")]
    reload = from_file(tmp_path, changed=("pool.drain_seconds",))
    settings = start_with(tmp_path, 1)
    with running(tmp_path, lambda _: specs, settings, reload=reload) as pool:
        pool.wait_ready(1)
        pool.ask("reload")
        until(lambda: pool.events("child.replaced"), what="the next scout")
        names = [text(event, "event") for event in pool.all_events()]
        assert names.index("child.exited") < names.index("child.replaced")


def test_where_there_is_no_room_for_both_the_old_one_goes_first(tmp_path: Path) -> None:
    settings = start_with(tmp_path, 1)
    half = {"max_ram_gb": 2.0, "index_ram_gb": 1.0, "acte_ram_gb": 1.0}
    settings = settings.model_copy(update={"server": settings.server.model_copy(update=half)})

    def reload() -> Reloaded:
        return Reloaded(settings=settings, recycled=("ocr.dpi",))

    with running(
        tmp_path, lambda _: [spec("ocr-1", targets.obedient(tmp_path))], settings, reload=reload
    ) as pool:
        pool.wait_ready(1)
        pool.ask("reload")
        until(lambda: pool.events("child.replaced"), what="the next")
        names = [text(event, "event") for event in pool.all_events()]
        assert names.index("child.exited") < names.index("child.replaced")
        pool.wait_ready(1)


def test_when_the_pool_leaves_in_the_middle_of_a_renewal_both_go(tmp_path: Path) -> None:
    calls = tmp_path / "calls"

    def target(start: ChildStart) -> int:
        first = not calls.exists()
        calls.touch()
        return targets.obedient(tmp_path)(start) if first else targets.never_ready(start)

    reload = from_file(tmp_path, recycled=("ocr.dpi",))
    settings = start_with(tmp_path, 1)
    with running(tmp_path, lambda _: [spec("ocr-1", target)], settings, reload=reload) as pool:
        pool.wait_ready(1)
        pool.ask("reload")
        until(lambda: len(pool.children()) == 2, what="both")
        pool.signal(signal.SIGTERM)
        pool.signal(signal.SIGTERM)
        pool.exit_code()
        assert len(pool.events("child.exited")) == 2
