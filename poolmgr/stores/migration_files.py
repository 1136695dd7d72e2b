"""The migrations that came with this version, and the statements in them."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from poolmgr.domain.errors import NotAvailable, StoreError

NAME = re.compile(r"pool_\d{3}_[a-z0-9_]+\.sql")
OUTSIDE = "-- no transaction"
INDEX = re.compile(
    r"\s*create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?(?P<index>\w+)"
    r"\s+on\s+(?:only\s+)?(?P<table>[\w.]+)",
    re.IGNORECASE,
)
# What may hide a semicolon: comments, quoted text, dollar-quoted bodies.
PIECE = re.compile(
    r"--[^\n]*|/\*.*?\*/|(?P<end>;)|'(?:[^']|'')*'|\"[^\"]*\"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|.", re.DOTALL
)
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One file; `checksum` is the sha-256 of its text with unix line ends."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def outside(self) -> bool:
        """Runs statement by statement outside a transaction: index files."""
        return self.text.startswith(OUTSIDE)

    def statements(self) -> list[str]:
        return [statement for statement in split(self.text) if COMMENT.sub("", statement).strip()]


@dataclass(frozen=True, kw_only=True)
class Index:
    """What a CREATE INDEX CONCURRENTLY builds."""

    name: str
    table: str


def shipped() -> list[Migration]:
    """In the order of their names. Raises NotAvailable when the installation holds none."""
    for folder in (Path(__file__).parents[2] / "migrations", resources.files("poolmgr") / "migrations"):
        if found := in_folder(folder):
            return found
    raise NotAvailable("This installation holds no migrations.", advice="Install registre-pool again.")


def in_folder(folder: Path | Traversable) -> list[Migration]:
    if not folder.is_dir():
        return []
    files = [
        file for file in folder.iterdir() if file.name.startswith("pool_") and file.name.endswith(".sql")
    ]
    return [read(file) for file in sorted(files, key=lambda file: file.name)]


def read(file: Path | Traversable) -> Migration:
    """Raises StoreError for a file that cannot be one: its name, or text that is not UTF-8."""
    if not NAME.fullmatch(file.name):
        raise StoreError(
            f"{file.name} is no name of a migration.", advice="Name it pool_013_what_it_does.sql."
        )
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise StoreError(f"{file.name} is not UTF-8: {error}") from error
    return Migration(name=file.name, text=text.replace("\r\n", "\n"))


def split(text: str) -> Iterator[str]:
    """At each semicolon that ends a statement."""
    start = 0
    for piece in PIECE.finditer(text):
        if piece["end"]:
            yield text[start : piece.start()].strip()
            start = piece.end()
    yield text[start:].strip()


def built_by(statement: str) -> Index | None:
    """The index a statement builds concurrently, None for any other statement."""
    found = INDEX.match(COMMENT.sub("", statement))
    return Index(name=found["index"], table=found["table"]) if found else None
