"""Why a server did not start: its own last words, and what to do about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poolmgr.domain.errors import NotAvailable, StoreUnreachable

LAST_LINES = 15
CAUSES = {
    "No space left on device": "The disk is full: free some space, or set pool.data_folder to another disk.",
    "Disk quota exceeded": "The quota is used up: free some space, or set pool.data_folder to another disk.",
    "Read-only file system": "Set pool.data_folder to a folder that can be written to.",
    "Permission denied": "Set pool.data_folder to a folder of your own.",
    "could not look up effective user ID": "Give this user a name in /etc/passwd.",
}


def advice(words: str) -> str:
    return next((fix for cause, fix in CAUSES.items() if cause in words), "")


def last_lines(log: Path) -> str:
    """The end of a log, empty when there is none yet."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-LAST_LINES:])
    except FileNotFoundError:
        return ""


def failed(what: str, words: str, log: Path) -> StoreUnreachable:
    fix = advice(words) or f"The whole log is {log}."
    return StoreUnreachable(f"{what}:\n{words.strip()}", advice=fix)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What the file system refuses becomes NotAvailable with the way out."""
    try:
        yield
    except OSError as refused:
        words = refused.strerror or str(refused)
        raise NotAvailable(
            f"{refused.filename or folder} cannot be written: {words}.",
            advice=advice(words) or "Set pool.data_folder to another folder.",
        ) from refused
