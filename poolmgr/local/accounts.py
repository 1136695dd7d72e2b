"""The account that embedded servers run as: PostgreSQL refuses root, so root lends them to another."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from poolmgr.domain.errors import NotAvailable, StoreUnreachable

PREFERRED = ("postgres", "nobody")


@dataclass(frozen=True, kw_only=True)
class Account:
    name: str
    uid: int
    gid: int

    @property
    def lent(self) -> bool:
        """Whether it is another account than the one this process runs as."""
        return self.uid != os.geteuid()


@dataclass(frozen=True, kw_only=True)
class Answer:
    code: int
    output: str


def of(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(name=str(uid), uid=uid, gid=os.getegid())
    return Account(name=entry.pw_name, uid=uid, gid=entry.pw_gid)


def ourselves() -> Account:
    return of(os.geteuid())


def choose(folder: Path) -> Account:
    """The owner of `folder` if it exists; else ourselves, or as root the first of PREFERRED that exists.

    Raises NotAvailable when the folder is someone else's, or when root has nobody to lend it to.
    """
    owner = folder.stat().st_uid if folder.exists() else 0
    us = os.geteuid()
    if us != 0:
        if folder.exists() and owner != us:
            raise NotAvailable(
                f"{folder} belongs to {of(owner).name}, and this is {of(us).name}.",
                advice=f"Run the command as {of(owner).name}, or set pool.data_folder to your own.",
            )
        return of(us)
    if owner:
        return of(owner)
    for name in PREFERRED:
        try:
            return of(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    raise NotAvailable(
        f"PostgreSQL refuses to run as root, and no account named {' or '.join(PREFERRED)} exists.",
        advice="Run the command as an ordinary user, or: useradd --system --no-create-home postgres",
    )


def run(account: Account, command: Sequence[str | Path], *, timeout_seconds: float) -> Answer:
    """Runs a command as the account. The environment is empty: no PG* variable of ours decides anything.

    Raises NotAvailable when it cannot be started, StoreUnreachable when it takes longer than the time-out.
    """
    try:
        done = subprocess.run(
            [str(word) for word in command],
            user=account.uid if account.lent else None,
            group=account.gid if account.lent else None,
            extra_groups=[] if account.lent else None,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise StoreUnreachable(f"{command[0]} did not end within {timeout_seconds:g} s.") from late
    except (OSError, subprocess.SubprocessError) as refused:
        raise NotAvailable(
            f"{command[0]} cannot be started as {account.name}: {refused}.",
            advice="Run the command as an ordinary user whose folders are its own.",
        ) from refused
    return Answer(code=done.returncode, output=done.stdout.strip())


def reaches(account: Account, path: Path) -> bool:
    """Whether the account may enter this folder or execute this file, as the kernel answers it."""
    return run(account, ["test", "-x", path], timeout_seconds=10).code == 0


def require_reach(account: Account, folder: Path) -> None:
    """Raises NotAvailable naming the first parent that the account may not enter."""
    if reaches(account, folder):
        return
    blocked = next((part for part in reversed(folder.parents) if not reaches(account, part)), folder)
    raise NotAvailable(
        f"The servers run as {account.name}, which may not enter {blocked}.",
        advice=f"Set pool.data_folder to a folder outside it, or: chmod o+x {blocked}",
    )


def own_folder(account: Account, folder: Path) -> None:
    """Makes the folder if need be: 0700 and the account's own, which justifies trusting its sockets."""
    if folder.is_symlink():
        raise NotAvailable(
            f"{folder} is a link: nothing is given away through it.", advice=f"Remove {folder}."
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
