"""What the parent makes of the messages of its children."""

import time
from functools import partial
from pathlib import Path

from poolmgr.domain.children import ChildStart, ChildTarget
from poolmgr.domain.json import Json, JsonObject, records, text, whole
from tests.pool import targets
from tests.pool.running import RunningPool, running, spec
from tests.waiting import until


def telling_scout(folder: Path, lines: list[dict[str, Json]]) -> ChildTarget:
    """Says line N as soon as there is a file `go-N`."""

    def live(start: ChildStart) -> int:
        said = 0

        def react(message: JsonObject) -> int | None:
            nonlocal said
            if said < len(lines) and (folder / f"go-{said}").exists():
                line = dict(lines[said])
                said += 1
                targets.say(start, str(line.pop("word")), **line)
            return targets.leave_when_told(message)

        return targets.Listener(start, folder, react).live()

    return live


def depths(**ready: int) -> dict[str, Json]:
    rows: list[Json] = [{"kind": kind, "ready": count, "running": 0} for kind, count in ready.items()]
    return {"word": "depths", "environment": "dev", "depths": rows}


def go(folder: Path, number: int) -> None:
    (folder / f"go-{number}").touch()


def test_only_idle_children_that_have_work_are_woken_and_each_in_turn(tmp_path: Path) -> None:
    lines = [depths(ocr_acte=1), depths(ocr_acte=1), depths(land=9)]
    specs = [
        spec("scout", telling_scout(tmp_path, lines), kind="scout"),
        spec("busy", targets.busy(tmp_path)),
        spec("idle-1", targets.obedient(tmp_path), claims=("ocr_acte",)),
        spec("idle-2", targets.obedient(tmp_path), claims=("ocr_acte",)),
        spec("other", targets.obedient(tmp_path), claims=("ocr_index",)),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(5)
        until(lambda: pool.child("busy")["state"] == "busy", what="a job in hand")
        workers = {text(row, "name"): text(row, "worker") for row in pool.children()}

        def wakes() -> dict[str, int]:
            return {name: len(pool.heard(worker, "wake")) for name, worker in workers.items()}

        go(tmp_path, 0)
        until(lambda: sum(wakes().values()) == 1, what="one waking")
        go(tmp_path, 1)
        until(lambda: sum(wakes().values()) == 2, what="the other's")
        go(tmp_path, 2)
        until(lambda: records(records_of(pool.status()), "depths")[0]["kind"] == "land", what="land's depth")
        assert wakes() == {"scout": 0, "busy": 0, "idle-1": 1, "idle-2": 1, "other": 0}


def test_a_busy_child_hears_of_work_that_no_idle_one_takes_for_it_may_have_room(tmp_path: Path) -> None:
    specs = [
        spec("scout", telling_scout(tmp_path, [depths(ocr_index=2)]), kind="scout"),
        spec("busy", targets.busy(tmp_path)),
        spec("idle", targets.obedient(tmp_path), claims=("ocr_index",)),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(3)
        until(lambda: pool.child("busy")["state"] == "busy", what="a job in hand")
        go(tmp_path, 0)
        workers = [text(pool.child(name), "worker") for name in ("idle", "busy")]
        until(lambda: all(pool.heard(worker, "wake") for worker in workers), what="both wakings")


def records_of(status: JsonObject) -> JsonObject:
    environments = status["environments"]
    assert isinstance(environments, dict)
    dev = environments["dev"]
    assert isinstance(dev, dict)
    return dev


def test_an_outage_is_said_once_and_over_when_the_environment_says_so_or_tells_its_depths(
    tmp_path: Path,
) -> None:
    down: dict[str, Json] = {"word": "outage", "environment": "dev", "error": "no answer"}
    lines = [down, dict(down), {**down, "error": ""}, dict(down), depths(ocr_acte=3)]
    specs = [
        spec("scout", telling_scout(tmp_path, lines), kind="scout"),
        spec("ocr-1", targets.obedient(tmp_path), claims=("ocr_acte",)),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        for number in (0, 1):
            go(tmp_path, number)
        until(lambda: pool.events("environment.down"), what="the outage")
        assert records_of(pool.status())["outage"] == "no answer"
        go(tmp_path, 2)
        until(lambda: pool.events("environment.up"), what="its end")
        assert records_of(pool.status())["outage"] is None
        assert len(pool.events("environment.down")) == 1
        go(tmp_path, 3)
        until(lambda: len(pool.events("environment.down")) == 2, what="another outage")
        go(tmp_path, 4)
        until(lambda: len(pool.events("environment.up")) == 2, what="its end")
        until(lambda: pool.heard(text(pool.child("ocr-1"), "worker"), "wake"), what="a waking")


def pool_rounds(pool: RunningPool, scout: str, count: int) -> None:
    """Waits until the parent has told its rows so many times more."""
    wanted = len(pool.heard(scout, "workers")) + count
    until(lambda: len(pool.heard(scout, "workers")) >= wanted, what=f"{count} rounds")


def test_idle_children_hear_that_all_is_calm_unless_an_environment_is_down(tmp_path: Path) -> None:
    lines: list[dict[str, Json]] = [
        depths(land=1),
        {"word": "outage", "environment": "dev", "error": "no answer"},
    ]
    specs = [
        spec("scout", telling_scout(tmp_path, lines), kind="scout"),
        spec("busy", targets.busy(tmp_path)),
        spec("idle", targets.obedient(tmp_path)),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(3)
        workers = {text(row, "name"): text(row, "worker") for row in pool.children()}
        assert not pool.heard(workers["idle"], "calm")
        go(tmp_path, 0)
        until(lambda: len(pool.heard(workers["idle"], "calm")) >= 2, what="calm, told again and again")
        go(tmp_path, 1)
        until(lambda: pool.events("environment.down"), what="an outage")
        pool_rounds(pool, workers["scout"], 1)
        told = len(pool.heard(workers["idle"], "calm"))
        pool_rounds(pool, workers["scout"], 3)
        assert len(pool.heard(workers["idle"], "calm")) == told
        assert not pool.heard(workers["busy"], "calm")


def does_two_jobs(folder: Path, start: ChildStart) -> int:
    """When the test says so: a child that is not ready yet cannot be woken."""
    named: dict[str, Json] = {"environment": "dev", "kind": "land", "row": "row-1"}
    targets.say(start, "ready")
    until((folder / "go").exists, targets.LONGEST_TEST_SECONDS, "the test's word")
    targets.say(start, "claimed", token="one", **named)
    targets.say(start, "claimed", token="two", **{**named, "row": "row-2"})
    targets.say(start, "settled", token="one", **named, outcome="done", seconds=1.5)
    targets.say(start, "claimed", token="three", **{**named, "row": "row-3"})
    targets.say(start, "settled", token="three", **named, outcome="give_up", seconds=0.5)
    while True:
        targets.say(start, "beat", state="busy", jobs=1)
        time.sleep(targets.BEAT_SECONDS)


def test_jobs_are_counted_shown_and_told_to_the_scout_and_a_download_wakes_ocr(tmp_path: Path) -> None:
    specs = [
        spec("scout", targets.scout(tmp_path), kind="scout"),
        spec("ocr-1", targets.obedient(tmp_path)),
        spec("registre-1", partial(does_two_jobs, tmp_path), kind="registre", claims=("land",)),
    ]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(3)
        (tmp_path / "go").touch()
        until(lambda: pool.child("registre-1")["failed"], what="the second job's end")
        row = pool.child("registre-1")
        assert (row["state"], row["completed"], row["failed"]) == ("busy", 1, 1)
        (job,) = records(row, "jobs")
        assert (job["environment"], job["kind"], job["row"]) == ("dev", "land", "row-2")
        scout, worker = text(pool.child("scout"), "worker"), text(row, "worker")

        def told() -> list[JsonObject]:
            messages = pool.heard(scout, "workers")
            rows = records(messages[-1], "workers") if messages else []
            return [one for one in rows if one["worker_id"] == worker and one["jobs_completed"] == 1]

        until(told, what="the rows of worker_status")
        (told_row,) = told()
        assert whole(told_row, "started_ms") > 1_700_000_000_000
        assert told_row | {"started_ms": 0} == {
            "worker_id": worker,
            "status": "busy",
            "current_job_id": "row-2",
            "jobs_completed": 1,
            "jobs_failed": 1,
            "claims": ["land"],
            "started_ms": 0,
            "environment": "dev",
            "cpu": 0.01,
            "ram_gb": 0.001,
        }
        until(lambda: pool.heard(text(pool.child("ocr-1"), "worker"), "wake"), what="OCR's waking")
        assert pool.events("job.settled", outcome="done", row="row-1")
