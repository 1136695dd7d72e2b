"""What `install` and `uninstall` do, one step at a time, and the machine they do it to."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import JsonObject

State = Literal["done", "already there", "kept", "not here", "mind"]
COMMAND_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """state: done, already there (as it should be), kept (as somebody made it), not here (this machine has no
    use for it), mind (a person has to look)."""

    step: str
    state: State
    detail: str = ""

    def as_json(self) -> JsonObject:
        return {"step": self.step, "state": self.state, "detail": self.detail}

    def __str__(self) -> str:
        return f"{self.state:<13} {self.step}" + (f": {self.detail}" if self.detail else "")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """root: `/`, or a folder that is to become another machine's: there are no users and no services then."""

    root: Path = Path("/")

    @property
    def is_this(self) -> bool:
        return self.root == Path("/")

    @property
    def runs_systemd(self) -> bool:
        return self.is_this and Path("/run/systemd/system").is_dir()

    @property
    def restricts_namespaces(self) -> bool:
        """AppArmor 4 can, and Ubuntu 24.04 does: a browser's sandbox then needs a profile for them."""
        known = self.at("/etc/apparmor.d/abi/4.0").exists()
        return known and (not self.is_this or Path("/sys/kernel/security/apparmor").is_dir())

    def at(self, path: str) -> Path:
        return self.root / path.removeprefix("/")

    def check_rights(self) -> None:
        """Raises PoolError for anybody but root who wants to change this machine."""
        if self.is_this and os.geteuid() != 0:
            raise PoolError(
                "Only root can install a service or remove it.",
                advice="Run it with sudo; or with --root DIR, for another machine's files.",
            )

    def run(self, *words: str) -> None:
        """Raises PoolError with what the program said."""
        program = shutil.which(words[0])
        if program is None:
            raise PoolError(f"{words[0]} is not on this machine.", advice=f"It was to do: {' '.join(words)}")
        done = subprocess.run(
            [program, *words[1:]], capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()
            raise PoolError(f"`{' '.join(words)}` failed: {said}")

    def own(self, path: Path, user: str, group: str) -> None:
        """Another machine's users are not known here: its files stay ours."""
        if self.is_this:
            shutil.chown(path, user, group)


def write(path: Path, text: str, mode: int) -> bool:
    """Whether there was something to do. The file is never seen half-written, nor with a wider mode."""
    if path.is_file() and path.read_text(encoding="utf-8") == text and path.stat().st_mode & 0o777 == mode:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
    beside.chmod(mode)
    beside.replace(path)
    return True


def remove(paths: Sequence[Path]) -> list[Path]:
    """Those that were there; folders with all they hold."""
    found = [path for path in paths if path.exists() or path.is_symlink()]
    for path in found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return found
