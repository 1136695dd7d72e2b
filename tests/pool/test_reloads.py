"""SIGHUP and `reload`: what changes live, what is replaced one by one, what is refused."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from poolmgr.config.settings import OcrSettings, Settings
from poolmgr.domain.children import ChildSpec, ChildStart
from poolmgr.domain.errors import ConfigError
from poolmgr.domain.json import text
from poolmgr.pool.reloads import Reloaded
from tests.pool import targets
from tests.pool.running import quick_settings, running, spec
from tests.waiting import until


def as_many_as_configured(folder: Path) -> Callable[[Settings], Sequence[ChildSpec]]:
    def specs(settings: Settings) -> list[ChildSpec]:
        first = settings.ocr.children
        children = [
            # The first of many has a job, so that it is not the one to go.
            spec(f"ocr-{n}", targets.busy(folder) if n == first > 1 else targets.obedient(folder))
            for n in range(1, first + 1)
        ]
        return [spec("scout", targets.scout(folder), kind="scout"), *children]

    return specs


def from_file(
    folder: Path,
    *,
    changed: tuple[str, ...] = (),
    recycled: tuple[str, ...] = (),
    needs_restart: tuple[str, ...] = (),
) -> Callable[[], Reloaded]:
    """Reads the number of children from a file, as the command line reads config.toml."""

    def reload() -> Reloaded:
        written = (folder / "count").read_text()
        if not written.isdecimal():
            raise ConfigError(f"config.toml:3: ocr.children: {written!r} is not a number")
        settings = quick_settings(folder)
        ocr = OcrSettings(children=int(written))
        return Reloaded(
            settings=settings.model_copy(update={"ocr": ocr}),
            changed=changed,
            recycled=recycled,
            needs_restart=needs_restart,
        )

    return reload


def start_with(folder: Path, count: int) -> Settings:
    (folder / "count").write_text(str(count))
    return quick_settings(folder).model_copy(update={"ocr": OcrSettings(children=count)})


def test_more_children_are_started_and_of_the_others_only_the_scout_is_renewed(tmp_path: Path) -> None:
    settings = start_with(tmp_path, 1)
    reload = from_file(tmp_path, changed=("ocr.children",), needs_restart=("redis.url",))
    with running(tmp_path, as_many_as_configured(tmp_path), settings, reload=reload) as pool:
        pool.wait_ready(2)
        before = {text(row, "name"): row["pid"] for row in pool.children()}
        (tmp_path / "count").write_text("3")
        answer = pool.ask("reload")
        assert answer == {
            "changed": ["ocr.children"],
            "recycled": [],
            "needs_restart": ["redis.url"],
            "changes": [],
            "refused": None,
        }
        until(lambda: pool.child("scout")["pid"] not in (None, before["scout"]), what="a new scout")
        pool.wait_ready(4)
        assert pool.child("ocr-1")["pid"] == before["ocr-1"]


def test_of_a_surplus_the_idle_children_go_and_the_busy_one_works_on(tmp_path: Path) -> None:
    settings = start_with(tmp_path, 3)
    with running(tmp_path, as_many_as_configured(tmp_path), settings, reload=from_file(tmp_path)) as pool:
        pool.wait_ready(4)
        until(lambda: pool.child("ocr-3")["state"] == "busy", what="a job in hand")
        busy = text(pool.child("ocr-3"), "worker")
        (tmp_path / "count").write_text("1")
        pool.signal(signal.SIGHUP)
        until(lambda: len(pool.children()) == 2, what="two children gone")
        assert pool.child("ocr-1")["worker"] == busy
        assert not any(event["crashed"] for event in pool.events("child.exited"))
        assert len(pool.events("child.drained")) == 2


def test_an_invalid_configuration_changes_nothing_and_says_why(tmp_path: Path) -> None:
    settings = start_with(tmp_path, 1)
    with running(tmp_path, as_many_as_configured(tmp_path), settings, reload=from_file(tmp_path)) as pool:
        pool.wait_ready(2)
        before = {row["worker"] for row in pool.children()}
        (tmp_path / "count").write_text("many")
        assert "'many' is not a number" in text(pool.ask("reload"), "refused")
        (tmp_path / "count").unlink()
        assert "No such file" in text(pool.ask("reload"), "refused")
        assert {row["worker"] for row in pool.children()} == before
        assert len(pool.events("pool.reload_refused")) == 2


def test_children_are_replaced_one_by_one_each_after_the_one_before_is_ready(tmp_path: Path) -> None:
    settings = start_with(tmp_path, 1)
    reload = from_file(tmp_path, recycled=("queue.lease_seconds",))
    (tmp_path / "count").write_text("1")
    with running(tmp_path, as_many_as_configured(tmp_path), settings, reload=reload) as pool:
        pool.wait_ready(2)
        before = {row["worker"] for row in pool.children()}
        pool.ask("reload")
        until(lambda: len(pool.events("child.replaced")) == 2, what="two replacements")
        pool.wait_ready(2)
        assert not before & {row["worker"] for row in pool.children()}
        assert {text(event, "name") for event in pool.events("child.drained")} == {"ocr-1", "scout"}
        told = [(text(one, "event"), text(one, "name")) for one in pool.all_events() if "name" in one]
        order = [one for one in told if one[0] in ("child.replaced", "child.drained")]
        assert order == [
            ("child.replaced", "ocr-1"),
            ("child.drained", "ocr-1"),
            ("child.drained", "scout"),
            ("child.replaced", "scout"),
        ]


def test_a_new_configuration_that_cannot_start_stops_at_its_first_child(tmp_path: Path) -> None:
    broken = tmp_path / "broken"

    def target(start: ChildStart) -> int:
        return targets.crash_at_boot(start) if broken.exists() else targets.obedient(tmp_path)(start)

    specs = [spec(f"ocr-{n}", target) for n in (1, 2, 3)]
    settings = quick_settings(tmp_path)
    reload = from_file(tmp_path, recycled=("ocr.dpi",))
    start_with(tmp_path, 3)
    with running(tmp_path, lambda settings: specs, settings, reload=reload) as pool:
        pool.wait_ready(3)
        broken.touch()
        pool.ask("reload")
        until(lambda: len(pool.events("child.failed")) >= 3, what="three tries")
        assert not pool.events("child.drained"), "the old one works on until the next is ready"
        assert [text(row, "state") for row in pool.children()].count("idle") == 3
        broken.unlink()
        until(lambda: len(pool.events("child.drained")) == 3, what="the others, now that it works")


KINDS = ("ocr", "registre", "scout")


def renewed(
    *, kinds: tuple[str, ...] = KINDS, changed: tuple[str, ...] = (), recycled: tuple[str, ...] = ()
) -> list[str]:
    new = Reloaded(settings=Settings(), changed=changed, recycled=recycled)
    return [kind for kind in kinds if new.recycles(kind)]


def test_a_key_of_one_kind_replaces_only_that_kind() -> None:
    assert renewed(recycled=("ocr.dpi",)) == ["ocr"]
    assert renewed(recycled=("registre.contexts",)) == ["registre"]
    assert renewed(changed=("money.land_cents_a_day",)) == ["scout"]
    assert renewed(recycled=("queue.lease_seconds",)) == [*KINDS]
    assert renewed(recycled=("ocr.dpi", "queue.lease_seconds")) == [*KINDS]
    assert renewed() == []


def test_a_key_of_the_land_registry_replaces_only_the_children_that_use_it() -> None:
    assert renewed(recycled=("foncier.url",)) == ["registre"]
    assert renewed(recycled=("foncier.price_cents",)) == ["registre", "scout"], "who tells it the databases"
    assert renewed(recycled=("foncier.url", "ocr.dpi")) == ["ocr", "registre"]
    assert renewed(changed=("registre.spool_seconds",)) == ["scout"], "who looks after the spool"


def test_a_switch_of_an_environment_replaces_the_children_that_work_there() -> None:
    assert renewed(changed=("environments.prod.ocr",)) == ["ocr", "scout"]
    assert renewed(changed=("environments.staging.extraction",)) == ["registre", "scout"]
    assert renewed(changed=("environments.dev.req", "environments.dev.ocr")) == [*KINDS]
    assert renewed(changed=("environments.dev.rdprm",)) == ["registre", "scout"]
    assert renewed(changed=("environments.dev.predecessor_beside",)) == ["scout"]
    assert renewed(changed=("ocr.enabled",)) == ["scout"], "a switch of this machine starts or ends them"


def test_a_key_of_children_that_are_not_there_replaces_nobody() -> None:
    assert renewed(kinds=("ocr", "scout"), recycled=("foncier.url", "registre.contexts")) == []


def test_a_pool_under_nohup_ignores_the_hangup_and_reloads_by_its_socket(tmp_path: Path) -> None:
    settings = start_with(tmp_path, 1)
    with running(
        tmp_path,
        as_many_as_configured(tmp_path),
        settings,
        reload=from_file(tmp_path),
        before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    ) as pool:
        pool.wait_ready(2)
        os.kill(pool.pid, signal.SIGHUP)
        assert pool.ask("reload")["refused"] is None
        assert len(pool.events("pool.reloaded")) == 1
