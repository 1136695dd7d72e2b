"""Makes a machine one that runs the pool as a service. Twice is as good as once."""

import grp
import pwd
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from poolmgr.cli.install import completion, shipped
from poolmgr.cli.install.steps import Machine, Step, write
from poolmgr.domain.errors import NotAvailable

CONFIG_FOLDER = "/etc/registre-pool"
CONFIG = f"{CONFIG_FOLDER}/config.toml"
CREDENTIALS = "/etc/credstore"
UNIT = f"/etc/systemd/system/{shipped.UNIT}"
PROFILE = "/etc/apparmor.d/registre-pool"
MADE_BY_US = "registre-pool service"
"""The comment of a user that `install` made, by which `uninstall` knows that it may go."""

HIDDEN = ("/root", "/home", "/run/user")
"""What the unit's ProtectHome= hides from the service."""


def install(machine: Machine, user: str, executable: Path, browser: Path | None) -> Iterator[Step]:
    """Each step as it is done. Raises PoolError, OSError."""
    yield make_user(machine, user)
    yield from make_folders(machine, user)
    yield make_config(machine, user)
    yield write_unit(machine, user, executable)
    yield from look_at(executable, "the program")
    if browser is not None:
        yield from look_at(browser, "the browser")
    yield allow_sandbox(machine, browser)
    for shell, path in completion.FILES.items():
        yield written(
            f"completion for {shell}", path, write(machine.at(path), completion.script(shell), 0o644)
        )


def written(what: str, path: str, changed: bool) -> Step:
    return Step(step=what, state="done" if changed else "already there", detail=path)


def make_user(machine: Machine, user: str) -> Step:
    step = f"user {user}"
    if not machine.is_this:
        return Step(step=step, state="not here", detail="made on the machine itself, by `install` there")
    try:
        pwd.getpwnam(user)
    except KeyError:
        home = ("--home-dir", shipped.STATE_FOLDER, "--no-create-home", "--shell", "/usr/sbin/nologin")
        machine.run("useradd", "--system", "--user-group", *home, "--comment", MADE_BY_US, user)
        return Step(step=step, state="done")
    return Step(step=step, state="already there")


def group_of(user: str) -> str:
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def make_folders(machine: Machine, user: str) -> Iterator[Step]:
    for path, mode, owner in (
        (CONFIG_FOLDER, 0o750, "root"),
        (CREDENTIALS, 0o700, ""),
        (shipped.STATE_FOLDER, 0o750, user),
    ):
        folder = machine.at(path)
        if folder.is_dir():
            yield Step(step="folder", state="already there", detail=path)
            continue
        folder.mkdir(parents=True)
        folder.chmod(mode)
        if owner and machine.is_this:
            machine.own(folder, owner, group_of(user))
        yield Step(step="folder", state="done", detail=path)


def make_config(machine: Machine, user: str) -> Step:
    """The operator's own is never touched: it may hold secrets, and years of decisions."""
    path = machine.at(CONFIG)
    if path.exists():
        return Step(step="configuration", state="kept", detail=CONFIG)
    write(path, shipped.configuration(), 0o640)
    if machine.is_this:
        machine.own(path, "root", group_of(user))
    return Step(step="configuration", state="done", detail=CONFIG)


def write_unit(machine: Machine, user: str, executable: Path) -> Step:
    changed = write(machine.at(UNIT), shipped.unit(executable, user), 0o644)
    if changed and machine.runs_systemd:
        machine.run("systemctl", "daemon-reload")
    return written("service", UNIT, changed)


def look_at(program: Path, what: str) -> Iterator[Step]:
    """A program in somebody's home works for that person alone."""
    if any(program.is_relative_to(folder) for folder in HIDDEN):
        advice = f"the service does not see {program}: install it outside of {', '.join(HIDDEN)}"
        yield Step(step=what, state="mind", detail=advice)


def allow_sandbox(machine: Machine, browser: Path | None) -> Step:
    step = "AppArmor profile"
    if not machine.restricts_namespaces:
        return Step(step=step, state="not here", detail="nothing here keeps the browser from its sandbox")
    if browser is None:
        return Step(step=step, state="mind", detail="no browser was found; install one, then this again")
    changed = write(machine.at(PROFILE), shipped.profile(browser), 0o644)
    if changed and machine.is_this:
        machine.run("apparmor_parser", "--replace", PROFILE)
    return written(step, PROFILE, changed)


def executable() -> Path:
    """The program of this very installation. Raises NotAvailable."""
    beside = Path(sys.executable).absolute().with_name(completion.PROGRAM)
    if beside.is_file():
        return beside
    if found := shutil.which(completion.PROGRAM):
        return Path(found).absolute()
    raise NotAvailable(
        f"There is no program {completion.PROGRAM} beside {sys.executable}, nor on the PATH.",
        advice="Install the package: then there is one.",
    )
