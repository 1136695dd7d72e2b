"""The one folder that the servers' sockets are in: 0700, and short enough for the kernel."""

import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from poolmgr.local import accounts
from poolmgr.local.accounts import Account

# sun_path of unix(7) holds 108 bytes with its final NUL; the longest name put in the folder is PostgreSQL's.
LONGEST_PATH_BYTES = 107
LONGEST_NAME = ".s.PGSQL.5432"
# libpq and postgresql.conf read a comma as the start of the next folder.
PLAIN = re.compile(r"[^,\"'\\\x00-\x1f\x7f]+")
PREFIX = "registre-pool-"


def fits(folder: Path) -> bool:
    return len(os.fsencode(folder / LONGEST_NAME)) <= LONGEST_PATH_BYTES and bool(
        PLAIN.fullmatch(str(folder))
    )


def place(folder: Path) -> Path:
    """Where the sockets are now: the folder, or the short one that it is a link to."""
    return folder.readlink() if folder.is_symlink() else folder


def prepare(folder: Path, account: Account) -> Path:
    """Makes the folder, or where its path does not fit a short one, and a link that remembers it."""
    if fits(folder):
        accounts.own_folder(account, folder)
        return folder
    if folder.is_symlink() and private(folder.readlink(), account):
        return folder.readlink()
    runtime = Path("/run")
    parent = runtime if os.access(runtime, os.W_OK) else Path(tempfile.gettempdir())
    short = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    accounts.own_folder(account, short)
    folder.unlink(missing_ok=True)
    folder.symlink_to(short)
    return short


def private(folder: Path, account: Account) -> bool:
    """Whether it is still the account's own: anybody may remake a vanished folder of /tmp under its name."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid and stat.S_IMODE(found.st_mode) == 0o700
    )


def remove(folder: Path) -> None:
    """Forgets the short folder, if there is one."""
    if not folder.is_symlink():
        return
    short = folder.readlink()
    if short.name.startswith(PREFIX) and short.is_dir():
        shutil.rmtree(short)
    folder.unlink()
