"""What must be true before the first fork, and what systemd hears."""

import os
import signal
import socket
import threading
import time
from pathlib import Path

from poolmgr.domain.children import ChildStart, ChildTarget
from poolmgr.domain.json import JsonObject, number, text
from poolmgr.pool.reloads import Reloaded
from tests.pool import targets
from tests.pool.running import quick_settings, running, spec
from tests.waiting import until


def test_a_thread_in_the_parent_is_refused_by_name(tmp_path: Path) -> None:
    def start_thread() -> None:
        threading.Thread(target=time.sleep, args=(60,), name="metrics-flusher", daemon=True).start()

    specs = [spec("ocr-1", targets.obedient(tmp_path))]
    with running(tmp_path, lambda settings: specs, before=start_thread) as pool:
        assert pool.exit_code() == 99
    failure = (tmp_path / "failure").read_text()
    assert "The parent has 2 threads and may not fork" in failure
    assert "metrics-flusher" in failure


def test_a_thread_that_starts_later_stops_forks_and_not_supervision(tmp_path: Path) -> None:
    def threaded() -> ChildTarget:
        return targets.obedient(tmp_path)

    def reload() -> Reloaded:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        return Reloaded(settings=quick_settings(tmp_path))

    specs = [spec("ocr-1", threaded()), spec("ocr-2", targets.obedient(tmp_path))]
    with running(tmp_path, lambda settings: specs, reload=reload) as pool:
        pool.wait_ready(2)
        pool.ask("reload")
        os.kill(pool.pid_of("ocr-1"), signal.SIGKILL)
        until(lambda: pool.events("child.not_forked"), what="the refusal")
        assert "may not fork" in text(pool.events("child.not_forked")[0], "error")
        assert pool.child("ocr-2")["state"] == "idle"
        assert pool.child("ocr-1")["state"] == "stopped"
        pool.signal(signal.SIGTERM)
        assert pool.exit_code() == 0


def test_modules_are_preloaded_once_with_one_thread_each_and_frozen(tmp_path: Path) -> None:
    def look(start: ChildStart) -> int:
        import gc
        import sys

        seen: JsonObject = {
            "loaded": "colorsys" in sys.modules,
            "frozen": gc.get_freeze_count() > 1000,
            "limits": [os.environ["OMP_THREAD_LIMIT"], os.environ["OPENBLAS_NUM_THREADS"]],
        }
        targets.write_down(tmp_path, "seen", seen)
        return targets.obedient(tmp_path)(start)

    specs = [spec("ocr-1", look, preload=("colorsys",))]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(1)
        assert pool.heard("seen") == [{"loaded": True, "frozen": True, "limits": ["1", "1"]}]


def test_a_module_that_is_missing_is_named_with_the_child_that_needs_it(tmp_path: Path) -> None:
    specs = [spec("ocr-1", targets.obedient(tmp_path), preload=("no_such_engine",))]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.exit_code()
    failure = (tmp_path / "failure").read_text()
    assert failure.startswith("NotAvailable: Child ocr-1 needs the module no_such_engine")


def test_systemd_hears_ready_status_reloading_watchdog_and_stopping(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        heard: list[str] = []

        def said(line: str) -> bool:
            try:
                while True:
                    heard.extend(systemd.recv(4096).decode().splitlines())
            except BlockingIOError:
                return any(one.startswith(line) for one in heard)

        def under_systemd() -> None:
            os.environ["NOTIFY_SOCKET"] = str(tmp_path / "notify")
            os.environ["WATCHDOG_USEC"] = "200000"

        specs = [
            spec("ocr-1", targets.obedient(tmp_path)),
            spec("ocr-2", targets.never_ready, boot_limit_seconds=0.5),
        ]
        with running(tmp_path, lambda settings: specs, before=under_systemd) as pool:
            pool.wait_ready(1)
            until(lambda: said("READY=1"), what="READY although one child cannot start")
            assert number(pool.events("pool.ready")[0], "seconds") >= 0.5
            until(lambda: heard.count("WATCHDOG=1") >= 2 or (said("") and False), what="the watchdog")
            until(lambda: said("STATUS="), what="a status")
            pool.ask("reload")
            until(lambda: said("RELOADING=1") and said("MONOTONIC_USEC="), what="the reload")
            pool.signal(signal.SIGTERM)
            until(lambda: said("STOPPING=1"), what="the end")
            pool.exit_code()


def test_a_pool_without_any_child_waits_and_leaves_when_told(tmp_path: Path) -> None:
    with running(tmp_path, lambda settings: []) as pool:
        pool.wait_ready(0)
        pool.signal(signal.SIGTERM)
        assert pool.exit_code() == 0
