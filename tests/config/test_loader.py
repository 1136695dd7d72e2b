from pathlib import Path

import pytest

from poolmgr.config.loader import load as load_settings
from poolmgr.config.loader import locate, read
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import ConfigError
from tests.config.conftest import Load, Refuse


def test_without_anything_written_every_value_is_the_default(load: Load) -> None:
    assert load().settings == Settings()
    assert load_settings(None, environ={}) == Settings()


def test_each_level_is_stronger_than_the_one_below(load: Load, tmp_path: Path) -> None:
    name, text = "POOL__OCR__DPI", "[ocr]\ndpi = 101\n"
    credentials = tmp_path / "credentials"
    credentials.mkdir()

    def now(
        environ: dict[str, str] | None = None, overrides: dict[str, str] | None = None
    ) -> tuple[int, str]:
        loaded = load(text, {"CREDENTIALS_DIRECTORY": str(credentials), **(environ or {})}, overrides)
        return loaded.settings.ocr.dpi, str(loaded.origins["ocr.dpi"]).removeprefix(f"{tmp_path}/")

    assert now() == (101, "config.toml:2")
    (tmp_path / ".env").write_text(f"# c\n\n\n{name}=102\n")
    assert now() == (102, ".env:4")
    (credentials / name).write_text("103\n")
    assert now() == (103, f"credential {name}")
    assert now({name: "104"}) == (104, f"environment {name}")
    assert now({name: "104"}, {"ocr.dpi": "105"}) == (105, "command line ocr.dpi")


def test_an_empty_variable_counts_as_not_set(load: Load) -> None:
    assert load("[ocr]\ndpi = 101\n", {"POOL__OCR__DPI": "", "LOG_LEVEL": ""}).settings.ocr.dpi == 101


def test_environments_are_ordered_prod_staging_dev(load: Load) -> None:
    text = "".join(
        f'[environments.{name}]\ndatabase_url = "postgresql:///{name}"\n'
        for name in ("dev", "prod", "staging")
    )
    assert list(load(text).settings.environments) == ["prod", "staging", "dev"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[ocr]\nchildrn = 4", "2: ocr.childrn: no such key (did you mean children?)"),
        ("\n\nlevel = 'debug'", "3: level: no such key (did you mean log.level?)"),
        ("[lgo]\nlevel = 'debug'", "1: lgo: no such key (did you mean log?)"),
        ("[ocr]\nlease_seconds = 9", "2: ocr.lease_seconds: no such key (did you mean queue.lease_seconds?)"),
        ("ocr.dpi = 'x'", "1: ocr.dpi: must be a whole number, found text"),
        ("[ocr]\n'dpi' = 300.5", "2: ocr.dpi: must be a whole number, found 300.5"),
        ("[ocr]\ndpi = true", "2: ocr.dpi: must be a whole number, found true"),
        ("ocr = { enabled = true, dpi = 30 }", "1: ocr.dpi: must be from 72 to 600, found 30"),
        ("[pool]\nhost = 5", "2: pool.host: must be text in quotes, found 5"),
        ("[pool]\nhost = 'a b'", "2: pool.host: may hold at most 63 letters, digits, dots, - and _"),
        ("[pool]\nbeat_seconds = nan", "2: pool.beat_seconds: must be a finite number, found nan"),
        ("[pool]\nbeat_seconds = 1979-05-27", "2: pool.beat_seconds: must be a number"),
        ("[ocr]\nenabled = 1", "2: ocr.enabled: must be true or false, found 1"),
        (
            "[ocr]\nengine = 'ofline'",
            "2: ocr.engine: must be one of auto, gemini, offline (did you mean offline?)",
        ),
        ("\npool = 5", "2: pool: must be a table, written [pool]"),
        ("[[pool]]\nhost = 'a'", "1: pool: must be a table, written [pool]"),
        ("environments = []", "1: environments: must be a table, written [environments]"),
        (
            "[queue]\nretry_seconds = [\n  5,\n  'a',\n]",
            "2: queue.retry_seconds: item 2 must be a number, found text",
        ),
        (
            "[queue]\nretry_seconds = [5, -3]",
            "2: queue.retry_seconds: item 2 must be from 0.001 to 86_400, found -3",
        ),
        ("[queue]\nretry_seconds = []", "2: queue.retry_seconds: must have 1 to 20 items"),
        (
            "[queue]\nretry_seconds = 5",
            "2: queue.retry_seconds: must be numbers in brackets, as [5, 10, 20], found 5",
        ),
        (
            "[environments.stagin]\nocr = false",
            (
                "1: environments.stagin: no such environment, "
                "there are prod, staging, dev (did you mean staging?)"
            ),
        ),
        (
            '[log]\nformat = """\nauto"""\n[pool]\nhost = 1',
            "5: pool.host: must be text in quotes, found 1",
        ),
    ],
)
def test_a_wrong_key_is_named_with_its_line(refuse: Refuse, text: str, line: str) -> None:
    assert f"config.toml:{line}" in refuse(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[pool]\nhost = a\n", "config.toml:2: is no TOML: invalid value"),
        ("[pool]\nhost = 'a'\nhost = 'b'\n", "config.toml:3: is no TOML: cannot overwrite a value"),
        ("[queue]\nretry_seconds = [1,\n2\n\n# end\n", "config.toml:2: is no TOML: unclosed array"),
        ("[pool]\n[log]\n[pool]\n", "config.toml:3: is no TOML: cannot declare ('pool',) twice"),
        ("[ocr]\ndpi = " + "1" * 5000 + "\n", "config.toml:2: is no TOML: a number is too long"),
        ("a = " + "[" * 5000, "config.toml: is no TOML: brackets nest too deeply"),
    ],
)
def test_a_broken_file_is_named_with_the_line_where_it_breaks(refuse: Refuse, text: str, line: str) -> None:
    assert refuse(text) == [line]


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"[pool]\nhost = '\xff'\n")
    with pytest.raises(ConfigError, match=r"config.toml:2: is not written in UTF-8"):
        read(path, environ={})
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read(tmp_path / "absent.toml", environ={})
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read(tmp_path, environ={})
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="more than 1,000,000 bytes"):
        read(path, environ={})


def test_a_file_saved_by_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf[pool]\r\n\r\nhost = 'a'\r\n")
    loaded = read(path, environ={})
    assert (loaded.settings.pool.host, loaded.origins["pool.host"].line) == ("a", 3)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("POOL__OCR__DPI", "many", "must be a whole number"),
        ("POOL__OCR__DPI", "30", "must be from 72 to 600, found 30"),
        ("POOL__OCR__ENABLED", "maybe", "must be true or false"),
        ("POOL__QUEUE__RETRY_SECONDS", "5,x", "must be numbers with commas between, as 5, 10, 20"),
        ("POOL__POOL__BEAT_SECONDS", "2s", "must be a number"),
        ("LOG_LEVEL", "warnin", "must be one of debug, info, warning, error (did you mean warning?)"),
        ("POOL__OCR__DPY", "300", "no such setting (did you mean POOL__OCR__DPI?)"),
        ("WORKER_ID", "a b", "must be 1 to 40 letters, digits, dots, - and _"),
        ("CREDENTIALS_DIRECTORY", "/nowhere/at/all", "the folder cannot be read: No such file or directory"),
    ],
)
def test_a_variable_that_cannot_be_is_named(refuse: Refuse, name: str, value: str, sentence: str) -> None:
    assert refuse(environ={name: value}) == [f"environment: {name}: {sentence}"]


def test_a_line_of_dotenv_that_cannot_be_is_named(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nthis is no line\nPOOL__OCR__DPI=x\n")
    assert refuse() == [".env:2: is no NAME=value", ".env:3: POOL__OCR__DPI: must be a whole number"]


def test_an_override_that_cannot_be_is_named(refuse: Refuse) -> None:
    assert refuse(overrides={"ocr.dpy": "1", "ocr.dpi": "x"}) == [
        "command line: ocr.dpy: no such key (did you mean dpi?)",
        "command line: ocr.dpi: must be a whole number",
    ]


def test_every_problem_is_reported_at_once_and_in_order(refuse: Refuse) -> None:
    lines = refuse(
        "[pool]\nhost = 5\n[queue]\nlease_seconds = 30\n[ocr]\nx = 1\n",
        {"POOL__OCR__DPI": "x"},
        {"log.level": "loud"},
    )
    assert [line.rpartition(": ")[0] for line in lines] == [
        "config.toml:2: pool.host",
        "config.toml:4: queue.lease_seconds",
        "config.toml:6: ocr.x",
        "command line: log.level",
        "environment: POOL__OCR__DPI",
    ]


@pytest.mark.parametrize(
    ("text", "where", "sentence"),
    [
        (
            "[pool]\nbeat_seconds = 10",
            "2: pool.beat_seconds",
            "pool.beat_seconds = 10 must be less than pool.beat_missed_seconds = 10",
        ),
        (
            "[pool]\npaid_drain_seconds = 100",
            "2: pool.paid_drain_seconds",
            "pool.drain_seconds = 120 must be less than pool.paid_drain_seconds = 100",
        ),
        (
            "[pool]\n\nkill_after_drain_seconds = 30",
            "3: pool.kill_after_drain_seconds",
            (
                "pool.stop_timeout_seconds = 330 must be more than pool.paid_drain_seconds + "
                "pool.kill_after_drain_seconds = 330"
            ),
        ),
        (
            "[pool]\nrestart_first_seconds = 61",
            "2: pool.restart_first_seconds",
            "pool.restart_first_seconds = 61 must not be more than pool.restart_max_seconds = 60",
        ),
        (
            "[queue]\nrenew_seconds = 60",
            "2: queue.renew_seconds",
            "queue.renew_seconds = 60 must be less than queue.self_fence_seconds = 60",
        ),
        (
            "[queue]\nlease_seconds = 60",
            "2: queue.lease_seconds",
            "queue.self_fence_seconds = 60 must be less than queue.lease_seconds = 60",
        ),
        (
            "[queue]\nforeign_limit_seconds = 720\n[ocr]\njob_seconds = 720\n[registre]\njob_seconds = 719",
            "4: ocr.job_seconds",
            "ocr.job_seconds = 720 must be less than queue.foreign_limit_seconds = 720",
        ),
        (
            "[queue]\nforeign_limit_seconds = 720",
            "2: queue.foreign_limit_seconds",
            "registre.job_seconds = 720 must be less than queue.foreign_limit_seconds = 720",
        ),
        (
            "[registre]\nanswer_seconds = 720",
            "2: registre.answer_seconds",
            "registre.answer_seconds = 720 must be less than registre.job_seconds = 720",
        ),
        (
            "[registre]\nstep_seconds = 200\n\njob_seconds = 200",
            "2: registre.step_seconds",
            "registre.step_seconds = 200 must be less than registre.job_seconds = 200",
        ),
        (
            "[rdprm]\nprint_seconds = 100\njob_seconds = 100",
            "2: rdprm.print_seconds",
            "rdprm.print_seconds = 100 must be less than rdprm.job_seconds = 100",
        ),
        (
            "[rdprm]\nprice_cents = 1200\nmax_price_cents = 1100",
            "2: rdprm.price_cents",
            "rdprm.price_cents = 1200 must not be more than rdprm.max_price_cents = 1100",
        ),
        (
            "[queue]\ndepth_seconds = 6",
            "2: queue.depth_seconds",
            "queue.depth_seconds = 6 must not be more than queue.depth_idle_seconds = 5",
        ),
        (
            "[environments.dev]\nocr = false",
            "1: environments.dev",
            (
                "environments.dev names no database: set supabase_url and service_key, or "
                "database_url, or remove the table"
            ),
        ),
        (
            "[environments.dev]\nsupabase_url = 'https://a.b'",
            "2: environments.dev.supabase_url",
            (
                "environments.dev.supabase_url needs environments.dev.service_key: put the "
                "project's service_role key into the variable DEV_SUPABASE_SERVICE_KEY, .env or a "
                "credential of that name"
            ),
        ),
    ],
)
def test_values_that_cannot_be_together_name_their_keys(
    refuse: Refuse, text: str, where: str, sentence: str
) -> None:
    assert refuse(text) == [f"config.toml:{where}: {sentence}"]


def test_one_limit_that_two_kinds_of_job_pass_is_said_of_both(refuse: Refuse) -> None:
    where, limit = "config.toml:2: queue.foreign_limit_seconds", "queue.foreign_limit_seconds = 600"
    assert refuse("[queue]\nforeign_limit_seconds = 600") == [
        f"{where}: ocr.job_seconds = 600 must be less than {limit}",
        f"{where}: registre.job_seconds = 720 must be less than {limit}",
    ]


def test_a_control_socket_with_too_long_a_path_is_named(refuse: Refuse, load: Load) -> None:
    long = "/" + "x" * 100
    expected = f"a unix socket takes 100: {long}"
    assert refuse(f"[pool]\ncontrol_socket = '{long}'")[0].endswith(expected)
    (line,) = refuse("\n[pool]\ndata_folder = '/" + "é" * 50 + "'")
    assert line.startswith("config.toml:3: pool.data_folder: the control socket's path has 114 bytes")
    (line,) = refuse(environ={"RUNTIME_DIRECTORY": long})
    assert line.startswith("default: pool.control_socket: ")
    load(f"[pool]\ncontrol_socket = '/{'x' * 99}'")


def test_the_file_is_the_given_one_else_the_variables_else_the_working_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate(None, {}) is None
    (tmp_path / "config.toml").touch()
    assert locate(None, {}) == Path("config.toml")
    assert locate(None, {"REGISTRE_POOL_CONFIG": "/b.toml"}) == Path("/b.toml")
    assert locate(Path("/a.toml"), {"REGISTRE_POOL_CONFIG": "/b.toml"}) == Path("/a.toml")
