"""The browser of an ordinary user runs in its sandbox; root, who has none, lends it another account."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from poolmgr.local import accounts
from poolmgr.local.accounts import Account
from poolmgr.registries.browser.programs import find_chromium, playwright_driver
from tests.pools import environment
from tests.registries.browsers import belonging
from tests.waiting import until

WORKER = "sandbox-1"
FILTERED = "2"
"""SECCOMP_MODE_FILTER (proc(5), field Seccomp of status)."""


@pytest.fixture
def account(open_folder: Path) -> Account:
    """Not root, and allowed what the sandbox is made of."""
    found = accounts.choose(open_folder / "nobody's yet")
    probe = accounts.run(found, ["unshare", "--user", "--map-root-user", "true"], timeout_seconds=10)
    if probe.code != 0:
        pytest.skip(
            f"{found.name} may make no user namespace here, so Chromium has no sandbox: {probe.output}"
        )
    return found


@pytest.fixture
def started(open_folder: Path, account: Account) -> Iterator["subprocess.Popen[str]"]:
    """A browser of that account, in a folder of its own, with copies of programs it cannot reach."""
    home = open_folder / "home"
    accounts.own_folder(account, home)
    lent = [account.name] if account.lent else []
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.registries.browser.starter", str(home), WORKER, *lent,
         *([str(chromium_for(account, open_folder))] if lent else [])],
        cwd=Path(__file__).parents[3],
        env=environment() | {"PYTHONPATH": os.pathsep.join(packages_for(account, open_folder))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    with process:
        yield process
        process.kill()
    until(lambda: not belonging(WORKER), 5, "the end of every process")


def chromium_for(account: Account, shelf: Path) -> Path:
    found = find_chromium("").path
    if accounts.reaches(account, found):
        return found
    shutil.copytree(found.parent, shelf / "chromium", symlinks=True)
    return shelf / "chromium" / found.name


def packages_for(account: Account, shelf: Path) -> list[str]:
    """Where Python looks first: for Playwright, whose Node and scripts are run as that account."""
    ours = environment().get("PYTHONPATH", "")
    if accounts.reaches(account, playwright_driver() / "node"):
        return [ours] if ours else []
    shutil.copytree(playwright_driver().parent, shelf / "packages" / "playwright", symlinks=True)
    return [str(shelf / "packages"), *([ours] if ours else [])]


def status_of(process: psutil.Process) -> dict[str, str]:
    """/proc/<pid>/status, by its words."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def renderers() -> list[psutil.Process]:
    return [process for process in belonging(WORKER) if "--type=renderer" in " ".join(process.cmdline())]


def test_a_renderer_of_an_ordinary_users_browser_may_make_only_the_calls_that_the_sandbox_allows(
    started: "subprocess.Popen[str]", account: Account
) -> None:
    assert started.stdout is not None
    assert [started.stdout.readline() for _ in range(2)] == ["started\n", "sandboxed\n"]
    found = [status_of(process) for process in renderers()]
    assert found, "no renderer"
    for status in found:
        assert status["Seccomp"] == FILTERED, status
        assert status["NoNewPrivs"] == "1", status
        assert set(status["Uid"].split()) == {str(account.uid)}, "it is not the ordinary user's"
    # A filter of the browser's own, beside those under which everything in a container may run.
    around = status_of(psutil.Process(started.pid))["Seccomp_filters"]
    assert all(int(status["Seccomp_filters"]) > int(around) for status in found)
