"""A child's own folder: its browser's launchers, profile and downloads, gone with the child.

<data folder>/browser/<worker>/
    lock       held by the child while it lives: the kernel lets go of it, however the child ends
    node       } launchers: a clean environment, and death with whoever started them
    chromium   }
    tmp/       profile and files of driver and browser
    jobs/      one folder a job
"""

import asyncio
import fcntl
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from poolmgr.domain.errors import StoreError
from poolmgr.registries.browser.programs import Chromium, find_node, find_setpriv
from poolmgr.telemetry.events import CHILD_MARKER

KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "FONTCONFIG_PATH", "LD_LIBRARY_PATH")
"""All that driver and browser are given of ours: the rest may hold keys and passwords."""

DRIVER_VARIABLES = ("PW_LANG_NAME", "PW_LANG_NAME_VERSION", "PW_CLI_DISPLAY_VERSION")


class Workshop:
    """Made after the fork, in a child of its own; `worker` names it.

    starting: held while a browser's driver starts; drivers: process ids of those that run.
    """

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder = folder / worker
        self.worker = worker
        self.lock = -1
        self.starting = asyncio.Lock()
        self.drivers: set[int] = set()

    @property
    def node(self) -> Path:
        return self.folder / "node"

    @property
    def chromium(self) -> Path:
        return self.folder / "chromium"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def open(self) -> None:
        """Raises StoreError when the folder cannot be made."""
        try:
            self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            while self.lock < 0:
                self.lock = locked(self.folder)
            for folder in (self.temporary, self.folder / "jobs"):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{self.folder} cannot be made: {error.strerror}.",
                advice="Give the pool's user its data folder, or set pool.data_folder.",
            ) from error
        sweep(self.folder.parent)

    def equip(self, chromium: Chromium | None = None) -> None:
        """Writes the launchers, of the driver alone without a Chromium. Raises NotAvailable when a program is
        missing."""
        setpriv = find_setpriv()
        clean = environment(self.temporary, self.worker)
        driver = " ".join(f'{name}="${name}"' for name in DRIVER_VARIABLES)
        variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in clean.items())
        chain = f"{shlex.quote(str(setpriv))} --pdeathsig KILL"
        node = shlex.quote(str(find_node()))
        write_script(self.node, f'exec env -i {variables} {driver} {chain} {node} "$@"')
        if chromium is not None:
            write_script(self.chromium, f'exec {chain} {shlex.quote(str(chromium.path))} "$@"')

    @contextmanager
    def job(self, name: str) -> Iterator[Path]:
        """A folder for one job, gone with it."""
        folder = self.folder / "jobs" / name
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1


def environment(temporary: Path, worker: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The marker lets the parent know whose a process is after its starter's death."""
    given = os.environ if environ is None else environ
    kept = {name: given[name] for name in KEPT_VARIABLES if name in given}
    return kept | {"HOME": str(temporary), "TMPDIR": str(temporary), CHILD_MARKER: worker}


def write_script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o700)


def locked(folder: Path) -> int:
    """The lock's descriptor, which nothing the child starts inherits; -1 when a sweep was quicker."""
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    if is_lock_of(handle, folder):
        return handle
    os.close(handle)
    return -1


def is_lock_of(handle: int, folder: Path) -> bool:
    """Whether the folder's lock is still the file that was opened."""
    try:
        return os.path.samestat(os.fstat(handle), (folder / "lock").stat())
    except FileNotFoundError:
        return False


def sweep(folder: Path) -> int:
    """Removes the folders of children that are dead; how many."""
    return sum(remove_abandoned(old) for old in folder.iterdir())


def remove_abandoned(folder: Path) -> bool:
    """Only when nobody holds its lock. One without a lock is being made, or is not ours."""
    try:
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not is_lock_of(handle, folder):  # another sweep was quicker, and the folder may be somebody's
            return False
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return not folder.exists()
