"""What may be asked of a running pool, and what comes of it."""

import os
import selectors
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from poolmgr.config.settings import OcrSettings, Settings
from poolmgr.domain.children import ChildSpec
from poolmgr.domain.json import Json, JsonObject, record, records, strings, text
from poolmgr.pool import control
from poolmgr.pool.commands import CommandError, scaled
from poolmgr.pool.reloads import Reloaded
from tests.pool import targets
from tests.pool.running import quick_settings, running, spec
from tests.pool.test_reloads import as_many_as_configured, from_file, start_with
from tests.waiting import until

WAITING: list[Json] = [{"kind": "ocr_index", "ready": 3}, {"kind": "ocr_acte", "ready": 2}]


def reading(folder: Path) -> Sequence[ChildSpec]:
    return [
        spec("scout", targets.scout(folder, depths=WAITING), kind="scout"),
        spec("ocr-1", targets.obedient(folder)),
    ]


def test_a_pause_reaches_every_child_wakes_nobody_and_ends_with_a_resume(tmp_path: Path) -> None:
    with running(tmp_path, lambda _: reading(tmp_path)) as pool:
        pool.wait_ready(2)
        answer = pool.ask("pause", environment="dev", kind="ocr")
        assert strings(answer, "paused") == ["ocr_index in dev", "ocr_acte in dev"]
        worker = text(pool.child("ocr-1"), "worker")
        until(lambda: pool.heard(worker, "pauses"), what="the message")
        assert records(pool.heard(worker, "pauses")[-1], "pauses") == [
            {"environment": "dev", "kind": "ocr_index"},
            {"environment": "dev", "kind": "ocr_acte"},
        ]
        assert pool.ask("pause", environment="dev", kind="ocr")["paused"] == []
        shown = records(pool.status(), "pauses")
        assert [one["by"] for one in shown] == ["root", "root"]
        lifted = pool.ask("resume")
        assert strings(lifted, "resumed") == ["ocr_index in dev", "ocr_acte in dev"]
        until(lambda: len(pool.heard(worker, "pauses")) == 2, what="the second message")
        assert pool.heard(worker, "pauses")[-1]["pauses"] == []
        assert [text(one, "event") for one in pool.decisions() if text(one, "event").startswith("work.")] == [
            "work.paused",
            "work.paused",
            "work.resumed",
            "work.resumed",
        ]


def test_a_child_that_starts_later_hears_of_a_pause_at_once(tmp_path: Path) -> None:
    settings = start_with(tmp_path, 1)
    with running(tmp_path, as_many_as_configured(tmp_path), settings, reload=from_file(tmp_path)) as pool:
        pool.wait_ready(2)
        pool.ask("pause", kind="land")
        pool.ask("scale", group="ocr", children=2)
        pool.wait_ready(3)
        worker = text(pool.child("ocr-1"), "worker")
        until(lambda: pool.heard(worker, "pauses"), what="the message")


@pytest.mark.parametrize(
    ("word", "arguments", "sentence"),
    [
        ("pause", {"environment": "moon"}, "'moon' is no environment of this pool."),
        ("pause", {"kind": "laundry"}, "'laundry' is no kind of job."),
        ("resume", {"kind": 7, "environment": "moon"}, "'moon' is no environment of this pool."),
        ("recycle", {"names": ["ocr-9"]}, "There is no child ocr-9."),
        ("recycle", {"kind": "laundry"}, "There is no child of kind 'laundry'."),
        ("scale", {"group": "ocr", "children": "many"}, "scale needs a group and a number of children."),
        ("scale", {"group": "scout", "children": 2}, "scale needs a group and a number of children."),
        ("scale", {"group": "ocr", "children": True}, "scale needs a group and a number of children."),
        ("scale", {"group": "ocr", "children": -1}, "ocr.children = -1 cannot be"),
        ("fly", {}, "'fly' is not a word of the control socket"),
    ],
)
def test_what_makes_no_sense_changes_nothing_and_is_told(
    tmp_path: Path, word: str, arguments: dict[str, Json], sentence: str
) -> None:
    with running(tmp_path, lambda _: [spec("ocr-1", targets.obedient(tmp_path))]) as pool:
        pool.wait_ready(1)
        before = pool.child("ocr-1")["worker"]
        assert text(pool.ask(word, **arguments), "error").startswith(sentence)
        assert pool.child("ocr-1")["worker"] == before


def test_a_scale_lasts_over_a_reload_until_its_own_key_is_changed(tmp_path: Path) -> None:
    settings = start_with(tmp_path, 1)

    def reload() -> Reloaded:
        return from_file(tmp_path, changed=tuple((tmp_path / "changed").read_text().split()))()

    with running(tmp_path, as_many_as_configured(tmp_path), settings, reload=reload) as pool:
        pool.wait_ready(2)
        assert pool.ask("scale", group="ocr", children=3) == {"group": "ocr", "before": 1, "children": 3}
        pool.wait_ready(4)
        (tmp_path / "changed").write_text("queue.max_attempts")
        pool.ask("reload")
        assert len([row for row in pool.children() if row["kind"] == "ocr"]) == 3
        (tmp_path / "changed").write_text("ocr.children")
        (tmp_path / "count").write_text("2")
        pool.ask("reload")
        until(lambda: len([row for row in pool.children() if row["kind"] == "ocr"]) == 2, what="one less")


def test_a_number_of_children_is_checked_as_the_configuration_checks_it() -> None:
    assert scaled(Settings(ocr=OcrSettings(children=1)), {"ocr": 5}).ocr.children == 5
    with pytest.raises(CommandError, match="cannot be"):
        scaled(Settings(), {"registre": 100_000})


def test_recycled_children_are_replaced_one_after_the_other(tmp_path: Path) -> None:
    specs = [spec(f"ocr-{n}", targets.obedient(tmp_path)) for n in (1, 2, 3)]
    with running(tmp_path, lambda _: specs) as pool:
        pool.wait_ready(3)
        before = {text(row, "name"): row["worker"] for row in pool.children()}
        assert pool.ask("recycle", names=["ocr-1", "ocr-3"])["recycled"] == ["ocr-1", "ocr-3"]
        until(lambda: len(pool.events("child.exited")) == 2, what="two of them")
        pool.wait_ready(3)
        after = {text(row, "name"): row["worker"] for row in pool.children()}
        assert [name for name in before if before[name] != after[name]] == ["ocr-1", "ocr-3"]
        assert "asked for by root" in {text(event, "why") for event in pool.events("child.drained")}


def test_a_drain_is_a_sigterm(tmp_path: Path) -> None:
    with running(tmp_path, lambda _: reading(tmp_path)) as pool:
        pool.wait_ready(2)
        assert pool.ask("drain") == {"state": "draining", "pid": pool.pid}
        assert pool.exit_code() == 0


def test_a_drain_that_is_asked_for_twice_cuts_nothing_short(tmp_path: Path) -> None:
    with running(tmp_path, lambda _: [spec("ocr-1", targets.busy(tmp_path))]) as pool:
        pool.wait_ready(1)
        worker = text(pool.child("ocr-1"), "worker")
        assert pool.ask("drain") == pool.ask("drain")
        until(lambda: pool.heard(worker, "drain"), what="the drain")
        assert not pool.heard(worker, "stop")
        assert len(pool.events("pool.draining")) == 1


def test_why_a_pool_drains_is_said(tmp_path: Path) -> None:
    with running(tmp_path, lambda _: reading(tmp_path)) as pool:
        pool.wait_ready(2)
        pool.ask("drain")
        assert pool.exit_code() == 0
        assert text(pool.events("pool.draining")[0], "reason") == "asked for by root"


def test_a_dry_run_shows_the_change_and_makes_none(tmp_path: Path) -> None:
    settings = start_with(tmp_path, 1)
    reload = from_file(tmp_path, changed=("ocr.children",))
    with running(tmp_path, as_many_as_configured(tmp_path), settings, reload=reload) as pool:
        pool.wait_ready(2)
        (tmp_path / "count").write_text("3")
        assert pool.ask("reload", dry_run=True)["changed"] == ["ocr.children"]
        (tmp_path / "count").write_text("many")
        assert "not a number" in text(pool.ask("reload", dry_run=True), "refused")
        assert len(pool.children()) == 2
        assert not pool.events("pool.reloaded")
        assert not pool.events("pool.reload_refused")


def test_another_user_is_refused_by_what_the_kernel_says_of_him() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert control.Client(ours).uid == os.geteuid()
    answered: list[int] = []

    def answer(message: JsonObject, uid: int) -> JsonObject:
        answered.append(uid)
        return {}

    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        asked = control.Control(listener, selector, answer)
        assert "user 4711 may not ask this pool" in text(asked.reply(b'{"word":"status"}', 4711), "error")
        assert asked.reply(b'{"word":"status"}', 0) == {}
    assert answered == [0]


def test_what_keeps_the_pool_from_its_work_is_a_problem_in_status(tmp_path: Path) -> None:
    settings = quick_settings(tmp_path, breaker_deaths=2, breaker_seconds=600)
    specs = [
        spec("scout", targets.scout(tmp_path, depths=WAITING), kind="scout"),
        spec("ocr-1", targets.crash_at_boot),
    ]
    with running(tmp_path, lambda _: specs, settings) as pool:
        until(lambda: pool.events("kind.broken"), what="the end of trying")
        until(lambda: len(strings(pool.status(), "problems")) == 2, what="both problems")
        broken, waiting = strings(pool.status(), "problems")
        assert broken == "ocr children die at their start: exit code 70"
        assert waiting.startswith("5 jobs wait and no ocr child is there")
        assert record(pool.status(), "kinds").keys() == {"registre", "ocr"}
