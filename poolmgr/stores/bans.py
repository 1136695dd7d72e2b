"""How long a registry that turned this machine away is left alone: known to all its children, and after a
restart.

<data folder>/bans/<registry>.json    while it refuses, and until it served us again
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True, kw_only=True)
class Ban:
    """until: seconds since 1970. seconds: how long it was to be left alone. times: bans in a row."""

    until: float
    seconds: float
    times: int
    error: str

    def left(self, now: float) -> float:
        """Seconds; never more than was agreed, whatever became of the clock."""
        return min(max(0.0, self.until - now), self.seconds)


class Bans:
    """Of one registry. `now` is seconds since 1970.

    kept: what this process knows, should the disk not take it.
    """

    def __init__(self, folder: Path, registry: str, *, first_seconds: float, longest_seconds: float) -> None:
        self.folder = folder
        self.file = folder / f"{registry}.json"
        self.first_seconds = first_seconds
        self.longest_seconds = longest_seconds
        self.kept: Ban | None = None

    def standing(self, now: float) -> Ban | None:
        """The one that is not over yet."""
        last = self.last()
        return last if last and last.left(now) > 0 else None

    def banned(self, error: str, now: float) -> Ban:
        """Twice as long as the time before. One that another child met at the same time counts once."""
        with self.locked():
            last = self.last()
            if last and last.left(now) > 0:
                return last
            seconds = min(last.seconds * 2 if last else self.first_seconds, self.longest_seconds)
            ban = Ban(until=now + seconds, seconds=seconds, times=last.times + 1 if last else 1, error=error)
            self.kept = ban
            self.write(ban)
            return ban

    def served(self) -> Ban | None:
        """It serves us again: what there was is forgotten, and returned."""
        last, self.kept = self.last(), None
        with suppress(OSError):
            self.file.unlink(missing_ok=True)
        return last

    def last(self) -> Ban | None:
        """None for none, and for a file that is not ours to read."""
        with suppress(OSError, ValueError, TypeError):
            return Ban(**orjson.loads(self.file.read_bytes()))
        return self.kept

    def write(self, ban: Ban) -> None:
        """Whole or not at all."""
        unfinished = self.file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            unfinished.write_bytes(orjson.dumps(asdict(ban)))
            unfinished.replace(self.file)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One child at a time; without a folder each for itself."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
