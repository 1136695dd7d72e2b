"""A child that grows, as the kernel counts it: its whole tree, and what the pool does then."""

from functools import partial
from pathlib import Path

from poolmgr.config.settings import OcrSettings, ServerSettings, Settings
from poolmgr.domain.children import ChildStart
from poolmgr.domain.json import text
from tests.pool import targets
from tests.pool.running import FREE, quick_settings, running, spec
from tests.waiting import until

MB = 2**20
GROWN_MB = 300


def limited(folder: Path, **limits: float) -> Settings:
    alone = {"tree_seconds": 0.1, "bookings_folder": str(folder / "bookings")}
    server = ServerSettings.model_validate({**FREE.model_dump(), **alone})
    ocr = OcrSettings.model_validate({"child_memory_mb": 0.0, "child_memory_limit_mb": 0.0, **limits})
    return quick_settings(folder).model_copy(update={"server": server, "ocr": ocr})


def grows_once(folder: Path, start: ChildStart) -> int:
    """The first child of a folder holds much; the one after it does not."""
    mark = folder / "grown"
    held = b"" if mark.exists() else b"x" * (GROWN_MB * MB)
    mark.touch()
    code = targets.obedient(folder)(start)
    assert len(held) in (0, GROWN_MB * MB)
    return code


def test_a_child_above_its_limit_in_two_measurings_is_asked_to_finish_and_replaced(tmp_path: Path) -> None:
    specs = [spec("ocr-1", partial(grows_once, tmp_path))]
    settings = limited(tmp_path, child_memory_limit_mb=200)
    with running(tmp_path, lambda _: specs, settings) as pool:
        until(lambda: pool.events("child.replaced"), what="another child")
        (drained,) = pool.events("child.drained")
        assert "MB, twice above its limit of 200 MB" in text(drained, "why")
        (exited,) = pool.events("child.exited")
        assert (exited["evidence"], exited["crashed"]) == ("exit code 0", False)
        pool.wait_ready(1)


def test_a_child_above_what_is_usual_is_replaced_between_jobs(tmp_path: Path) -> None:
    specs = [spec("ocr-1", partial(grows_once, tmp_path))]
    settings = limited(tmp_path, child_memory_mb=200)
    with running(tmp_path, lambda _: specs, settings) as pool:
        until(lambda: pool.events("child.drained"), what="another child")
        (stale,) = pool.events("child.stale")
        assert "more than 200 MB" in text(stale, "why")
        (drained,) = pool.events("child.drained")
        assert drained["why"] == stale["why"]


def test_one_that_does_not_finish_is_killed_at_its_deadline(tmp_path: Path) -> None:
    def deaf(start: ChildStart) -> int:
        held = b"x" * (GROWN_MB * MB)
        targets.busy(tmp_path, leaves_on=("never",))(start)
        return len(held)

    settings = limited(tmp_path, child_memory_limit_mb=200)
    pool_settings = settings.pool.model_copy(
        update={"drain_seconds": 0.2, "paid_drain_seconds": 0.3, "kill_after_drain_seconds": 0.3}
    )
    quick = settings.model_copy(update={"pool": pool_settings})
    with running(tmp_path, lambda _: [spec("ocr-1", deaf)], quick) as pool:
        until(lambda: pool.events("child.killed"), what="the kill at the deadline")
        (killed,) = pool.events("child.killed")[:1]
        assert killed["why"] == "still there after the end of its drain"
