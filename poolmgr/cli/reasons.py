"""Why a row is not being worked, in one plain sentence made of the conditions of a claim."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from poolmgr.domain.budgets import budget, sentence
from poolmgr.domain.jobs import OCR_KINDS, JobKind
from poolmgr.domain.json import JsonObject, number, record, text, whole

DAY_SECONDS = 86_400
NEXT = "the next claim takes it"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is asked about. host: who asks. place: ` --env NAME`, where a command needs it.
    unmet: the facts of each condition that is not met, by its name."""

    kind: JobKind
    row_id: str
    host: str
    place: str
    unmet: dict[str, JsonObject]

    def retry(self) -> str:
        return f"registre-pool jobs retry {self.row_id}{self.place}"


Check: TypeAlias = Callable[[Row], str | None]


def reason(
    conditions: Sequence[JsonObject], *, kind: JobKind, row_id: str, host: str, environment: str | None = None
) -> str:
    """conditions: the rows of `pool_why`. Of several reasons the most decisive: what no time heals first."""
    unmet = {text(one, "condition"): record(one, "facts") for one in conditions if one.get("met") is False}
    place = f" --env {environment}" if environment else ""
    row = Row(kind=kind, row_id=row_id, host=host, place=place, unmet=unmet)
    return next((said for check in CHECKS if (said := check(row))), NEXT)


def gone(row: Row) -> str | None:
    return f"there is no row {row.row_id} here" if "the row exists" in row.unmet else None


def owned(row: Row) -> str | None:
    facts = row.unmet.get("nobody holds it")
    if facts is None:
        return None
    who, until = f"{text(facts, 'worker')} on {text(facts, 'host')}", clock(facts, "expires_at")
    if number(facts, "seconds") <= 0:
        return f"{who} held it until {until}, and the next rescue takes it back"
    return f"{who} holds it, renewed {number(facts, 'renewed_seconds'):.0f} s ago, lease until {until}"


def held(row: Row) -> str | None:
    facts = row.unmet.get("no purchase holds it")
    if facts is None:
        return None
    purchase = whole(facts, "purchase")
    return (
        f"held: purchase {purchase} may have been paid and its document is not here: "
        f"registre-pool purchases show {purchase}{row.place}"
    )


def worn(row: Row) -> str | None:
    facts = row.unmet.get("attempts are left")
    if facts is None:
        return None
    used = f"{whole(facts, 'tries')} of {whole(facts, 'most')} attempts are used: {row.retry()}"
    error = text(row.unmet.get("its status waits for this kind", {}), "error")
    return f"{used} (the last: {error})" if error else used


def elsewhere(row: Row) -> str | None:
    """Not waiting at all. An error stands here when attempts are left: it was given up, or cancelled."""
    facts = row.unmet.get("its status waits for this kind")
    if facts is None:
        return None
    match text(facts, "state"):
        case "error":
            return f"it failed: {text(facts, 'error') or 'nobody said why'}; to try it again: {row.retry()}"
        case "running":
            return f"it is running and no lease says by whom: {who_ends_it(row.kind)}"
        case "done":
            return "it is done"
        case _:
            return "the product says that it is done already, though it waits"


def who_ends_it(kind: JobKind) -> str:
    if kind == "rdprm":
        return "it may have been paid, so a person decides"
    return "it is taken back when queue.foreign_limit_seconds are over"


def unnamed(row: Row) -> str | None:
    return "it has no supabase_path: nothing to read" if "its file is named" in row.unmet else None


def off(row: Row) -> str | None:
    if "its kind is switched on here" not in row.unmet:
        return None
    return f"{'ocr' if row.kind in OCR_KINDS else row.kind} is switched off for this environment"


def unaffordable(row: Row) -> str | None:
    facts = row.unmet.get("the day's budget allows it")
    return None if facts is None else sentence(budget({**facts, "registry": row.kind}))


def far(row: Row) -> str | None:
    host = text(row.unmet.get("any host may take it", {}), "host")
    return f"its file lies on {host}" if host and host != row.host else None


def early(row: Row) -> str | None:
    facts = row.unmet.get("its time has come")
    if facts is None:
        return None
    error = text(facts, "last_error")
    said = f"It waits until {clock(facts, 'not_before')} (in {number(facts, 'seconds'):.0f} s)"
    return f"{said} after: {error}" if error else said


def clock(facts: JsonObject, key: str) -> str:
    """In UTC; with its date when it is further away than a day."""
    written = text(facts, key)
    try:
        moment = datetime.fromisoformat(written).astimezone(UTC)
    except ValueError:
        return written
    far_away = abs(number(facts, "seconds")) > DAY_SECONDS
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC" if far_away else "%H:%M:%S UTC")


CHECKS: tuple[Check, ...] = (
    gone, owned, held, worn, elsewhere, unnamed, off, unaffordable, far, early,
)  # fmt: skip
