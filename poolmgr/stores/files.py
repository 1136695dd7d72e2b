"""Documents in a folder: `<folder>/<bucket>/<object>`, for an environment without Supabase Storage."""

import asyncio
import errno
import os
import tempfile
from pathlib import Path

from poolmgr.domain.errors import Missing, PoolError, StoreError, StoreUnreachable
from poolmgr.domain.ports import Documents
from poolmgr.stores.paths import parts

# The disk's trouble, not the document's.
AWAY = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT}
)


class FolderDocuments(Documents):
    """`Documents` in a folder that only its owner reads. Names that would leave it raise StoreError."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    async def read(self, path: str) -> bytes:
        """Raises Missing, StoreError or StoreUnreachable."""
        return await asyncio.to_thread(self.read_now, path)

    async def write(self, path: str, data: bytes) -> None:
        """Whole or not at all, on disk when it returns. StoreError; a full disk: StoreUnreachable."""
        await asyncio.to_thread(self.write_now, path, data)

    async def close(self) -> None:
        """Nothing is held open."""

    def read_now(self, path: str) -> bytes:
        place = self.place(path)
        try:
            if not place.is_file():
                raise Missing(f"{path} is not in {self.folder}.")
            return place.read_bytes()
        except FileNotFoundError as error:
            raise Missing(f"{path} is not in {self.folder}.") from error
        except OSError as error:
            raise self.trouble(f"reading {path}", error) from error

    def write_now(self, path: str, data: bytes) -> None:
        place = self.place(path)
        try:
            make_folders(place.parent)
            write_whole(place, data)
        except OSError as error:
            raise self.trouble(f"writing {path} ({len(data)} bytes)", error) from error

    def place(self, path: str) -> Path:
        """Where the path lies, links followed. Raises StoreError when that is outside the folder."""
        container, name = parts(path)
        place = self.folder / container / name
        try:
            inside = place.resolve().is_relative_to(self.folder.resolve())
        except (OSError, RuntimeError) as error:
            raise StoreError(f"{path} cannot be followed in {self.folder}: {error}") from error
        if not inside:
            raise StoreError(
                f"{path} leads out of {self.folder}.", advice="Remove the link that leads there."
            )
        return place

    def trouble(self, doing: str, error: OSError) -> PoolError:
        reason = f"{doing} in {self.folder}: {os.strerror(error.errno or 0)}"
        if error.errno in AWAY:
            return StoreUnreachable(reason, advice="Make room on that disk, or set another documents_folder.")
        advice = "Give the pool's user this folder." if error.errno in (errno.EACCES, errno.EPERM) else ""
        return StoreError(reason, advice=advice)


def make_folders(folder: Path) -> None:
    """mkdir(parents=True) would give the parents the process' own mode."""
    if not folder.is_dir():
        make_folders(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def write_whole(place: Path, data: bytes) -> None:
    """Temporary name, fsync, rename, fsync of the folder: a reader sees the old file or the new one."""
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=place.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(place)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync(place.parent)


def sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
