"""`install` and `uninstall` as an operator types them, into the folder of another machine."""

import json
import os
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from poolmgr.cli.install.steps import Machine
from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import JsonObject, records, text
from tests.pools import command

SERVICE = "etc/systemd/system/registre-pool.service"
CONFIG = "etc/registre-pool/config.toml"
PROFILE = "etc/apparmor.d/registre-pool"
COMPLETIONS = (
    "etc/bash_completion.d/registre-pool",
    "usr/local/share/zsh/site-functions/_registre-pool",
    "etc/fish/completions/registre-pool.fish",
)


def typed(root: Path, *words: str, piped: str = "") -> "CompletedProcess[str]":
    return command(*words, "--root", str(root), folder=root, piped=piped)


def states(answer: "CompletedProcess[str]") -> dict[str, str]:
    assert answer.returncode == 0, answer.stderr
    found: JsonObject = json.loads(answer.stdout)
    return {
        f"{text(one, 'step')} {text(one, 'detail')}": text(one, "state") for one in records(found, "steps")
    }


def files(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def test_everything_a_service_needs_is_there_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    first = states(typed(tmp_path, "install", "--user", "pool", "--json"))
    made = files(tmp_path)
    assert set(made) == {SERVICE, CONFIG, *COMPLETIONS}
    assert b"\nUser=pool\n" in made[SERVICE]
    assert (tmp_path / CONFIG).stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "etc/credstore").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var/lib/registre-pool").is_dir()
    second = states(typed(tmp_path, "install", "--user", "pool", "--json"))
    assert files(tmp_path) == made
    assert first.keys() == second.keys()
    assert "done" in first.values()
    assert set(second.values()) == {"already there", "kept", "not here"}


def test_a_configuration_that_is_there_is_kept_and_a_unit_that_was_changed_is_written_again(
    tmp_path: Path,
) -> None:
    assert typed(tmp_path, "install").returncode == 0
    unit = (tmp_path / SERVICE).read_text()
    (tmp_path / CONFIG).write_text("# mine\n")
    (tmp_path / SERVICE).write_text("# changed by hand\n")
    answer = typed(tmp_path, "install")
    assert f"kept          configuration: /{CONFIG}" in answer.stdout
    assert (tmp_path / CONFIG).read_text() == "# mine\n"
    assert (tmp_path / SERVICE).read_text() == unit


def test_the_configuration_it_writes_is_valid(tmp_path: Path) -> None:
    typed(tmp_path, "install")
    answer = command("--config", str(tmp_path / CONFIG), "check-config", folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert 'pool.control_socket = "/run/registre-pool/control.sock"' in answer.stdout


def test_where_apparmor_keeps_namespaces_from_programs_the_browser_gets_a_profile(tmp_path: Path) -> None:
    (tmp_path / "etc/apparmor.d/abi").mkdir(parents=True)
    (tmp_path / "etc/apparmor.d/abi/4.0").write_text("")
    typed(tmp_path, "install")
    profile = (tmp_path / PROFILE).read_text()
    assert "userns," in profile
    assert 'profile registre-pool-browser "/' in profile
    assert states(typed(tmp_path, "uninstall", "--json"))[f"AppArmor profile /{PROFILE}"] == "done"
    assert not (tmp_path / PROFILE).exists()


def test_uninstall_takes_away_what_was_made_and_keeps_what_people_and_the_pool_keep(tmp_path: Path) -> None:
    typed(tmp_path, "install")
    (tmp_path / "var/lib/registre-pool/figures.json").write_text("{}")
    answer = states(typed(tmp_path, "uninstall", "--json"))
    assert answer["folder /var/lib/registre-pool"] == "kept"
    assert set(files(tmp_path)) == {CONFIG, "var/lib/registre-pool/figures.json"}
    again = states(typed(tmp_path, "uninstall", "--json"))
    assert set(again.values()) == {"not here", "kept"}


def test_a_purge_asks_and_leaves_nothing(tmp_path: Path) -> None:
    typed(tmp_path, "install")
    refused = typed(tmp_path, "uninstall", "--purge", piped="n\n")
    assert refused.returncode == 1
    assert {SERVICE, CONFIG} <= set(files(tmp_path))
    assert typed(tmp_path, "uninstall", "--purge", piped="y\n").returncode == 0
    assert files(tmp_path) == {}


def test_documents_that_are_paid_for_are_never_purged(tmp_path: Path) -> None:
    typed(tmp_path, "install")
    note = tmp_path / "var/lib/registre-pool/paid/prod/7.json"
    note.parent.mkdir(parents=True)
    note.write_text("{}")
    answer = typed(tmp_path, "uninstall", "--purge", "--yes")
    assert answer.returncode == 1
    assert "1 paid documents" in answer.stderr
    assert note.exists()
    assert (tmp_path / SERVICE).exists()


@pytest.mark.parametrize("user", ["root", "Pool", "a b", "x\nUser=root", ""])
def test_the_service_has_a_user_of_its_own(tmp_path: Path, user: str) -> None:
    answer = typed(tmp_path, "install", "--user", user)
    assert answer.returncode == 2
    assert files(tmp_path) == {}


def test_only_root_may_change_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PoolError, match="Only root"):
        Machine().check_rights()
    Machine(root=tmp_path).check_rights()


def test_the_shells_can_read_their_completion(tmp_path: Path) -> None:
    typed(tmp_path, "install")
    bash, zsh, fish = ((tmp_path / name).read_text() for name in COMPLETIONS)
    subprocess.run(["bash", "-n", str(tmp_path / COMPLETIONS[0])], check=True, timeout=30)
    for script in (bash, zsh, fish):
        assert "_REGISTRE_POOL_COMPLETE" in script
    completed = subprocess.run(
        ["bash", "-c", f"source {tmp_path / COMPLETIONS[0]} && complete -p registre-pool"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert "_registre_pool_completion" in completed.stdout
