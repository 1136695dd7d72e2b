from pathlib import Path

import pytest

from poolmgr.domain.errors import NotAvailable
from poolmgr.registries.browser import programs
from poolmgr.registries.browser.programs import Chromium, find_chromium, find_node, find_setpriv
from poolmgr.registries.browser.workshop import Workshop


@pytest.fixture(autouse=True)
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Debian's packages nor anything on PATH, nor a cache in the home."""
    monkeypatch.setattr(programs, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def program(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def shell_of(cache: Path, revision: int, name: str = "chrome-linux/headless_shell") -> Path:
    return program(cache / f"chromium_headless_shell-{revision}" / name)


def chrome_of(cache: Path, revision: int) -> Path:
    return program(cache / f"chromium-{revision}" / "chrome-linux" / "chrome")


def test_debians_headless_shell_goes_before_all_others(tmp_path: Path) -> None:
    wanted = program(tmp_path / "debian" / "chromium-headless-shell")
    program(tmp_path / "debian" / "chromium")
    shell_of(tmp_path / "home/.cache/ms-playwright", 1200)
    assert find_chromium("", {}) == Chromium(path=wanted, shell=True)


@pytest.mark.parametrize(
    "name", ["chrome-linux/headless_shell", "chrome-headless-shell-linux64/chrome-headless-shell"]
)
def test_playwrights_shell_is_found_under_its_old_and_its_new_name(tmp_path: Path, name: str) -> None:
    wanted = shell_of(tmp_path / "cache", 1200, name)
    environ = {"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "cache")}
    assert find_chromium("", environ) == Chromium(path=wanted, shell=True)


def test_the_newest_revision_is_taken_by_number_and_not_by_spelling(tmp_path: Path) -> None:
    cache = tmp_path / "home/.cache/ms-playwright"
    shell_of(cache, 998)
    wanted = shell_of(cache, 1002)
    assert find_chromium("", {}).path == wanted


def test_a_shell_goes_before_a_full_chromium_of_debian(tmp_path: Path) -> None:
    program(tmp_path / "debian" / "chromium")
    wanted = shell_of(tmp_path / "home/.cache/ms-playwright", 1200)
    assert find_chromium("", {}) == Chromium(path=wanted, shell=True)


def test_full_chromiums_are_taken_in_their_order(tmp_path: Path) -> None:
    on_path = program(tmp_path / "bin" / "chromium")
    assert find_chromium("", {}) == Chromium(path=on_path, shell=False)
    chrome = chrome_of(tmp_path / "home/.cache/ms-playwright", 1200)
    assert find_chromium("", {}) == Chromium(path=chrome, shell=False)
    debian = program(tmp_path / "debian" / "chromium")
    assert find_chromium("", {}) == Chromium(path=debian, shell=False)


def test_playwrights_browsers_inside_its_package_are_found_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "playwright_driver", lambda: tmp_path / "driver")
    wanted = shell_of(tmp_path / "driver" / "package" / ".local-browsers", 1200)
    assert find_chromium("", {"PLAYWRIGHT_BROWSERS_PATH": "0"}).path == wanted


def test_a_file_that_may_not_be_run_is_no_chromium(tmp_path: Path) -> None:
    program(tmp_path / "debian" / "chromium-headless-shell", 0o644)
    (tmp_path / "debian" / "chromium").mkdir()
    with pytest.raises(NotAvailable) as caught:
        find_chromium("", {})
    assert "apt-get install chromium-headless-shell" in caught.value.advice


def test_the_configured_chromium_is_taken_whatever_else_there_is(tmp_path: Path) -> None:
    program(tmp_path / "debian" / "chromium-headless-shell")
    chrome, shell = program(tmp_path / "own" / "chrome"), program(tmp_path / "own" / "my-headless-shell")
    assert find_chromium(str(chrome)) == Chromium(path=chrome, shell=False)
    assert find_chromium(str(shell)) == Chromium(path=shell, shell=True)


def test_a_configured_chromium_that_is_not_there_is_never_replaced_by_another(tmp_path: Path) -> None:
    program(tmp_path / "debian" / "chromium-headless-shell")
    with pytest.raises(NotAvailable) as caught:
        find_chromium(str(tmp_path / "nowhere"))
    assert f"registre.browser = {tmp_path / 'nowhere'}" in caught.value.sentence
    assert "install" in caught.value.advice


def test_node_is_playwrights_own_or_the_one_of_the_environment(tmp_path: Path) -> None:
    assert find_node({}).parts[-3:] == ("playwright", "driver", "node")
    own = program(tmp_path / "node")
    assert find_node({"PLAYWRIGHT_NODEJS_PATH": str(own)}) == own


def test_a_node_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable) as caught:
        find_node({"PLAYWRIGHT_NODEJS_PATH": str(tmp_path / "nowhere")})
    assert str(tmp_path / "nowhere") in caught.value.sentence
    assert "PLAYWRIGHT_NODEJS_PATH" in caught.value.advice


def test_without_playwright_there_is_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "find_spec", lambda _: None)
    with pytest.raises(NotAvailable, match="Playwright is not installed"):
        find_node({})


def test_without_setpriv_no_launcher_is_written(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "browser", "worker-1")
    workshop.open()
    with pytest.raises(NotAvailable, match="setpriv") as caught:
        workshop.equip(Chromium(path=program(tmp_path / "chrome"), shell=False))
    assert "util-linux" in caught.value.advice
    assert not workshop.node.exists()
    assert not workshop.chromium.exists()
    workshop.close()


def test_setpriv_is_looked_for_on_the_path(tmp_path: Path) -> None:
    wanted = program(tmp_path / "bin" / "setpriv")
    assert find_setpriv() == wanted
