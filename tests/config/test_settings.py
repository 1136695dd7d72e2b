import os
import socket
from pathlib import Path

import pytest
from pydantic import ValidationError

from poolmgr.config.keys import all_keys
from poolmgr.config.settings import (
    EnvironmentSettings,
    FoncierSettings,
    OcrSettings,
    PoolSettings,
    QueueSettings,
    RegistreSettings,
    ReqSettings,
    Settings,
)
from poolmgr.domain.errors import ConfigError
from tests.config.conftest import Load, Refuse

SECRET = "SEKRETSEKRET"
TEXT = f"""
[redis]
url = "redis://:{SECRET}@h:1/0"
[environments.prod]
supabase_url = "https://a.supabase.co"
service_key = "{SECRET}"
database_url = "postgresql://user:{SECRET}@host:5432/postgres"
"""


def test_no_secret_is_in_any_rendering_of_the_settings(load: Load) -> None:
    settings = load(TEXT).settings
    assert settings.redis.url.get_secret_value() == f"redis://:{SECRET}@h:1/0"
    for text in (str(settings), repr(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert SECRET not in text


@pytest.mark.parametrize(
    "text",
    [
        f"[redis]\nurl = 'http://{SECRET}'",
        f"[redis]\nurl = ['{SECRET}']",
        f"[redis]\nurl = '{SECRET}\n",
        f"redis = '{SECRET}'",
        f"[environments]\nprod = '{SECRET}'",
        f"[environments.prod]\nservice_key = 'a {SECRET}'\nsupabase_url = 'https://u:{SECRET}@h'",
        f"[environments.prod]\nservice_key = {{ a = '{SECRET}' }}\nsupabase_url = '{SECRET}'",
        f"[environments.prod]\nservice_key = {SECRET}",
        f"[environments.prod]\ndatabase_url = '{SECRET}'",
        f"[environments.prod]\ndatabse_url = 'postgresql://u:{SECRET}@h/d'",
        f"[environments.prod]\nocr = '{SECRET}'",
        f"[environments.prd]\ndatabase_url = 'postgresql://u:{SECRET}@h/d'",
        f"[pool]\nhost = '{SECRET} '\nworker_prefix = '{SECRET} '",
        f"[log]\nlevel = '{SECRET}'\n[ocr]\ndpi = '{SECRET}'",
    ],
)
def test_no_secret_is_in_an_error_even_in_the_wrong_place(load: Load, refuse: Refuse, text: str) -> None:
    assert SECRET not in "\n".join(refuse(text))
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert caught.value.__context__ is None
    assert SECRET not in repr(caught.value)


def test_no_secret_is_in_an_error_about_variables(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"not a line {SECRET}\nREDIS_URL={SECRET}\n")
    texts = {key.variable: SECRET + " " for key in all_keys().values() if key.variable != "POOL__POOL__HOST"}
    older = {"WORKER_ID": SECRET + " ", "LOG_LEVEL": SECRET, "PROD_DATABASE_URL": SECRET, "OCR_DEV": SECRET}
    assert SECRET not in "\n".join(refuse(environ={**texts, **older, "POOL__NO": SECRET}))


@pytest.mark.parametrize(
    "settings", [{"redis": {"url": SECRET}}, {"environments": {"prod": {"service_key": [SECRET]}}}]
)
def test_no_secret_is_in_an_error_of_the_models_themselves(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(settings)
    assert SECRET not in str(caught.value)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().pool.__setattr__("host", "other")


def test_a_search_of_the_req_fits_into_what_takes_it_back_where_there_are_any() -> None:
    queue = QueueSettings(foreign_limit_seconds=1200)
    Settings(queue=queue)
    with pytest.raises(ValidationError, match=r"req\.job_seconds = 1200 must be less than"):
        Settings(queue=queue, req=ReqSettings(automation_acknowledged=True))
    Settings(queue=queue, req=ReqSettings(automation_acknowledged=True, job_seconds=1199))


def test_a_first_ban_lasts_no_longer_than_the_longest() -> None:
    with pytest.raises(ValidationError, match=r"req\.ban_first_seconds = 7200 must not be more than"):
        Settings(req=ReqSettings(ban_first_seconds=7200, ban_max_seconds=3600))
    with pytest.raises(ValidationError, match=r"foncier\.ban_first_seconds = 7200 must not be more than"):
        Settings(foncier=FoncierSettings(ban_first_seconds=7200, ban_max_seconds=3600))


def test_the_models_by_themselves_refuse_clocks_that_do_not_nest() -> None:
    with pytest.raises(ValidationError, match=r"ocr\.job_seconds = 600 must be less than"):
        Settings(queue=QueueSettings(foreign_limit_seconds=600))
    with pytest.raises(ValidationError, match=r"registre\.job_seconds = 720 must be less than"):
        Settings(queue=QueueSettings(foreign_limit_seconds=601))
    Settings(
        queue=QueueSettings(foreign_limit_seconds=600),
        ocr=OcrSettings(job_seconds=599),
        registre=RegistreSettings(job_seconds=599),
    )


def test_every_key_is_described_with_its_unit_and_has_one_class_of_reload() -> None:
    for key in all_keys().values():
        assert (key.field.description or "").endswith("."), key.dotted
        assert key.reload
        if isinstance(key.field.default, int | float | tuple) and not isinstance(key.field.default, bool):
            assert ")." in (key.field.description or ""), f"{key.dotted} has no unit"


def test_the_host_is_the_machines_unless_named() -> None:
    assert PoolSettings().host_name() == socket.gethostname()
    assert PoolSettings(host="h").host_name() == "h"


def test_files_rest_in_the_folder_named_else_systemds_else_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = PoolSettings()
    assert PoolSettings(data_folder="/a/b").data_path({"STATE_DIRECTORY": "/s"}) == Path("/a/b")
    assert PoolSettings(data_folder="b").data_path({}) == Path.cwd() / "b"
    assert PoolSettings(data_folder="~/b").data_path({}) == Path.home() / "b"
    assert pool.data_path({"STATE_DIRECTORY": "/s:/t"}) == Path("/s")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert pool.data_path({}) == Path("/var/lib/registre-pool")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert pool.data_path({"XDG_DATA_HOME": "/x"}) == Path("/x/registre-pool")
    assert pool.data_path({}) == Path.home() / ".local/share/registre-pool"
    monkeypatch.setenv("STATE_DIRECTORY", "/from/process")
    assert pool.data_path() == Path("/from/process")


def test_the_control_socket_is_the_one_named_else_systemds_else_beside_the_files() -> None:
    environ = {"STATE_DIRECTORY": "/s", "RUNTIME_DIRECTORY": "/r:/q"}
    assert PoolSettings(control_socket="/a.sock").control_path(environ) == Path("/a.sock")
    assert PoolSettings().control_path(environ) == Path("/r/control.sock")
    assert PoolSettings().control_path({"STATE_DIRECTORY": "/s"}) == Path("/s/control.sock")
    with pytest.raises(ConfigError, match="a unix socket takes 100"):
        PoolSettings(data_folder="/" + "x" * 100).control_path({})


def test_an_environment_has_the_kinds_that_its_switches_leave_on() -> None:
    assert EnvironmentSettings().kinds == ("land", "ocr_index", "ocr_acte", "req", "rdprm")
    assert EnvironmentSettings(extraction=False, req=False).kinds == ("ocr_index", "ocr_acte", "rdprm")
    assert EnvironmentSettings(extraction=False, ocr=False, req=False, rdprm=False).kinds == ()
