from pathlib import Path

import pytest

from poolmgr.config.keys import all_keys
from tests.config.conftest import Load, Refuse

PROD = {"PROD_SUPABASE_URL": "https://a.supabase.co", "PROD_SUPABASE_SERVICE_KEY": "key-a"}
DEFAULT = {"SUPABASE_URL": "https://old.supabase.co", "SUPABASE_SERVICE_KEY": "key-old"}


@pytest.mark.parametrize("name", ["prod", "staging", "dev"])
def test_each_environment_has_the_names_of_the_predecessor(load: Load, name: str) -> None:
    upper = name.upper()
    settings = load(
        environ={
            f"{upper}_SUPABASE_URL": "https://a.supabase.co",
            f"{upper}_SUPABASE_SERVICE_KEY": "key-a",
            f"{upper}_DATABASE_URL": "postgresql://u:p@h/d",
            f"OCR_{upper}": "false",
        }
    ).settings
    assert list(settings.environments) == [name]
    environment = next(iter(settings.environments.values()))
    assert environment.supabase_url == "https://a.supabase.co"
    assert environment.service_key.get_secret_value() == "key-a"
    assert environment.database_url.get_secret_value() == "postgresql://u:p@h/d"
    assert not environment.ocr


def test_a_lone_ocr_switch_makes_no_environment(load: Load) -> None:
    settings = load(environ={**PROD, "OCR_PROD": "true", "OCR_STAGING": "false", "OCR_DEV": "true"}).settings
    assert list(settings.environments) == ["prod"]


def test_the_one_database_of_old_is_prod(load: Load) -> None:
    assert load(environ=DEFAULT).settings.environments["prod"].supabase_url == "https://old.supabase.co"


@pytest.mark.parametrize(
    "prod", [PROD, {"PROD_DATABASE_URL": "postgresql:///d"}, {"POOL__ENVIRONMENTS__PROD__DATABASE_URL": "postgresql:///d"}]
)  # fmt: skip
def test_the_one_database_of_old_gives_way_to_prod(load: Load, prod: dict[str, str]) -> None:
    environment = load(environ={**DEFAULT, **prod}).settings.environments["prod"]
    assert "old" not in environment.supabase_url + environment.service_key.get_secret_value()


def test_the_one_database_of_old_gives_way_to_prod_in_dotenv(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in PROD.items()))
    assert load(environ=DEFAULT).settings.environments["prod"].supabase_url == "https://a.supabase.co"


def test_a_new_name_is_stronger_than_an_older_one_of_the_same_level(load: Load) -> None:
    settings = load(environ={"WORKER_ID": "old", "POOL__POOL__WORKER_PREFIX": "new"}).settings
    assert settings.pool.worker_prefix == "new"


def test_the_process_environment_is_stronger_than_dotenv_whatever_the_names(
    load: Load, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("POOL__POOL__WORKER_PREFIX=file\n")
    assert load(environ={"WORKER_ID": "process"}).settings.pool.worker_prefix == "process"


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"REDIS_URL": "redis://a:1/2"}, "redis://a:1/2"),
        ({"REDIS_URL": "redis://a:1/2", "REDIS_HOST": "b"}, "redis://a:1/2"),
        ({"REDIS_HOST": "b"}, "redis://b:6379/0"),
        ({"REDIS_HOST": "b", "REDIS_PORT": "7", "REDIS_PASSWORD": "p@/:"}, "redis://:p%40%2F%3A@b:7/0"),
        ({"REDIS_PORT": "tcp://10.0.0.1:6379"}, ""),
    ],
)
def test_redis_has_the_names_of_the_predecessor(load: Load, environ: dict[str, str], url: str) -> None:
    assert load(environ=environ).settings.redis.url.get_secret_value() == url


def test_redis_parts_may_stand_on_different_levels(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REDIS_PASSWORD='it $is'\n")
    url = load(environ={"REDIS_HOST": "b"}).settings.redis.url.get_secret_value()
    assert url == "redis://:it%20%24is@b:6379/0"


@pytest.mark.parametrize(
    ("word", "level"), [("INFO", "info"), ("warn", "warning"), ("Silly", "debug"), ("error", "error")]
)
def test_log_level_takes_the_words_of_the_predecessor(load: Load, word: str, level: str) -> None:
    assert load(environ={"LOG_LEVEL": word}).settings.log.level == level


def test_every_kind_of_value_can_be_a_variable(load: Load) -> None:
    settings = load(
        environ={
            "POOL__OCR__ENABLED": "No",
            "POOL__OCR__JOB_SECONDS": "12.5",
            "POOL__QUEUE__RETRY_SECONDS": "[1, 2.5]",
            "POOL__OCR__ENGINE": "auto",
            "POOL__OCR__MAX_PAGES": " 7 ",
        }
    ).settings
    assert (settings.ocr.enabled, settings.ocr.job_seconds, settings.ocr.engine) == (False, 12.5, "auto")
    assert (settings.queue.retry_seconds, settings.ocr.max_pages) == ((1, 2.5), 7)


def test_no_two_keys_share_a_variable() -> None:
    assert len({key.variable for key in all_keys().values()}) == len(all_keys())


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    return folder


def test_credentials_are_read_by_older_and_new_names(load: Load, credentials: Path) -> None:
    (credentials / "PROD_SUPABASE_SERVICE_KEY").write_text("key-c\n")
    (credentials / "POOL__ENVIRONMENTS__PROD__SUPABASE_URL").write_text("https://c.supabase.co\n")
    (credentials / "some-other-thing").write_bytes(b"\xff")
    loaded = load(environ={"CREDENTIALS_DIRECTORY": str(credentials)})
    prod = loaded.settings.environments["prod"]
    assert (prod.supabase_url, prod.service_key.get_secret_value()) == ("https://c.supabase.co", "key-c")
    assert str(loaded.origins["environments.prod.service_key"]) == "credential PROD_SUPABASE_SERVICE_KEY"


def test_a_credential_that_cannot_be_is_named(refuse: Refuse, credentials: Path) -> None:
    (credentials / "POOL__OCR__DPI").write_text("x")
    (credentials / "POOL__REDIS__URI").write_text("x")
    (credentials / "REDIS_URL").write_bytes(b"\xff")
    lines = refuse(environ={"CREDENTIALS_DIRECTORY": str(credentials)})
    assert "credential: POOL__OCR__DPI: must be a whole number" in lines
    assert "credential: POOL__REDIS__URI: no such setting (did you mean POOL__REDIS__URL?)" in lines
    assert "credentials/REDIS_URL:1: REDIS_URL: is not written in UTF-8" in lines
