"""How many searches a registry sees at once and in a minute: counted in Redis over all machines, and in files
for this machine alone.

registry:<name>:visitors      sorted set: who searches now, by when he is forgotten (ms since 1970)
registry:<name>:next_search   when the next search may begin (ms since 1970)

<data folder>/visits/<name>.<number>   held by the kernel's lock while somebody searches
<data folder>/visits/<name>.next       when the next search may begin (seconds since 1970)
"""

import fcntl
import os
import time
from contextlib import suppress
from importlib import resources
from pathlib import Path

from pydantic import SecretStr

from poolmgr.domain.errors import StoreError
from poolmgr.domain.jobs import JobKind
from poolmgr.domain.limits import Entry, SiteLimits, Why
from poolmgr.stores.redis import RedisScripts

LONGEST_WAIT_SECONDS = 60.0
"""Who would have to wait longer for his turn does not take one."""

SCRIPT = resources.files(__package__).joinpath("visits.lua").read_text(encoding="utf-8")
LEAVE = "return redis.call('ZREM', KEYS[1], ARGV[1])"
REFUSALS: dict[str, Why] = {"searches_at_once": "searches_at_once", "searches_a_minute": "searches_a_minute"}


class SharedVisits:
    """In a Redis or Valkey. Raises StoreUnreachable, StoreError."""

    def __init__(self, url: SecretStr, *, timeout_seconds: float, kept_seconds: float) -> None:
        """kept_seconds: who does not come again within it is forgotten."""
        self.scripts = RedisScripts(url, timeout_seconds=timeout_seconds)
        self.kept_seconds = kept_seconds

    async def enter(self, registry: JobKind, visitor: str, limits: SiteLimits) -> Entry:
        """To search, or to go on searching. Whoever has come in stays in."""
        return await self.asked(registry, visitor, limits.at_once, 0.0)

    async def turn(self, registry: JobKind, visitor: str, limits: SiteLimits) -> Entry:
        """When his next search may begin: it is taken with the answer."""
        return await self.asked(registry, visitor, 0, limits.gap_seconds)

    async def asked(self, registry: JobKind, visitor: str, at_once: int, gap_seconds: float) -> Entry:
        keys = (f"registry:{registry}:visitors", f"registry:{registry}:next_search")
        milliseconds = [round(one * 1000) for one in (gap_seconds, self.kept_seconds, LONGEST_WAIT_SECONDS)]
        said = await self.scripts.run(SCRIPT, keys, (visitor, at_once, *milliseconds))
        match said:
            case [bytes() as word, int() as wait] if word.decode() in ("", *REFUSALS):
                return Entry(why=REFUSALS.get(word.decode(), ""), seconds=wait / 1000)
        raise StoreError(f"Redis answered {said!r} to a search that would begin.")

    async def leave(self, registry: JobKind, visitor: str) -> None:
        await self.scripts.run(LEAVE, (f"registry:{registry}:visitors",), (visitor,))

    async def close(self) -> None:
        await self.scripts.close()


class OwnVisits:
    """This machine's children among each other. A child that dies lets go of what it held."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: dict[tuple[JobKind, str], int] = {}

    def enter(self, registry: JobKind, visitor: str, most: int) -> bool:
        """Whether he is one of the `most` that search now."""
        if (registry, visitor) in self.held:
            return True
        for number in range(most):
            handle = self.opened(f"{registry}.{number}")
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                continue
            self.held[registry, visitor] = handle
            return True
        return False

    def turn(self, registry: JobKind, gap_seconds: float) -> float | None:
        """Seconds until his next search may begin, taken with the answer; None = too many are before him."""
        handle = self.opened(f"{registry}.next")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            now, begin = time.time(), 0.0
            with suppress(ValueError):
                begin = float(os.pread(handle, 100, 0) or 0)
            # A clock that was set back must not close the registry.
            wait = max(0.0, begin - now) if begin - now <= LONGEST_WAIT_SECONDS + gap_seconds else 0.0
            if wait > LONGEST_WAIT_SECONDS:
                return None
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{now + wait + gap_seconds:.3f}".encode(), 0)
            return wait
        finally:
            os.close(handle)

    def leave(self, registry: JobKind, visitor: str) -> None:
        handle = self.held.pop((registry, visitor), None)
        if handle is not None:
            os.close(handle)

    def opened(self, name: str) -> int:
        """Raises StoreError when the folder takes no file."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                f"{self.folder} takes no file: {error.strerror}.",
                advice="Give the pool's user its data folder.",
            ) from None
