"""The way out: drain, stop, kill."""

import os
import pty
import signal
from pathlib import Path

from poolmgr.domain.json import Json, number, text
from tests.pool import targets
from tests.pool.running import FORKS, children_of, is_alive, quick_settings, running, spec
from tests.waiting import until


def test_a_drain_lets_workers_go_first_and_the_scout_last(tmp_path: Path) -> None:
    specs = [
        spec("scout", targets.scout(tmp_path), kind="scout"),
        spec("ocr-1", targets.obedient(tmp_path)),
        spec("ocr-2", targets.busy(tmp_path, leaves_on=("drain",))),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(3)
        scout, worker = text(pool.child("scout"), "worker"), text(pool.child("ocr-2"), "worker")
        pool.signal(signal.SIGTERM)
        assert pool.exit_code() == 0
        assert [event["name"] for event in pool.events("child.exited")][-1] == "scout"
        assert not any(event["crashed"] for event in pool.events("child.exited"))
        assert pool.heard(worker, "drain")[0]["deadline_seconds"] == 5.0
        words = [text(message, "word") for message in pool.heard(scout)]
        assert words[-1] == "drain"
        assert words.count("release") >= 2
        assert all(message["crashed"] is False for message in pool.heard(scout, "release"))
        told = [row for message in pool.heard(scout, "workers") for row in rows_of(message)]
        rows = {text(row, "worker_id"): (row["status"], row["current_job_id"]) for row in told}
        assert set(rows.values()) == {("offline", None)}
        assert worker in rows
        assert not (tmp_path / "c.sock").exists()


def rows_of(message: dict[str, Json]) -> list[dict[str, Json]]:
    rows = message["workers"]
    assert isinstance(rows, list)
    return [row for row in rows if isinstance(row, dict)]


def test_while_draining_a_busy_child_works_on_nobody_is_woken_and_status_answers(tmp_path: Path) -> None:
    waiting: list[Json] = [{"kind": "ocr_index", "ready": 5}]
    specs = [
        spec("scout", targets.scout(tmp_path, depths=waiting), kind="scout"),
        spec("ocr-1", targets.busy(tmp_path)),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        pool.signal(signal.SIGTERM)
        until(lambda: pool.status()["state"] == "draining", what="draining")
        assert pool.child("ocr-1")["state"] == "draining"
        assert pool.ask("reload")["refused"] == "The pool is draining."
        assert pool.child("scout")["state"] == "idle"
        pool.signal(signal.SIGINT)
        assert pool.exit_code() == 0
        worker = text(pool.events("child.started", name="ocr-1")[0], "worker")
        assert [text(message, "word") for message in pool.heard(worker)][-2:] == ["drain", "stop"]


def test_at_the_deadline_a_child_is_told_to_stop_and_the_exit_is_clean(tmp_path: Path) -> None:
    settings = quick_settings(tmp_path, drain_seconds=0.3)
    specs = [spec("scout", targets.scout(tmp_path), kind="scout"), spec("ocr-1", targets.busy(tmp_path))]
    with running(tmp_path, lambda settings: specs, settings) as pool:
        pool.wait_ready(2)
        scout = text(pool.child("scout"), "worker")
        pool.signal(signal.SIGTERM)
        assert pool.exit_code() == 0
        (release,) = pool.heard(scout, "release")[:1]
        assert release["crashed"] is False
        exited = pool.events("child.exited", name="ocr-1")[0]
        assert 0.3 <= number(exited, "seconds") < 5


def test_what_is_left_after_the_deadline_is_killed_its_claims_released_and_the_exit_says_so(
    tmp_path: Path,
) -> None:
    settings = quick_settings(tmp_path, drain_seconds=0.2, kill_after_drain_seconds=0.3)
    specs = [spec("scout", targets.scout(tmp_path), kind="scout"), spec("ocr-1", targets.deaf)]
    with running(tmp_path, lambda settings: specs, settings) as pool:
        pool.wait_ready(2)
        scout, worker = text(pool.child("scout"), "worker"), text(pool.child("ocr-1"), "worker")
        pool.signal(signal.SIGTERM)
        assert pool.exit_code() == 1
        release = pool.heard(scout, "release")[0]
        assert (release["worker"], release["crashed"]) == (worker, False)
        assert pool.events("child.killed", name="ocr-1")
        assert pool.events("release.done", worker=worker)
        assert [event["name"] for event in pool.events("child.exited")] == ["ocr-1", "scout"]


def test_a_scout_that_never_acknowledges_does_not_hold_the_exit_for_ever(tmp_path: Path) -> None:
    settings = quick_settings(tmp_path, kill_after_drain_seconds=0.6)
    specs = [
        spec("scout", targets.scout(tmp_path, acknowledges=False), kind="scout"),
        spec("ocr-1", targets.obedient(tmp_path)),
    ]
    with running(tmp_path, lambda settings: specs, settings) as pool:
        pool.wait_ready(2)
        pool.signal(signal.SIGTERM)
        assert pool.exit_code() == 0
        assert pool.events("release.given_up")


def test_a_scout_that_dies_during_the_drain_is_replaced_for_the_last_releases(tmp_path: Path) -> None:
    specs = [spec("scout", targets.scout(tmp_path), kind="scout"), spec("ocr-1", targets.busy(tmp_path))]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        pool.signal(signal.SIGTERM)
        until(lambda: pool.status()["state"] == "draining", what="draining")
        os.kill(pool.pid_of("scout"), signal.SIGKILL)
        until(lambda: pool.events("child.replaced", name="scout"), what="another scout")
        pool.signal(signal.SIGTERM)
        assert pool.exit_code() == 0
        assert pool.events("release.done")


def test_a_child_that_dies_while_draining_is_not_replaced(tmp_path: Path) -> None:
    specs = [spec("ocr-1", targets.busy(tmp_path)), spec("ocr-2", targets.busy(tmp_path))]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        pool.signal(signal.SIGTERM)
        until(lambda: pool.status()["state"] == "draining", what="draining")
        os.kill(pool.pid_of("ocr-1"), signal.SIGKILL)
        until(lambda: pool.events("child.exited", name="ocr-1"), what="its end")
        pool.signal(signal.SIGTERM)
        assert pool.exit_code() == 0
        assert len(pool.events("child.started")) == 2


def test_paid_work_may_go_on_for_longer_than_the_rest(tmp_path: Path) -> None:
    settings = quick_settings(tmp_path, drain_seconds=0.2, paid_drain_seconds=1.0)
    specs = [
        spec("registre-1", targets.busy(tmp_path), kind="registre", claims=("land", "req")),
        spec("ocr-1", targets.busy(tmp_path)),
    ]
    with running(tmp_path, lambda settings: specs, settings) as pool:
        pool.wait_ready(2)
        paid = text(pool.child("registre-1"), "worker")
        pool.signal(signal.SIGTERM)
        assert pool.exit_code() == 0
        assert [event["name"] for event in pool.events("child.exited")] == ["ocr-1", "registre-1"]
        drain, stop = pool.heard(paid, "drain")[0], pool.heard(paid, "stop")[0]
        assert drain["deadline_seconds"] == 1.0
        assert number(stop, "at") - number(drain, "at") >= 0.9


def test_sigquit_ends_everything_now(tmp_path: Path) -> None:
    specs = [
        spec("scout", targets.scout(tmp_path), kind="scout"),
        spec("ocr-1", targets.deaf),
        spec("ocr-2", targets.with_grandchild(tmp_path, ["sleep", "60"])),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(3)
        pids = [*children_of(pool.pid), int(str(pool.heard("grandchildren")[0]["pid"]))]
        pool.signal(signal.SIGQUIT)
        assert pool.exit_code(within_seconds=2.0) == 1
        assert not any(map(is_alive, pids))


def test_a_terminal_that_vanishes_means_drain_and_not_reload(tmp_path: Path) -> None:
    terminals = pty.openpty()
    name = os.ttyname(terminals[1])

    def sit_at_terminal() -> None:
        os.setsid()
        os.close(os.open(name, os.O_RDWR))  # the first one opened becomes the controlling one
        if FORKS:
            os.close(terminals[0])

    specs = [spec("ocr-1", targets.obedient(tmp_path))]
    with running(tmp_path, lambda settings: specs, before=sit_at_terminal) as pool:
        pool.wait_ready(1)
        pool.signal(signal.SIGHUP)
        until(lambda: pool.events("pool.reloaded"), what="a reload, while somebody sits there")
        for end in terminals:
            os.close(end)
        assert pool.exit_code() == 0
        assert pool.events("pool.draining")[0]["reason"] == "the terminal is gone"
