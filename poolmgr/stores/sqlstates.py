"""What an error of PostgreSQL means to us: nobody's fault, the data's fault, or the set-up's fault."""

from typing import Literal

import psycopg

from poolmgr.domain.errors import (
    NotMigrated,
    PoolError,
    Refused,
    StoreError,
    StoreUnreachable,
    Unauthorised,
)
from poolmgr.stores.addresses import Address

# https://www.postgresql.org/docs/15/errcodes-appendix.html
REPEATABLE = frozenset({"40001", "40P01", "55P03"})  # serialization, deadlock, lock not available
AWAY_CLASSES = frozenset({"08", "53", "58"})  # connection, resources (disk, connections), system
AWAY = frozenset({"57P01", "57P02", "57P03", "57P04", "57P05", "57014", "25006", "25P03"})
REFUSED_CLASSES = frozenset({"22", "23"})
REFUSED = frozenset({"54000"})
LACKING = frozenset({"42883", "42P01", "42703"})
MIGRATE_ADVICE = "Run `registre-pool migrate apply` for this environment."


Meaning = Literal["away", "busy", "refused", "lacking", "forbidden", "other"]


def meaning(state: str) -> Meaning:
    """Of a SQLSTATE. away: nobody's fault, ask again later; busy: ask again at once; refused: the data;
    lacking: not migrated; forbidden: another login or key is needed."""
    if state in REPEATABLE:
        return "busy"
    if state in AWAY or state[:2] in AWAY_CLASSES:
        return "away"
    if state[:2] in REFUSED_CLASSES or state in REFUSED:
        return "refused"
    if state in LACKING:
        return "lacking"
    return "forbidden" if state == "42501" else "other"


def explain(error: psycopg.Error, doing: str, place: Address) -> PoolError:
    """The error of ours, with the database's own sentence and never the password."""
    state = error.sqlstate or ""
    said = sentence(error, place)
    if is_away(error):
        return StoreUnreachable(f"{doing}: {place.place} gave no answer: {said}")
    if isinstance(error, psycopg.DataError):
        return Refused(f"{doing}: the database refused the data ({state or 'before sending'}): {said}")
    match meaning(state):
        case "refused":
            return Refused(f"{doing}: the database refused the data ({state}): {said}")
        case "lacking":
            return NotMigrated(f"{doing}: {said}", advice=MIGRATE_ADVICE)
        case "forbidden":
            return Unauthorised(
                f"{doing}: not allowed on {place.place}: {said}",
                advice="Calls run as service_role: it needs that permission, and the login needs "
                f'`grant service_role to "{place.user}"`.',
            )
        case "busy":
            return StoreUnreachable(f"{doing}: others kept the rows locked: {said}")
        case "away" | "other":
            return StoreError(f"{doing}: {said}" + (f" (SQLSTATE {state})" if state else ""))


def is_away(error: psycopg.Error) -> bool:
    """The server is down, starting, stopping, full or out of reach; not a word about what was asked."""
    state = error.sqlstate or ""
    if not state:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return meaning(state) == "away"


def sentence(error: psycopg.Error, place: Address) -> str:
    """One line, safe to write into a row: no NUL, no lone surrogate, no password."""
    text = error.diag.message_primary or str(error) or type(error).__name__
    if error.diag.message_detail and error.sqlstate and error.sqlstate[:2] != "23":
        text += f" ({error.diag.message_detail})"
    return " ".join(place.redact(printable(text)).split())


def printable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
