"""The paid spool: where what was bought lies from its last byte until it is delivered.

`<id>.pdf` the document · `<id>.unreadable` what came instead, as evidence · `<id>.original.<suffix>` what
came, when the document was made of it · `<id>.html` · `<id>.json` the note, written last: without it nothing
was kept. What is kept again and differs lies as `<id>.again.<ending>` until the note has changed, so that a
reader, and a crash, meet the older files or the newer ones and never a mixture.
"""

import asyncio
import errno
import os
import re
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from poolmgr.domain.errors import Missing, PoolError, StoreError, StoreUnreachable
from poolmgr.domain.jobs import EnvironmentName, Token
from poolmgr.domain.json import JsonObject
from poolmgr.domain.purchases import PurchaseId
from poolmgr.stores import spool_notes
from poolmgr.stores.files import AWAY, make_folders, sync, write_whole
from poolmgr.stores.spool_notes import NOTE_NAME, Kept, Note, Role, is_file_of, note_name, part_of

__all__ = ["Kept", "Spool"]

NOTE_BYTES = 16 * 1024**2
READS = 20
"""How often a read starts again because the note has changed meanwhile."""

NO_FILE = frozenset({errno.ENOENT, errno.ELOOP, errno.ENXIO})
"""What opening says of nothing, of a link, of a socket."""


class Spool:
    """One environment's paid files, in a folder that only its owner reads.

    Raises StoreError; of a disk that is full or broken StoreUnreachable.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # A cancelled call's thread goes on: it must not cross the call that repeats it.
        self.writing = threading.Lock()

    async def keep(
        self,
        purchase: PurchaseId,
        token: Token,
        document: bytes,
        *,
        html: bytes | None = None,
        original: tuple[str, bytes] | None = None,
        whole: bool = True,
        facts: JsonObject,
    ) -> Kept:
        """All of it is on disk when this returns; kept again, the last one counts.

        original: suffix and bytes of what came; whole: the document can be read, else it is evidence.
        """
        files: dict[Role, tuple[str, bytes]] = {"document": ("pdf" if whole else "unreadable", document)}
        if html is not None:
            files["html"] = ("html", html)
        if original is not None:
            files["original"] = (f"original.{plain(original[0])}", original[1])
        draft = Note(
            purchase=purchase,
            token=token,
            whole=whole,
            kept_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            facts=facts,
        )
        return await asyncio.to_thread(self.keep_now, draft, files)

    async def read(self, purchase: PurchaseId) -> tuple[Kept, bytes, bytes | None]:
        """Document and html as they were kept. Missing: one of them or the note is not here, or differs."""
        return await asyncio.to_thread(self.read_now, purchase)

    async def notes(self) -> list[Kept]:
        """By purchase. What is no note, or a broken one, is passed over."""
        return await asyncio.to_thread(self.notes_now)

    async def remove(self, purchase: PurchaseId) -> None:
        """The note, then every file of the purchase. May be repeated."""
        await asyncio.to_thread(self.remove_now, purchase)

    def keep_now(self, draft: Note, files: Mapping[Role, tuple[str, bytes]]) -> Kept:
        size = sum(len(data) for _, data in files.values())
        with self.writing, self.troubles(f"keeping purchase {draft.purchase} ({size} bytes)"):
            make_durable(self.folder)
            before = self.standing(draft.purchase)
            note = draft.naming(
                {role: part_of(draft.purchase, *file, before) for role, file in files.items()}
            )
            for role, (_, data) in files.items():
                write_whole(self.folder / note.parts[role].name, data)
            write_whole(self.folder / note_name(note.purchase), spool_notes.write(note))
            for name in before.names - note.names if before else ():
                if not name.endswith(".unreadable"):
                    drop(self.folder / name)
        return note.kept

    def read_now(self, purchase: PurchaseId) -> tuple[Kept, bytes, bytes | None]:
        with self.troubles(f"reading purchase {purchase}"):
            for _ in range(READS):
                note = self.note(purchase)
                document, html = self.content(note, "document"), self.content(note, "html")
                if isinstance(document, bytes) and not isinstance(html, str):
                    return note.kept, document, html
                if self.note(purchase).parts == note.parts:
                    raise Missing(next(found for found in (document, html) if isinstance(found, str)))
        raise StoreUnreachable(f"Purchase {purchase} in {self.folder} changed whenever it was read.")

    def notes_now(self) -> list[Kept]:
        with self.troubles("looking at what was paid"):
            purchases = [int(match["id"]) for name in self.names() if (match := NOTE_NAME.fullmatch(name))]
            notes = [self.standing(purchase) for purchase in sorted(purchases)]
        return [note.kept for note in notes if note]

    def remove_now(self, purchase: PurchaseId) -> None:
        with self.writing, self.troubles(f"removing purchase {purchase}"):
            names = self.names()
            if note_name(purchase) in names:
                drop(self.folder / note_name(purchase))
                sync(self.folder)
            for name in names:
                if is_file_of(purchase, name):
                    drop(self.folder / name)

    def names(self) -> list[str]:
        try:
            return [place.name for place in self.folder.iterdir()]
        except FileNotFoundError:
            return []

    def note(self, purchase: PurchaseId) -> Note:
        """Raises Missing; StoreError for one that is broken."""
        data = content(self.folder / note_name(purchase), NOTE_BYTES)
        if data is None:
            raise Missing(f"Purchase {purchase} has no note in {self.folder}: nothing of it was kept.")
        return spool_notes.read(purchase, data, EnvironmentName(self.folder.name))

    def standing(self, purchase: PurchaseId) -> Note | None:
        """The note, when there is one that can be used."""
        try:
            return self.note(purchase)
        except (StoreError, PermissionError):
            return None

    def content(self, note: Note, role: Role) -> bytes | str | None:
        """The file's bytes; None when the note speaks of none; a sentence when it is not as the note says."""
        part = note.parts.get(role)
        if part is None:
            return None
        data = content(self.folder / part.name, part.size)
        if data is None:
            return f"{part.name} is not in {self.folder}, or is not the file that was kept."
        if not part.fits(data):
            return f"{part.name} in {self.folder} is not what was kept: size or sha-256 differ."
        return data

    @contextmanager
    def troubles(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self.trouble(doing, error) from error

    def trouble(self, doing: str, error: OSError) -> PoolError:
        reason = f"{doing} in {self.folder}: {os.strerror(error.errno or 0)}"
        if error.errno in AWAY:
            return StoreUnreachable(reason, advice="Make room on that disk: paid documents rest there.")
        advice = "Give the pool's user this folder." if error.errno in (errno.EACCES, errno.EPERM) else ""
        return StoreError(reason, advice=advice)


def plain(suffix: str) -> str:
    return "".join(re.findall("[a-z0-9]", suffix.lower()))[:10] or "bin"


def content(place: Path, most: int) -> bytes | None:
    """None for what is not there, is no plain file, or is larger than `most`. Never waits on a pipe."""
    try:
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in NO_FILE:
            return None
        raise
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(most)
    finally:
        os.close(handle)


def drop(place: Path) -> None:
    with suppress(FileNotFoundError, IsADirectoryError):
        place.unlink()


def make_durable(folder: Path) -> None:
    """With its parents, each on disk as a name in the one above."""
    lacking = [place for place in (folder, *folder.parents) if not place.is_dir()]
    make_folders(folder)
    for place in lacking:
        with suppress(PermissionError):
            sync(place.parent)
