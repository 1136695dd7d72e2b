"""The parent with real forks and real signals."""

import os
import signal
from pathlib import Path

from poolmgr.domain.children import ChildStart
from poolmgr.domain.json import record, records, text
from tests.pool import targets
from tests.pool.running import children_of, is_alive, quick_settings, running, spec, zombies_of
from tests.waiting import until


def test_every_child_becomes_ready_and_status_says_so(tmp_path: Path) -> None:
    specs = [
        spec("ocr-1", targets.obedient(tmp_path)),
        spec("scout", targets.scout(tmp_path, depths=[{"kind": "land", "ready": 3}]), kind="scout"),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        until(lambda: pool.status()["environments"], what="depths")
        status = pool.status()
        assert status["schema"] == 1
        assert status["pid"] == pool.pid
        assert status["state"] == "running"
        assert status["releases_pending"] == 0
        scout, ocr = records(status, "children")
        assert (scout["name"], scout["state"], scout["claims"]) == ("scout", "idle", [])
        assert (ocr["name"], ocr["state"], ocr["claims"]) == ("ocr-1", "idle", ["ocr_index", "ocr_acte"])
        assert text(ocr, "worker").startswith("worker-here-")
        assert status["environments"] == {
            "dev": {
                "depths": [
                    {
                        "kind": "land",
                        "ready": 3,
                        "running": 0,
                        "oldest_ready_seconds": None,
                        "next_not_before": None,
                    }
                ],
                "outage": None,
                "down_since": None,
                "retry_in_seconds": None,
                "slow_seconds": None,
                "troubles": [],
                "spool": None,
                "budgets": [],
            }
        }
        assert status["notices"] == []
        assert (scout["trouble"], ocr["trouble"]) == (None, None)
        until(lambda: pool.events("pool.ready"), what="pool.ready")


def test_a_killed_child_is_replaced_and_its_claims_are_released_as_of_a_crash(tmp_path: Path) -> None:
    specs = [
        spec("scout", targets.scout(tmp_path), kind="scout"),
        spec("ocr-1", targets.busy(tmp_path)),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        scout, victim = text(pool.child("scout"), "worker"), pool.child("ocr-1")
        os.kill(pool.pid_of("ocr-1"), signal.SIGKILL)
        until(lambda: pool.heard(scout, "release"), what="the release")
        release = pool.heard(scout, "release")[0]
        assert release["worker"] == victim["worker"]
        assert release["crashed"] is True
        assert "SIGKILL" in text(release, "reason")
        pool.wait_ready(2)
        assert pool.pid_of("ocr-1") != victim["pid"]
        assert pool.child("ocr-1")["restarts"] == 1
        until(lambda: pool.status()["releases_pending"] == 0, what="the acknowledgement")
        exited = pool.events("child.exited")[0]
        assert (exited["evidence"], exited["state"], exited["jobs"]) == ("signal SIGKILL", "busy", 1)
        assert not zombies_of(pool.pid)


def test_a_release_is_repeated_until_acknowledged_across_the_scouts_own_death(tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    silent.touch()

    def scout(start: ChildStart) -> int:
        return targets.scout(tmp_path, acknowledges=not silent.exists())(start)

    specs = [spec("scout", scout, kind="scout"), spec("ocr-1", targets.obedient(tmp_path))]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        first, victim = text(pool.child("scout"), "worker"), text(pool.child("ocr-1"), "worker")
        os.kill(pool.pid_of("ocr-1"), signal.SIGKILL)
        until(lambda: len(pool.heard(first, "release")) >= 3, what="the third repetition")
        assert {message["worker"] for message in pool.heard(first, "release")} == {victim}
        silent.unlink()
        os.kill(pool.pid_of("scout"), signal.SIGKILL)
        until(lambda: pool.events("release.done"), what="the release by the next scout")
        assert pool.events("release.done")[0]["worker"] == victim
        assert pool.status()["releases_pending"] == 0


def test_a_child_that_leaves_in_order_without_being_told_is_no_crash_and_is_replaced(tmp_path: Path) -> None:
    def leaves_once(start: ChildStart) -> int:
        if (tmp_path / "left").exists():
            return targets.obedient(tmp_path)(start)
        (tmp_path / "left").touch()
        targets.say(start, "ready")
        return 0

    specs = [spec("scout", targets.scout(tmp_path), kind="scout"), spec("ocr-1", leaves_once)]
    with running(tmp_path, lambda settings: specs) as pool:
        until(lambda: pool.events("release.done"), what="the release")
        assert pool.events("release.pending")[0]["crashed"] is False
        pool.wait_ready(2)


def test_a_stopped_child_is_killed_and_replaced(tmp_path: Path) -> None:
    settings = quick_settings(tmp_path, beat_missed_seconds=1.0)
    specs = [spec("scout", targets.scout(tmp_path), kind="scout"), spec("ocr-1", targets.obedient(tmp_path))]
    with running(tmp_path, lambda settings: specs, settings) as pool:
        pool.wait_ready(2)
        victim = pool.child("ocr-1")
        os.kill(pool.pid_of("ocr-1"), signal.SIGSTOP)
        until(lambda: pool.events("child.replaced", name="ocr-1"), what="the replacement")
        stuck = pool.events("child.stuck")[0]
        assert (stuck["pid"], stuck["process_state"]) == (victim["pid"], "T")
        assert "no beat" in text(stuck, "why")
        scout = text(pool.child("scout"), "worker")
        until(lambda: pool.heard(scout, "release"), what="the release")
        assert pool.heard(scout, "release")[0]["crashed"] is True


def test_a_child_that_never_gets_ready_is_replaced_at_its_boot_limit(tmp_path: Path) -> None:
    specs = [
        spec("scout", targets.scout(tmp_path), kind="scout"),
        spec("ocr-1", targets.never_ready, boot_limit_seconds=0.3),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        until(lambda: len(pool.events("child.stuck")) >= 2, what="two boot limits")
        assert text(pool.events("child.stuck")[0], "why") == "not ready within 0.3 s"
        until(lambda: pool.events("child.delayed"), what="the back-off")
        pool.wait_ready(1)
        assert not pool.heard(text(pool.child("scout"), "worker"), "release")


def test_a_child_that_crashes_at_boot_is_tried_again_more_and_more_slowly(tmp_path: Path) -> None:
    specs = [spec("ocr-1", targets.crash_at_boot), spec("ocr-2", targets.obedient(tmp_path))]
    with running(tmp_path, lambda settings: specs) as pool:
        until(lambda: len(pool.events("child.delayed")) >= 4, what="four delays")
        delays = [event["seconds"] for event in pool.events("child.delayed")]
        assert delays[0] == 0.05
        assert all(isinstance(delay, float) and 0.05 <= delay <= 0.4 for delay in delays)
        failed = pool.events("child.failed")[0]
        assert failed["error"] == "RuntimeError: no engine found\nand a second line"
        assert "crash_at_boot" in text(failed, "traceback")
        assert pool.events("child.exited")[0]["evidence"] == "exit code 70"
        assert pool.child("ocr-2")["restarts"] == 0


def test_nonsense_is_counted_and_hurts_nobody(tmp_path: Path) -> None:
    specs = [spec("ocr-1", targets.speaks_nonsense(tmp_path)), spec("ocr-2", targets.obedient(tmp_path))]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        assert pool.child("ocr-1")["nonsense"] == 13
        assert pool.child("ocr-1")["jobs"] == []
        assert pool.status()["environments"] == {}
        assert pool.events("odd")[0]["worker"] == pool.child("ocr-1")["worker"]
        assert pool.events("child.nonsense")
        assert pool.child("ocr-2")["nonsense"] == 0


def test_nonsense_of_the_scout_never_reaches_an_answer(tmp_path: Path) -> None:
    def mad(start: ChildStart) -> int:
        deep = b"[" * 900 + b"]" * 900
        for number in range(30):
            name = f"environment-{number}".encode() if number else b"x" * 500
            line = b'{"word":"depths","environment":"%s","depths":[{"kind":%s,"ready":%s},7]}\n'
            start.pipe.sendall(line % (name, deep, deep))
        start.pipe.sendall(b'{"word":"outage","environment":"dev","error":{}}\n{"word":"released"}\n')
        return targets.scout(tmp_path)(start)

    with running(tmp_path, lambda settings: [spec("scout", mad, kind="scout")]) as pool:
        pool.wait_ready(1)
        environments = record(pool.status(), "environments")
        assert len(environments) == 20
        assert records(record(environments, "environment-1"), "depths")[0]["ready"] == 0
        assert pool.child("scout")["restarts"] == 0


def test_a_child_that_closes_its_pipe_and_lives_on_is_replaced(tmp_path: Path) -> None:
    def hangs_up(start: ChildStart) -> int:
        targets.say(start, "ready")
        start.pipe.close()
        targets.forever()
        return 0

    specs = [spec("ocr-1", hangs_up)]
    with running(tmp_path, lambda settings: specs, quick_settings(tmp_path, beat_missed_seconds=0.5)) as pool:
        until(lambda: pool.events("child.replaced"), what="the replacement")


def test_when_the_parent_is_killed_every_descendant_is_gone_within_a_second(tmp_path: Path) -> None:
    chromium_like = ["setpriv", "--pdeathsig", "KILL", "sleep", "60"]
    specs = [
        spec("scout", targets.scout(tmp_path), kind="scout"),
        spec("ocr-1", targets.with_grandchild(tmp_path, chromium_like)),
        spec("ocr-2", targets.deaf),
        spec("ocr-3", targets.never_ready),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(3)
        pids = [row["pid"] for row in [*pool.children(), *pool.heard("grandchildren")]]
        assert len(pids) == 5
        pool.signal(signal.SIGKILL)
        until(lambda: not any(is_alive(int(str(pid))) for pid in pids), 1.0, "the end of everybody")


def test_a_parent_that_was_itself_stopped_judges_nobody_by_it(tmp_path: Path) -> None:
    specs = [spec("ocr-1", targets.obedient(tmp_path)), spec("ocr-2", targets.obedient(tmp_path))]
    with running(tmp_path, lambda settings: specs, quick_settings(tmp_path, beat_missed_seconds=1.0)) as pool:
        pool.wait_ready(2)
        pool.signal(signal.SIGSTOP)
        # Children are stopped as well: when all go on, none has beaten for longer than is allowed.
        pids = children_of(pool.pid)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        waited = os.times().elapsed + 2.0
        until(lambda: os.times().elapsed > waited, what="two seconds")
        pool.signal(signal.SIGCONT)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        until(lambda: pool.events("pool.paused"), what="the pause noticed")
        pool.wait_ready(2)
        assert [row["restarts"] for row in pool.children()] == [0, 0]
