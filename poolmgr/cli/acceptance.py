"""A person's word that a file is what was paid for: it goes the way of one that came by itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poolmgr.config.settings import Settings
from poolmgr.domain.errors import NotAvailable, PoolError, StoreError
from poolmgr.domain.jobs import Token
from poolmgr.domain.json import Json, JsonObject, text, whole
from poolmgr.registries.files import file_of
from poolmgr.stores.purchases import DatabasePurchases
from poolmgr.stores.spool import Spool


class NotAccepted(PoolError):
    """The purchase stays as it was."""


async def accept(
    row: JsonObject,
    given: bytes | None,
    person: str,
    purchases: DatabasePurchases,
    spool: Spool,
    settings: Settings,
) -> int:
    """Its pages. Into the spool, then into the ledger, as its buyer does it, and in the buyer's name; the row
    then waits for this host, which delivers it. given: None = what is kept of it here.

    Raises NotAccepted, Unreadable, StoreError, StoreUnreachable.
    """
    purchase, state = whole(row, "id"), text(row, "state")
    if state != "unknown":
        raise NotAccepted(f"Purchase {purchase} is {state}, not unknown: nobody has to judge it.")
    token = Token(text(row, "token"), purchases.environment)
    data = await evidence(purchase, spool) if given is None else given
    document = file_of(data, settings.registre.max_file_bytes)
    said: Json = {"accepted_by": person, "file": "kept" if given is None else "given"}
    with as_owner_of(settings.pool.data_path()):
        kept = await spool.keep(
            purchase,
            token,
            document.pdf,
            original=document.original,
            facts={"pages": document.pages, "accepted_by": person, "trail": [said]},
        )
    answer = await purchases.mark(purchase, token, "secured", kept.secured_facts(settings.pool.host_name()))
    # `already`: the scout looks after the spool, and may have told the ledger before us.
    if answer not in ("applied", "already"):
        raise NotAccepted(f"Purchase {purchase}: {answer}")
    return document.pages


async def evidence(purchase: int, spool: Spool) -> bytes:
    """What came, and was held. Raises NotAccepted when nothing of it lies here."""
    try:
        _, data, _ = await spool.read(purchase)
    except StoreError as error:
        raise NotAccepted(
            f"Nothing of purchase {purchase} lies on this host: {error.sentence}",
            advice=f"Save its document by hand, then: registre-pool purchases accept {purchase} FILE. "
            "Or say this on the host that bought it: purchases show names it.",
        ) from error
    return data


def content(file: Path, most_bytes: int) -> bytes:
    """Raises NotAccepted."""
    try:
        with file.open("rb") as opened:
            data = opened.read(most_bytes + 1)
    except OSError as error:
        raise NotAccepted(f"{file} cannot be read: {error.strerror}") from error
    if len(data) > most_bytes:
        raise NotAccepted(f"{file} is larger than registre.max_file_megabytes.")
    return data


@contextmanager
def as_owner_of(folder: Path) -> Iterator[None]:
    """As root, what is written meanwhile belongs to the pool's user, who has to read it. For anybody else
    nothing changes. Raises NotAvailable."""
    try:
        owner = folder.stat()
    except OSError as error:
        raise NotAvailable(
            f"The pool's data folder {folder} cannot be used: {error.strerror}",
            advice="Say this on a host of the pool, with its config.toml, as its user or as root.",
        ) from error
    user, group = os.geteuid(), os.getegid()
    if user != 0:
        yield
        return
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(user)
        os.setegid(group)
