"""The unit as systemd itself judges it, and the configuration that goes with it."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from poolmgr.cli.install.shipped import UNIT, configuration, shipped, unit
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import ConfigError, NotAvailable

MOST_EXPOSED_TENTHS = 30
systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / UNIT
    path.write_text(unit(Path("/usr/bin/env"), "registre-pool"))
    return path


def analyze(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, timeout=30, check=False
    )


@systemd
def test_systemd_has_nothing_to_say_against_the_unit(written: Path) -> None:
    found = analyze("verify", str(written))
    assert (found.returncode, found.stderr) == (0, "")


@systemd
def test_the_proof_that_systemd_would_say_it(written: Path) -> None:
    written.write_text(written.read_text().replace("KillMode=mixed", "KillModus=mixed"))
    assert "KillModus" in analyze("verify", str(written)).stderr


@systemd
def test_the_service_is_hardly_exposed(written: Path) -> None:
    found = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED_TENTHS}", str(written))
    assert found.returncode == 0, found.stdout[-200:]


def values(text: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def test_the_unit_gives_a_stop_the_time_that_the_settings_reckon_with(written: Path) -> None:
    text = written.read_text()
    assert float(values(text, "TimeoutStopSec")[0]) == Settings().pool.stop_timeout_seconds
    assert values(text, "RestartPreventExitStatus") == [str(ConfigError.exit_code)]
    assert NotAvailable.exit_code == ConfigError.exit_code


def test_the_unit_names_the_real_program_and_user() -> None:
    text = unit(Path("/opt/a pool/50%/registre-pool"), "pool")
    assert values(text, "ExecStart") == ['"/opt/a pool/50%%/registre-pool" run']
    assert values(text, "ExecReload") == ['"/opt/a pool/50%%/registre-pool" reload']
    assert values(text, "User") == ["pool"]


def test_the_configuration_names_the_folders_of_the_service_and_nothing_else_is_changed() -> None:
    as_shipped, installed = tomllib.loads(shipped("config.toml")), tomllib.loads(configuration())
    assert installed["pool"]["control_socket"] == "/run/registre-pool/control.sock"
    assert installed["pool"]["data_folder"] == "/var/lib/registre-pool"
    for key in ("control_socket", "data_folder"):
        installed["pool"][key] = as_shipped["pool"][key]
    assert installed == as_shipped


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(NotAvailable, match="nothing"):
        shipped("nothing.txt")
