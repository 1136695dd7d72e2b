"""A kind whose children die at every start is left alone, tried with one, and comes back."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from poolmgr.config.settings import PoolSettings, Settings
from poolmgr.domain.children import ChildSpec, ChildStart
from poolmgr.domain.json import record, text
from poolmgr.pool.breakers import Breakers
from tests.pool import targets
from tests.pool.running import quick_settings, running, spec
from tests.waiting import until

POOL = PoolSettings(breaker_deaths=3, breaker_seconds=10, breaker_max_seconds=35)


def broken(times: int = 3) -> Breakers:
    breakers = Breakers()
    for _ in range(times):
        breakers.died("ocr", "ocr-1", "exit code 1", 0.0, POOL)
    return breakers


def test_it_opens_at_so_many_deaths_in_a_row_and_other_kinds_go_on() -> None:
    assert not broken(2).forbids("ocr", 0.0)
    breakers = broken(3)
    assert breakers.forbids("ocr", 9.9)
    assert not breakers.forbids("registre", 0.0)
    assert not breakers.forbids("scout", 0.0)


def test_a_life_in_between_begins_the_count_anew() -> None:
    breakers = broken(2)
    breakers.proven("ocr")
    breakers.died("ocr", "ocr-1", "exit code 1", 0.0, POOL)
    assert not breakers.forbids("ocr", 0.0)


def test_after_its_time_one_child_is_tried_and_no_second_one() -> None:
    breakers = broken()
    assert not breakers.forbids("ocr", 10.0)
    breakers.started("ocr", "ocr-1")
    assert breakers.forbids("ocr", 1e9)
    breakers.proven("ocr")
    assert not breakers.forbids("ocr", 10.0)


def test_each_probe_that_dies_doubles_the_time_up_to_a_limit() -> None:
    breakers, now = broken(), 0.0
    for seconds in (10.0, 20.0, 35.0, 35.0):
        assert breakers.of["ocr"].until == now + seconds
        now += seconds
        breakers.started("ocr", "ocr-1")
        breakers.died("ocr", "ocr-1", "exit code 1", now, POOL)


def test_a_probe_that_was_sent_away_makes_room_for_another() -> None:
    breakers = broken()
    breakers.started("ocr", "ocr-1")
    breakers.gone("ocr", "ocr-1", 12.0)
    assert not breakers.forbids("ocr", 12.0)


def test_only_the_probe_itself_decides() -> None:
    breakers = broken()
    breakers.started("ocr", "ocr-1")
    breakers.died("ocr", "ocr-2", "exit code 1", 12.0, POOL)
    breakers.gone("ocr", "ocr-3", 12.0)
    assert breakers.of["ocr"].state == "probing"
    breakers.died("ocr", "ocr-1", "exit code 1", 12.0, POOL)
    assert breakers.of["ocr"].until == 12.0 + 20.0


@given(steps=st.lists(st.sampled_from(["died", "started", "gone", "proven", "wait"]), max_size=60))
def test_whatever_happens_time_alone_always_leads_to_a_try(steps: list[str]) -> None:
    breakers, now, trying = Breakers(), 0.0, False
    for step in steps:
        now += 50.0 if step == "wait" else 0.1
        match step:
            case "died":
                breakers.died("ocr", "ocr-1", "exit code 1", now, POOL)
                trying = False
            case "started" if not breakers.forbids("ocr", now):
                breakers.started("ocr", "ocr-1")
                trying = True
            case "gone":
                breakers.gone("ocr", "ocr-1", now)
                trying = False
            case "proven":
                breakers.proven("ocr")
    if not trying:
        breakers.gone("ocr", "ocr-1", now)
    assert trying or not breakers.forbids("ocr", now + 35.1)


def test_a_kind_that_cannot_start_is_left_alone_tried_with_one_child_and_mends(tmp_path: Path) -> None:
    ill = tmp_path / "ill"
    ill.touch()

    def target(start: ChildStart) -> int:
        return targets.crash_at_boot(start) if ill.exists() else targets.obedient(tmp_path)(start)

    specs: list[ChildSpec] = [spec(f"ocr-{n}", target) for n in (1, 2, 3)]
    specs += [spec("registre-1", targets.obedient(tmp_path), kind="registre", claims=("land",))]
    settings = quick_settings(tmp_path, breaker_deaths=4, breaker_seconds=0.4, breaker_max_seconds=0.8)
    with running(tmp_path, lambda _: specs, settings) as pool:
        until(lambda: len(pool.events("kind.probing")) >= 2, what="a second probe")
        first, second = pool.events("kind.broken")[:2]
        assert (first["kind"], first["deaths"], first["seconds"]) == ("ocr", 4, 0.4)
        assert second["seconds"] == 0.8
        assert "exit code 70" in text(first, "why")
        assert pool.child("registre-1")["state"] == "idle"
        ill.unlink()
        until(lambda: pool.events("kind.mended"), what="a probe that lives")
        pool.wait_ready(4)
        kinds = record(pool.status(), "kinds")
        assert record(kinds, "ocr") == {
            "state": "closed",
            "deaths": 0,
            "retry_in_seconds": None,
            "evidence": None,
        }
        assert pool.child("registre-1")["restarts"] == 0
        decided = [text(one, "event") for one in pool.decisions()]
        assert [one for one in decided if one.startswith("kind.")][:2] == ["kind.broken", "kind.probing"]


def test_the_pool_is_ready_though_one_kind_is_broken(tmp_path: Path) -> None:
    specs = [
        spec("ocr-1", targets.crash_at_boot),
        spec("registre-1", targets.obedient(tmp_path), kind="registre", claims=("land",)),
    ]
    settings: Settings = quick_settings(tmp_path, breaker_deaths=2, breaker_seconds=600)
    with running(tmp_path, lambda _: specs, settings) as pool:
        until(lambda: pool.events("pool.ready"), 5, "readiness before any boot limit")
