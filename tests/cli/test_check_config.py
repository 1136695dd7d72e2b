import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from poolmgr import __version__
from poolmgr.cli.main import VERBS, build, main

SECRET = "SEKRETSEKRET"
TYPED = (sys.executable, "-m", "poolmgr")
ROOT = str(Path(__file__).parents[2])


def run(
    words: Sequence[str], folder: Path, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TYPED, *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": ROOT, "TERM": "dumb", **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def write(folder: Path, text: str, name: str = "config.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_the_version_is_said_without_importing_what_it_does_not_need(tmp_path: Path) -> None:
    words = [sys.executable, "-X", "importtime", "-m", "poolmgr", "--version"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == f"registre-pool {__version__}\n"
    imported = set(re.findall(r"\| +(\S+)$", done.stderr, re.MULTILINE))
    assert "poolmgr.cli.main" in imported
    assert not imported & {
        "typer",
        "pydantic",
        "rich",
        "psycopg",
        "orjson",
        "asyncio",
        "poolmgr.config.settings",
    }


def test_a_valid_configuration_says_where_each_value_comes_from(tmp_path: Path) -> None:
    write(tmp_path, f'[ocr]\ndpi = 200\nmax_pages = 2000\n\n[redis]\nurl = "redis://:{SECRET}@h"\n')
    write(tmp_path, f"PROD_DATABASE_URL=postgresql://u:{SECRET}@h/d\n", ".env")
    done = run(["--set", "log.level=debug", "check-config"], tmp_path, {"WORKER_ID": "w7"})
    assert (done.returncode, done.stderr) == (0, "")
    rows = [re.split(r"  +", line.strip()) for line in done.stdout.splitlines()]
    assert rows == [
        ["valid: config.toml; different from the default:"],
        ['pool.worker_prefix = "w7"', "environment WORKER_ID"],
        ['log.level = "debug"', "command line log.level"],
        ["ocr.dpi = 200", "config.toml:2"],
        ["redis.url = ***", "config.toml:6"],
        ["environments.prod.database_url = ***", ".env:1"],
    ]


def test_without_a_configuration_every_value_is_the_default(tmp_path: Path) -> None:
    done = run(["check-config"], tmp_path, {"REGISTRE_POOL_CONFIG": str(write(tmp_path, "", "empty.toml"))})
    assert done.stdout == f"valid: {tmp_path}/empty.toml; every value is the default\n"


def test_an_invalid_configuration_is_exit_78_with_every_problem_on_stderr(tmp_path: Path) -> None:
    path = write(tmp_path, f"[ocr]\ndpy = 1\n[environments.dev]\nservice_key = '{SECRET} '\n")
    done = run(["--config", str(path), "check-config"], tmp_path)
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr == (
        f"{path}:2: ocr.dpy: no such key (did you mean dpi?)\n"
        f"{path}:4: environments.dev.service_key: "
        "has a space, a line break or a letter inside that no key has\n"
        "  Correct these 2, then try again with: registre-pool check-config\n"
    )


def test_for_programs_both_answers_are_json(tmp_path: Path) -> None:
    write(tmp_path, f"[redis]\nurl = 'redis://:{SECRET}@h'\n")
    valid = run(["check-config", "--json"], tmp_path)
    assert json.loads(valid.stdout) == {
        "schema": 1,
        "valid": True,
        "file": "config.toml",
        "values": [{"key": "redis.url", "value": "***", "source": "config.toml:2"}],
        "problems": [],
    }
    invalid = run(["--set", "ocr.dpi=1", "check-config", "--json"], tmp_path)
    assert (invalid.returncode, invalid.stderr) == (78, "")
    assert json.loads(invalid.stdout)["problems"] == [
        {"where": "command line", "key": "ocr.dpi", "sentence": "must be from 72 to 600, found 1"}
    ]


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["chek-config"], 2, "No such command 'chek-config'"),
        (["check-config", "--jsn"], 2, "No such option: --jsn"),
        (["--set", "ocr.dpi", "check-config"], 2, "write table.key=value"),
        (["--set", f"redis.url={SECRET}", "check-config"], 78, "POOL__REDIS__URL"),
        (["--config", "/nowhere", "check-config"], 78, "/nowhere: cannot be read: No such file or directory"),
    ],
)
def test_a_wrong_command_line_says_why(tmp_path: Path, words: list[str], status: int, sentence: str) -> None:
    done = run(words, tmp_path)
    assert (done.returncode, done.stdout) == (status, "")
    assert sentence in done.stderr
    assert SECRET not in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_verb_and_needs_no_configuration(tmp_path: Path) -> None:
    write(tmp_path, "this is no TOML")
    done = run(["--help"], tmp_path)
    assert done.returncode == 0
    for verb in VERBS:
        assert verb in done.stdout
    assert run(["check-config", "-h"], tmp_path).returncode == 0


def test_every_verb_can_be_imported_and_has_help() -> None:
    app = build([])
    named = {command.name for command in app.registered_commands} | {
        group.name for group in app.registered_groups
    }
    assert named == set(VERBS)


def test_a_reader_that_went_away_is_no_error(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [*TYPED, "check-config"], cwd=ROOT, stdout=write_end, stderr=subprocess.PIPE, check=False, timeout=30
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (1, b"")


def test_interrupted_is_130(tmp_path: Path) -> None:
    fifo = tmp_path / "config.toml"
    os.mkfifo(fifo)
    with subprocess.Popen(
        [*TYPED, "--config", str(fifo), "check-config"], cwd=ROOT, stderr=subprocess.PIPE
    ) as process:
        with fifo.open("wb"):  # opens once the command reads
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=10) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_the_entry_point_takes_its_words_from_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["registre-pool", "--version"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    assert capsys.readouterr().out == f"registre-pool {__version__}\n"
