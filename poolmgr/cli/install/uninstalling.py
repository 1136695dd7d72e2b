"""Takes away what `install` made; what people wrote and what the pool keeps stays, unless it is purged."""

import pwd
import re
from collections.abc import Iterator
from pathlib import Path

from poolmgr.cli.install import completion, shipped
from poolmgr.cli.install.installing import CONFIG_FOLDER, MADE_BY_US, PROFILE, UNIT
from poolmgr.cli.install.steps import Machine, Step, remove
from poolmgr.domain.errors import PoolError

KEPT = (
    CONFIG_FOLDER,
    shipped.STATE_FOLDER,
    "/var/log/registre-pool",
    "/var/cache/registre-pool",
    f"{UNIT}.d",
)


def uninstall(machine: Machine) -> Iterator[Step]:
    """Each step as it is done; configuration and data stay. Raises PoolError, OSError."""
    unit, profile = machine.at(UNIT), machine.at(PROFILE)
    if unit.exists() and machine.runs_systemd:
        machine.run("systemctl", "disable", "--now", shipped.UNIT)
    yield removed("service", UNIT, unit)
    if machine.runs_systemd:
        machine.run("systemctl", "daemon-reload")
    if profile.exists() and machine.is_this:
        machine.run("apparmor_parser", "--remove", PROFILE)
    yield removed("AppArmor profile", PROFILE, profile)
    for shell, path in completion.FILES.items():
        yield removed(f"completion for {shell}", path, machine.at(path))


def keep(machine: Machine) -> Iterator[Step]:
    for path in KEPT:
        if machine.at(path).exists():
            yield Step(step="folder", state="kept", detail=path)


def purge(machine: Machine, user: str) -> Iterator[Step]:
    """Configuration, data, logs, and the user, if `install` made it."""
    for path in KEPT:
        if machine.at(path).exists():
            yield removed("folder", path, machine.at(path))
    if user and machine.is_this and is_ours(user):
        machine.run("userdel", user)
        yield Step(step=f"user {user}", state="done", detail="removed")


def removed(what: str, path: str, file: Path) -> Step:
    return Step(step=what, state="done" if remove([file]) else "not here", detail=path)


def user_of(machine: Machine) -> str:
    """Of the installed service; "" when there is none."""
    unit = machine.at(UNIT)
    found = re.search(r"^User=(.+)$", unit.read_text(), re.MULTILINE) if unit.is_file() else None
    return found[1] if found else shipped.SHIPPED_USER


def is_ours(user: str) -> bool:
    try:
        return pwd.getpwnam(user).pw_gecos == MADE_BY_US
    except KeyError:
        return False


def check_nothing_paid(machine: Machine) -> None:
    """Raises PoolError while documents lie here that were paid for and are perhaps not delivered."""
    spool = machine.at(shipped.STATE_FOLDER) / "paid"
    if paid := sorted(spool.glob("*/*.json")):
        raise PoolError(
            f"{len(paid)} paid documents lie in {spool} and may not be delivered yet; nothing was removed.",
            advice="Let the pool run until `registre-pool status` names none, or move the folder away first.",
        )
