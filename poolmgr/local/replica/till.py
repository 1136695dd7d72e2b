"""What was sold, pressed, ordered and opened: one line of JSON each, on the disk before the answer leaves.

The file outlives the replica. A last line that was cut by a crash was never answered: it is passed over.
"""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from uuid import uuid4

import orjson

from poolmgr.domain.json import JsonObject, records, text, whole
from poolmgr.local.replica.asked import Asked, read

PRICE_CENTS = 150


@dataclass(frozen=True, kw_only=True)
class Sale:
    """A document that the account pays; `path` is the page whose button sold it."""

    id: str
    at: str
    account: str
    asked: Asked
    title: str
    price_cents: int
    path: str

    @classmethod
    def read(cls, values: JsonObject) -> Self:
        return cls(
            id=text(values, "id"),
            at=text(values, "at"),
            account=text(values, "account"),
            asked=read(values),
            title=text(values, "title"),
            price_cents=whole(values, "price_cents"),
            path=text(values, "path"),
        )


@dataclass(frozen=True, kw_only=True)
class PaidSearch:
    """A search of the RDPRM that the account pays, also when nothing was found."""

    id: str
    at: str
    account: str
    name: str
    reference: str
    price_cents: int
    found: bool

    @classmethod
    def read(cls, values: JsonObject) -> Self:
        return cls(
            id=text(values, "id"),
            at=text(values, "at"),
            account=text(values, "account"),
            name=text(values, "name"),
            reference=text(values, "reference"),
            price_cents=whole(values, "price_cents"),
            found=values.get("found") is True,
        )


@dataclass(frozen=True, kw_only=True)
class Press:
    """A button that reached the server: Soumettre, Rechercher, Confirmer, and in `orders` Commander."""

    at: str
    account: str
    button: str
    path: str
    asked: Asked | None

    @classmethod
    def read(cls, values: JsonObject) -> Self:
        return cls(
            at=text(values, "at"),
            account=text(values, "account"),
            button=text(values, "button"),
            path=text(values, "path"),
            asked=read(values) if values.get("source") else None,
        )


@dataclass(frozen=True, kw_only=True)
class Login:
    """`why` is the reason of a refusal: password, unknown, locked."""

    at: str
    account: str
    ok: bool
    why: str

    @classmethod
    def read(cls, values: JsonObject) -> Self:
        return cls(
            at=text(values, "at"),
            account=text(values, "account"),
            ok=values.get("ok") is True,
            why=text(values, "why"),
        )


@dataclass(frozen=True, kw_only=True)
class Eviction:
    """A login that ended an older session of its account."""

    at: str
    account: str

    @classmethod
    def read(cls, values: JsonObject) -> Self:
        return cls(at=text(values, "at"), account=text(values, "account"))


@dataclass(frozen=True, kw_only=True)
class Receipts:
    """All that the till has kept, the oldest first."""

    sales: list[Sale] = field(default_factory=list)
    clicks: list[Press] = field(default_factory=list)
    orders: list[Press] = field(default_factory=list)
    logins: list[Login] = field(default_factory=list)
    evictions: list[Eviction] = field(default_factory=list)
    searches: list[PaidSearch] = field(default_factory=list)

    @classmethod
    def read(cls, values: JsonObject) -> Self:
        return cls(
            sales=[Sale.read(line) for line in records(values, "sales")],
            clicks=[Press.read(line) for line in records(values, "clicks")],
            orders=[Press.read(line) for line in records(values, "orders")],
            logins=[Login.read(line) for line in records(values, "logins")],
            evictions=[Eviction.read(line) for line in records(values, "evictions")],
            searches=[PaidSearch.read(line) for line in records(values, "searches")],
        )

    def since(self, earlier: "Receipts") -> "Receipts":
        """What came after `earlier` was read."""
        return Receipts(
            sales=self.sales[len(earlier.sales) :],
            clicks=self.clicks[len(earlier.clicks) :],
            orders=self.orders[len(earlier.orders) :],
            logins=self.logins[len(earlier.logins) :],
            evictions=self.evictions[len(earlier.evictions) :],
            searches=self.searches[len(earlier.searches) :],
        )


KINDS = ("sales", "clicks", "orders", "logins", "evictions", "searches")


class Till:
    def __init__(self, file: Path) -> None:
        self.lines: dict[str, list[JsonObject]] = {kind: [] for kind in KINDS}
        written = file.read_bytes() if file.exists() else b""
        for line in written.splitlines():
            self.remember(line)
        self.handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if written and not written.endswith(b"\n"):
            os.write(self.handle, b"\n")

    def remember(self, line: bytes) -> None:
        try:
            values: JsonObject = orjson.loads(line)
        except orjson.JSONDecodeError:
            return
        kind = values.pop("kind")
        if isinstance(kind, str):
            self.lines[kind].append(values)

    def keep(self, kind: str, values: JsonObject) -> None:
        line = {"kind": kind, "at": datetime.now(UTC).isoformat(), **values}
        os.write(self.handle, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        os.fsync(self.handle)
        self.lines[kind].append({name: value for name, value in line.items() if name != "kind"})

    def sell(self, account: str, asked: Asked, title: str, path: str) -> str:
        """The id of the sale."""
        sale = uuid4().hex
        values: JsonObject = {"id": sale, "account": account, **asked.values()}
        self.keep("sales", {**values, "title": title, "price_cents": PRICE_CENTS, "path": path})
        return sale

    def search(self, account: str, *, name: str, reference: str, price_cents: int, found: bool) -> str:
        """The id of a paid search."""
        search = uuid4().hex
        values: JsonObject = {"id": search, "account": account, "name": name, "reference": reference}
        self.keep("searches", {**values, "price_cents": price_cents, "found": found})
        return search

    def press(self, account: str, button: str, path: str, asked: Asked | None) -> None:
        kind = "orders" if button == "Commander" else "clicks"
        order = asked.values() if asked else {}
        self.keep(kind, {"account": account, "button": button, "path": path, **order})

    def login(self, account: str, *, ok: bool, why: str = "") -> None:
        self.keep("logins", {"account": account, "ok": ok, "why": why})

    def evict(self, account: str) -> None:
        self.keep("evictions", {"account": account})
