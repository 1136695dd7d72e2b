from hypothesis import given
from hypothesis import strategies as st

from poolmgr.config.changes import Change, applied, diff
from poolmgr.config.keys import all_keys, values
from poolmgr.config.section import Reload
from poolmgr.config.settings import Settings

ENVIRONMENT = {"database_url": "postgresql://u:SEKRET@h/d"}

settings = st.builds(
    lambda dpi, level, attempts, retry, prefix, names, beside, key: Settings.model_validate(
        {
            "ocr": {"dpi": dpi},
            "log": {"level": level},
            "queue": {"max_attempts": attempts, "retry_seconds": retry},
            "pool": {"worker_prefix": prefix},
            "environments": {
                name: {**ENVIRONMENT, "predecessor_beside": beside, "service_key": key} for name in names
            },
        }
    ),
    st.integers(72, 600),
    st.sampled_from(["debug", "info", "warning", "error"]),
    st.integers(1, 100),
    st.lists(st.floats(0.001, 86_400), min_size=1, max_size=20),
    st.sampled_from(["a", "b"]),
    st.sets(st.sampled_from(["prod", "staging", "dev"])),
    st.booleans(),
    st.sampled_from(["", "SEKRET-1", "SEKRET-2"]),
)


@given(settings)
def test_the_same_settings_have_no_changes(one: Settings) -> None:
    assert diff(one, one.model_copy(deep=True)) == []
    assert applied(one, one) == one


@given(settings, settings)
def test_two_settings_have_no_changes_exactly_when_they_are_equal(old: Settings, new: Settings) -> None:
    changes = diff(old, new)
    assert bool(changes) == (old != new)
    assert "SEKRET" not in "".join(map(str, changes))
    assert [change.key for change in diff(new, old)] == [change.key for change in changes]


@given(settings, settings)
def test_after_a_reload_only_what_needs_a_restart_still_differs(old: Settings, new: Settings) -> None:
    now = applied(old, new)
    assert {change.reload for change in diff(now, new)} <= {Reload.RESTART}
    assert not {change.reload for change in diff(old, now)} & {Reload.RESTART}
    assert Settings.model_validate(now.model_dump()) == now


def test_each_change_says_its_class_and_both_values() -> None:
    new = Settings.model_validate({"ocr": {"dpi": 200, "enabled": False}, "pool": {"data_folder": "/d"}})
    assert diff(Settings(), new) == [
        Change(key="pool.data_folder", reload=Reload.RESTART, old='""', new='"/d"'),
        Change(key="ocr.enabled", reload=Reload.LIVE, old="true", new="false"),
        Change(key="ocr.dpi", reload=Reload.RECYCLE, old="300", new="200"),
    ]


def test_a_secret_that_changed_is_masked_and_said_to_be_another() -> None:
    old = Settings.model_validate({"redis": {"url": "redis://:a@h"}})
    new = Settings.model_validate({"redis": {"url": "redis://:b@h"}})
    assert list(map(str, diff(old, new))) == ["redis.url: *** -> *** (another) (restart)"]


def test_an_environment_that_came_or_went_is_one_change() -> None:
    new = Settings.model_validate({"environments": {"dev": ENVIRONMENT}})
    assert list(map(str, diff(Settings(), new))) == ["environments.dev: absent -> configured (restart)"]
    assert list(map(str, diff(new, Settings()))) == ["environments.dev: configured -> absent (restart)"]
    both = Settings.model_validate({"environments": {"dev": ENVIRONMENT, "prod": ENVIRONMENT}})
    assert list(map(str, diff(new, both))) == ["environments.prod: absent -> configured (recycle)"]
    assert list(map(str, diff(both, new))) == ["environments.prod: configured -> absent (recycle)"]


def test_the_classes_of_reload_are_these() -> None:
    live = {key.dotted for key in all_keys().values() if key.reload is Reload.LIVE}
    assert {
        "log.level",
        "ocr.enabled",
        "ocr.children",
        "ocr.min_index_children",
        "ocr.min_acte_children",
        "queue.max_attempts",
    } <= live
    assert {f"environments.dev.{name}" for name in ("predecessor_beside", "ocr", "req", "rdprm")} <= live
    assert {key.dotted for key in all_keys().values() if key.table == "money"} <= live
    restart = {key.dotted for key in all_keys().values() if key.reload is Reload.RESTART}
    assert {
        "pool.data_folder",
        "pool.control_socket",
        "redis.url",
    } <= restart
    recycle = {key.dotted for key in all_keys().values() if key.reload is Reload.RECYCLE}
    assert {"ocr.dpi", "ocr.engine", "ocr.jobs_at_once", "queue.lease_seconds"} <= recycle
    assert {f"environments.dev.{name}" for name in ("database_url", "supabase_url", "service_key")} <= recycle


def test_values_hold_every_key_of_what_is_configured() -> None:
    every = Settings.model_validate({"environments": dict.fromkeys(("dev", "staging", "prod"), ENVIRONMENT)})
    assert list(values(every)) == list(all_keys())
