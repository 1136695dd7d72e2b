"""The note of a paid file: what the spool keeps of one purchase, by name, sha-256 and size.

A note names its files itself, so that a newer version of one lies beside the older until the note changes.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from poolmgr.domain.errors import StoreError
from poolmgr.domain.jobs import EnvironmentName, Token
from poolmgr.domain.json import Json, JsonObject, record, text, whole
from poolmgr.domain.purchases import PurchaseId

SCHEMA = 1
Role = Literal["document", "html", "original"]
ROLES: tuple[Role, ...] = ("document", "html", "original")
NOTE_NAME = re.compile(r"(?P<id>[1-9][0-9]{0,18})\.json", re.ASCII)
FILE_NAME = re.compile(
    r"(?P<id>[1-9][0-9]{0,18})(?:\.again)?\.(?:pdf|unreadable|html|original\.[a-z0-9]{1,10})", re.ASCII
)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the spool has of a purchase. facts: what to mark it with; whole: the document can be read."""

    purchase: PurchaseId
    token: Token
    sha256: str
    size: int
    whole: bool
    html: bool
    facts: JsonObject
    kept_at: str

    def secured_facts(self, host: str) -> JsonObject:
        """What the purchase is marked secured with, by its buyer or by whoever finds the file later."""
        return {**self.facts, "sha256": self.sha256, "size": self.size, "host": host}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file of a purchase."""

    name: str
    sha256: str
    size: int

    def fits(self, data: bytes) -> bool:
        return (self.sha256, self.size) == (sha256_of(data), len(data))


@dataclass(frozen=True, kw_only=True)
class Note:
    """As it lies in `<purchase id>.json`, written after every file it names."""

    purchase: PurchaseId
    token: Token
    whole: bool
    kept_at: str
    facts: JsonObject
    parts: Mapping[Role, Part] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(part.name for part in self.parts.values())

    def naming(self, parts: Mapping[Role, Part]) -> "Note":
        return replace(self, parts=parts)

    @property
    def kept(self) -> Kept:
        document = self.parts["document"]
        return Kept(
            purchase=self.purchase,
            token=self.token,
            sha256=document.sha256,
            size=document.size,
            whole=self.whole,
            html="html" in self.parts,
            facts=self.facts,
            kept_at=self.kept_at,
        )


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def note_name(purchase: PurchaseId) -> str:
    return f"{purchase}.json"


def part_of(purchase: PurchaseId, ending: str, data: bytes, now: Note | None) -> Part:
    """Under a name that does not overwrite what the present note speaks of, unless it is the same."""
    usual, other = f"{purchase}.{ending}", f"{purchase}.again.{ending}"
    spoken_of = [part for part in now.parts.values() if part.name == usual] if now else []
    name = usual if all(part.fits(data) for part in spoken_of) else other
    return Part(name=name, sha256=sha256_of(data), size=len(data))


def write(note: Note) -> bytes:
    """Raises StoreError for facts that are no JSON."""
    parts: JsonObject = {
        role: {"name": part.name, "sha256": part.sha256, "size": part.size}
        for role, part in note.parts.items()
    }
    values: JsonObject = {
        "schema": SCHEMA,
        "purchase": note.purchase,
        "token": note.token,
        "whole": note.whole,
        "kept_at": note.kept_at,
        "facts": note.facts,
        "parts": parts,
    }
    try:
        # Unlike orjson it writes any text and any number that a page may have brought.
        return json.dumps(values, indent=1).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"The facts of purchase {note.purchase} are no JSON: {error}") from error


def read(purchase: PurchaseId, data: bytes, environment: EnvironmentName) -> Note:
    """Raises StoreError for a note that is broken, or another purchase's."""
    try:
        values: Json = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise broken(purchase, "it is no JSON") from error
    if not isinstance(values, dict):
        raise broken(purchase, "it is no object")
    if whole(values, "schema") != SCHEMA:
        raise broken(purchase, f"its schema is {values.get('schema')!r}, not {SCHEMA}")
    if whole(values, "purchase") != purchase:
        raise broken(purchase, f"it is of purchase {values.get('purchase')!r}")
    token, readable, facts = text(values, "token"), values.get("whole"), values.get("facts")
    if not token or not isinstance(readable, bool) or not isinstance(facts, dict):
        raise broken(purchase, "token, whole or facts are missing")
    return Note(
        purchase=purchase,
        token=Token(token, environment),
        whole=readable,
        kept_at=text(values, "kept_at"),
        parts=parts_in(purchase, record(values, "parts")),
        facts=facts,
    )


def parts_in(purchase: PurchaseId, told: JsonObject) -> dict[Role, Part]:
    parts = {role: part_in(purchase, record(told, role)) for role in ROLES if role in told}
    if "document" not in parts:
        raise broken(purchase, "it names no document")
    return parts


def part_in(purchase: PurchaseId, told: JsonObject) -> Part:
    """A name leads nowhere but to this purchase's own files."""
    part = Part(name=text(told, "name"), sha256=text(told, "sha256"), size=whole(told, "size", -1))
    if not is_file_of(purchase, part.name) or not re.fullmatch("[0-9a-f]{64}", part.sha256) or part.size < 0:
        raise broken(purchase, "a file in it has no name, sha-256 or size that can be")
    return part


def is_file_of(purchase: PurchaseId, name: str) -> bool:
    found = FILE_NAME.fullmatch(name)
    return found is not None and found["id"] == str(purchase)


def broken(purchase: PurchaseId, why: str) -> StoreError:
    return StoreError(
        f"The note {note_name(purchase)} cannot be used: {why}.",
        advice="Leave the files of that purchase where they are: a person can still deliver them.",
    )
