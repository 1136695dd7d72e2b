"""What an error of PostgreSQL means to us: nobody's fault, the data's fault, or the set-up's fault."""

import psycopg

from poolmgr.domain.errors import NotMigrated, PoolError, Refused, StoreError, StoreUnreachable
from poolmgr.stores.addresses import Address

# https://www.postgresql.org/docs/15/errcodes-appendix.html
REPEATABLE = frozenset({"40001", "40P01", "55P03"})  # serialization, deadlock, lock not available
AWAY_CLASSES = frozenset({"08", "53", "58"})  # connection, resources (disk, connections), system
AWAY = frozenset({"57P01", "57P02", "57P03", "57P04", "57P05", "57014", "25006", "25P03"})
REFUSED_CLASSES = frozenset({"22", "23"})
REFUSED = frozenset({"54000"})
LACKING = frozenset({"42883", "42P01", "42703"})
MIGRATE_ADVICE = "Run `registre-pool migrate apply` for this environment."


def explain(error: psycopg.Error, doing: str, place: Address) -> PoolError:
    """The error of ours, with the database's own sentence and never the password."""
    state = error.sqlstate or ""
    said = sentence(error, place)
    if is_away(error):
        return StoreUnreachable(f"{doing}: {place.place} gave no answer: {said}")
    if state[:2] in REFUSED_CLASSES or state in REFUSED or isinstance(error, psycopg.DataError):
        return Refused(f"{doing}: the database refused the data ({state or 'before sending'}): {said}")
    if state in LACKING:
        return NotMigrated(f"{doing}: {said}", advice=MIGRATE_ADVICE)
    if state == "42501":
        return StoreError(
            f"{doing}: not allowed on {place.place}: {said}",
            advice="Calls run as service_role: it needs that permission, and the login needs "
            f'`grant service_role to "{place.user}"`.',
        )
    if state in REPEATABLE:
        return StoreUnreachable(f"{doing}: others kept the rows locked: {said}")
    return StoreError(f"{doing}: {said}" + (f" (SQLSTATE {state})" if state else ""))


def is_away(error: psycopg.Error) -> bool:
    """The server is down, starting, stopping, full or out of reach; not a word about what was asked."""
    state = error.sqlstate or ""
    if not state:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return state in AWAY or state[:2] in AWAY_CLASSES


def sentence(error: psycopg.Error, place: Address) -> str:
    """One line, safe to write into a row: no NUL, no lone surrogate, no password."""
    text = error.diag.message_primary or str(error) or type(error).__name__
    if error.diag.message_detail and error.sqlstate and error.sqlstate[:2] != "23":
        text += f" ({error.diag.message_detail})"
    return " ".join(place.redact(printable(text)).split())


def printable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
