"""What the parent hears of a child that takes no jobs and of paid files, and says of what is not done."""

import json
import os
import signal
import time
from pathlib import Path

from poolmgr.config.settings import Settings
from poolmgr.domain.children import ChildStart, ChildTarget
from poolmgr.domain.json import Json, JsonObject, items, record
from poolmgr.pool.reloads import Reloaded
from tests.pool import targets
from tests.pool.running import RunningPool, quick_settings, running, spec, whole_lines
from tests.waiting import until


def speaker(folder: Path, name: str) -> ChildTarget:
    """Says what is written into the file `name`, line by line."""

    def live(start: ChildStart) -> int:
        said = 0
        targets.say(start, "ready")
        while True:
            targets.say(start, "beat", state="idle", jobs=0)
            lines = whole_lines(folder / name)
            for line in lines[said:]:
                start.pipe.sendall(line.encode() + b"\n")
            said = len(lines)
            time.sleep(targets.BEAT_SECONDS)

    return live


def say(folder: Path, name: str, word: str, **fields: Json) -> None:
    with (folder / name).open("a") as file:
        file.write(json.dumps({"word": word, **fields}) + "\n")


def spool_of(pool: RunningPool, name: str = "dev") -> JsonObject:
    return record(record(record(pool.status(), "environments"), name), "spool")


def test_why_a_child_takes_no_jobs_is_shown_and_said_once_for_each_reason(tmp_path: Path) -> None:
    child = spec("registre-1", speaker(tmp_path, "child"), kind="registre", claims=("land",))
    with running(tmp_path, lambda settings: [child]) as pool:
        pool.wait_ready(1)
        for _ in range(2):
            say(tmp_path, "child", "trouble", error="no browser")
        until(lambda: pool.child("registre-1")["trouble"] == "no browser", what="the trouble")
        say(tmp_path, "child", "trouble", error="the site is down")
        until(lambda: pool.child("registre-1")["trouble"] == "the site is down", what="another trouble")
        for _ in range(2):
            say(tmp_path, "child", "trouble", error="")
        until(lambda: pool.child("registre-1")["trouble"] is None, what="its end")
        say(tmp_path, "child", "event", event="last", fields={})
        until(lambda: pool.events("last"), what="the last word")
        assert [one["error"] for one in pool.events("child.troubled")] == ["no browser", "the site is down"]
        assert len(pool.events("child.untroubled")) == 1
        assert pool.events("child.troubled")[0]["name"] == "registre-1"
        assert pool.child("registre-1")["nonsense"] == 0
        assert pool.child("registre-1")["state"] == "idle"


def test_a_long_trouble_is_cut_and_nonsense_is_none(tmp_path: Path) -> None:
    child = spec("registre-1", speaker(tmp_path, "child"), kind="registre", claims=("land",))
    with running(tmp_path, lambda settings: [child]) as pool:
        pool.wait_ready(1)
        say(tmp_path, "child", "trouble", error="x" * 10_000)
        until(lambda: pool.child("registre-1")["trouble"], what="the trouble")
        assert pool.child("registre-1")["trouble"] == "x" * 500
        say(tmp_path, "child", "trouble", error={"no": "text"})
        until(lambda: pool.child("registre-1")["trouble"] is None, what="its end")


def test_the_next_child_of_a_place_has_not_the_trouble_of_the_last(tmp_path: Path) -> None:
    child = spec("registre-1", speaker(tmp_path, "child"), kind="registre", claims=("land",))
    with running(tmp_path, lambda settings: [child]) as pool:
        pool.wait_ready(1)
        say(tmp_path, "child", "trouble", error="no browser")
        until(lambda: pool.child("registre-1")["trouble"], what="the trouble")
        (tmp_path / "child").unlink()
        pid = pool.pid_of("registre-1")
        os.kill(pid, signal.SIGKILL)
        until(lambda: pool.child("registre-1")["pid"] != pid, what="its death")
        pool.wait_ready(1)
        assert pool.child("registre-1")["trouble"] is None


def test_paid_files_and_those_of_absent_hosts_are_shown_by_environment(tmp_path: Path) -> None:
    specs = [
        spec("scout", speaker(tmp_path, "scout"), kind="scout"),
        spec("ocr-1", speaker(tmp_path, "ocr")),
    ]
    stranded: list[Json] = [{"id": 7, "host": "there", "row": "row-7", "secret": "x"}]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        say(tmp_path, "scout", "spool", environment="dev", files=2, bytes=4096, stranded=stranded)
        until(lambda: spool_of(pool), what="the spool")
        assert spool_of(pool) == {
            "files": 2,
            "bytes": 4096,
            "stranded": [{"id": 7, "host": "there", "row": "row-7"}],
        }
        say(tmp_path, "scout", "spool", environment="dev", files=0, bytes=0, stranded=[])
        until(lambda: spool_of(pool)["files"] == 0, what="the delivery")
        assert record(record(pool.status(), "environments"), "dev")["outage"] is None


def test_nonsense_about_the_spool_is_counted_and_hurts_nobody(tmp_path: Path) -> None:
    specs = [
        spec("scout", speaker(tmp_path, "scout"), kind="scout"),
        spec("ocr-1", speaker(tmp_path, "ocr")),
    ]
    many: list[Json] = [{"id": number, "host": "h" * 500, "row": ["x"]} for number in range(300)]
    with running(tmp_path, lambda settings: specs) as pool:
        pool.wait_ready(2)
        say(tmp_path, "scout", "spool", files=1)
        say(tmp_path, "scout", "spool", environment="dev", files="2", bytes=None, stranded=[*many, 5])
        say(tmp_path, "ocr", "spool", environment="dev", files=9)
        until(lambda: pool.child("ocr-1")["nonsense"] == 1, what="a word that is the scout's alone")
        until(lambda: spool_of(pool), what="the spool")
        shown = spool_of(pool)
        assert (shown["files"], shown["bytes"]) == (0, 0)
        lines = shown["stranded"]
        assert isinstance(lines, list)
        assert (len(lines), lines[1]) == (100, {"id": 1, "host": "h" * 100, "row": ""})
        assert pool.child("scout")["nonsense"] == 1


def budget(registry: str, spent: int, limit: int = 2400) -> Json:
    cents: JsonObject = {"limit_cents": limit, "reserved_cents": 0, "spent_cents": spent, "price_cents": 150}
    return {"registry": registry, "enough": limit - spent >= 150, **cents}


def budgets_of(pool: RunningPool, name: str = "dev") -> list[Json]:
    return items(record(record(pool.status(), "environments"), name), "budgets")


def test_a_budget_is_shown_always_and_said_once_when_it_is_reached_and_when_it_is_free(
    tmp_path: Path,
) -> None:
    with running(
        tmp_path, lambda settings: [spec("scout", speaker(tmp_path, "scout"), kind="scout")]
    ) as pool:
        pool.wait_ready(1)

        def say_budgets(environment: str, *told: Json) -> None:
            say(tmp_path, "scout", "budgets", environment=environment, budgets=list(told))

        say_budgets("dev", budget("land", 1200))
        until(lambda: budgets_of(pool) == [budget("land", 1200)], what="the cents")
        assert pool.events("budget.reached") == []
        for _ in range(2):
            say_budgets("dev", budget("land", 2400), budget("rdprm", 0))
            say_budgets("prod", budget("land", 0))
        until(lambda: budgets_of(pool, "prod"), what="the other environment")
        (reached,) = pool.events("budget.reached")
        assert (reached["level"], reached["environment"], reached["registry"]) == ("warning", "dev", "land")
        assert reached["error"] == "the day's budget is spent: 24.00 of 24.00 CAD"
        assert (reached["spent_cents"], reached["limit_cents"]) == (2400, 2400)
        for _ in range(2):
            say_budgets("dev", budget("land", 0))
        until(lambda: budgets_of(pool) == [budget("land", 0)], what="the next day")
        (free,) = pool.events("budget.free")
        assert (free["level"], free["registry"]) == ("info", "land")
        say_budgets("dev", budget("land", 0, limit=0))
        until(lambda: len(pool.events("budget.reached")) == 2, what="a limit of nothing")
        assert pool.events("budget.reached")[1]["error"] == "nothing is bought: money.land_cents_a_day is 0"


def test_nonsense_about_budgets_is_counted_and_hurts_nobody(tmp_path: Path) -> None:
    with running(
        tmp_path, lambda settings: [spec("scout", speaker(tmp_path, "scout"), kind="scout")]
    ) as pool:
        pool.wait_ready(1)
        say(tmp_path, "scout", "budgets", budgets=[])
        many: list[Json] = [
            {"registry": f"{number}", "limit_cents": "x", "enough": True} for number in range(99)
        ]
        say(tmp_path, "scout", "budgets", environment="dev", budgets=[*many, 5])
        until(lambda: len(budgets_of(pool)) == 10, what="the budgets")
        assert pool.child("scout")["nonsense"] == 1


def test_what_is_not_done_here_is_shown_and_said_once_for_each_change(tmp_path: Path) -> None:
    written = tmp_path / "notices"
    written.write_text("not acknowledged\n")
    settings = quick_settings(tmp_path)

    def notices(_: Settings) -> tuple[str, ...]:
        return tuple(written.read_text().splitlines())

    specs = [spec("ocr-1", targets.obedient(tmp_path))]

    def reload() -> Reloaded:
        return Reloaded(settings=settings, changed=("foncier.automation_acknowledged",))

    with running(tmp_path, lambda settings: specs, settings, reload=reload, notices=notices) as pool:
        pool.wait_ready(1)
        assert pool.status()["notices"] == ["not acknowledged"]
        pool.ask("reload")
        pool.ask("reload")
        assert [one["error"] for one in pool.events("pool.notice")] == ["not acknowledged"]
        written.write_text("")
        pool.ask("reload")
        assert pool.status()["notices"] == []
        assert len(pool.events("pool.notice")) == 1
        written.write_text("not acknowledged\n")
        pool.ask("reload")
        assert len(pool.events("pool.notice")) == 2
        assert pool.events("pool.notice")[0]["level"] == "warning"


def test_a_key_of_the_land_registry_renews_its_children_and_nobody_else(tmp_path: Path) -> None:
    specs = [
        spec("scout", targets.scout(tmp_path), kind="scout"),
        spec("ocr-1", targets.obedient(tmp_path)),
        spec("registre-1", targets.obedient(tmp_path), kind="registre", claims=("land",)),
    ]
    settings = quick_settings(tmp_path)

    def reload() -> Reloaded:
        return Reloaded(settings=settings, recycled=("foncier.url",))

    with running(tmp_path, lambda settings: specs, settings, reload=reload) as pool:
        pool.wait_ready(3)
        before = {row["name"]: row["worker"] for row in pool.children()}
        assert pool.ask("reload")["recycled"] == ["foncier.url"]
        until(lambda: pool.events("child.exited", name="registre-1"), what="the renewal")
        pool.wait_ready(3)
        after = {row["name"]: row["worker"] for row in pool.children()}
        assert [name for name in before if before[name] != after[name]] == ["registre-1"]
        assert [one["name"] for one in pool.events("child.drained")] == ["registre-1"]
