"""What `doctor` says of an environment's rows, and of what the product put around them."""

from collections.abc import Iterator, Sequence

from poolmgr.cli.doctor.findings import Finding, Grade
from poolmgr.cli.doctor.versions import title
from poolmgr.cli.environments import Access
from poolmgr.config.settings import Settings
from poolmgr.domain.json import JsonObject, strings, text, whole
from poolmgr.domain.states import LAND_STATUSES

VERDICTS: dict[str, Grade] = {"refused": "failure", "unsure": "warning", "avoided": "ok"}
ODD: dict[str, tuple[Grade, str, str]] = {
    "finished_long_ago": (
        "warning",
        "have status 4 and their text, and no error: an older system wrote 4 for done",
        "Look at them; where that is so, a person may set status_id = 5. Nothing here does it.",
    ),
    "left_behind": (
        "warning",
        "run without a lease for longer than queue.foreign_limit_seconds",
        "A running pool takes them back and counts an attempt.",
    ),
    "running_without_lease": ("ok", "run without a lease: another system's", ""),
    "rdprm_without_lease": (
        "warning",
        "RDPRM searches run without a lease, and may be paid",
        "Look into the account at the registry; nothing takes them back by itself.",
    ),
    "no_attempt_left": (
        "warning",
        "wait with no attempt left",
        "A running pool makes them errors; registre-pool jobs retry lets one wait again.",
    ),
    "held": (
        "warning",
        "wait although their purchase is unknown",
        "registre-pool purchases list --state unknown shows them.",
    ),
}


def refusals(access: Access, rows: Sequence[JsonObject]) -> Iterator[Finding]:
    """Would the tables take what we write?"""
    check = f"{title(access)} writes"
    if not rows:
        yield Finding(check=check, grade="ok", detail="every write of ours would be taken")
    for row in rows:
        place, named, verdict = text(row, "place"), text(row, "named"), text(row, "verdict")
        would = {"refused": "refuses to", "unsure": "may refuse to", "avoided": "refuses to"}
        doing = ", ".join(strings(row, "doing"))
        detail = f"{place}: {named} {would.get(verdict, verdict)} {doing}: {text(row, 'why')}"
        grade = VERDICTS.get(verdict, "warning")
        fix = f"Change {named} of {place} so that it takes this, before a job needs it."
        if verdict == "avoided":
            detail, fix = f"{detail}; failed is written instead", ""
        yield Finding(check=f"{check} {place} {named}", grade=grade, detail=detail, fix=fix)


def counts(access: Access, rows: Sequence[JsonObject]) -> Iterator[Finding]:
    check = f"{title(access)} rows"
    said: dict[str, list[str]] = {}
    strange: list[str] = []
    for row in rows:
        place, state = text(row, "place"), text(row, "state", "null")
        word = state
        if place == "extraction_queue" and state != "other":
            word = LAND_STATUSES.get(int(state), "") if state.isdigit() else ""
            if not word:
                strange.append(f"{whole(row, 'count')} with status_id {state}")
                continue
        about = "about " if row.get("about") is True else ""
        said.setdefault(place, []).append(f"{about}{whole(row, 'count')} {word}")
    detail = "; ".join(f"{place}: {', '.join(words)}" for place, words in said.items()) or "none"
    if strange:
        detail = f"{', '.join(strange)}, which nobody works on; {detail}"
        fix = "Look at them: a status is 1 to 6."
        yield Finding(check=check, grade="warning", detail=detail, fix=fix)
    else:
        yield Finding(check=check, grade="ok", detail=detail)


def odd_rows(access: Access, rows: Sequence[JsonObject]) -> Iterator[Finding]:
    for row in rows:
        what = text(row, "what")
        grade, sentence, fix = ODD.get(what, ("warning", what, ""))
        detail = f"{whole(row, 'count')} {sentence}: {', '.join(strings(row, 'ids'))}"
        yield Finding(check=f"{title(access)} {what.replace('_', ' ')}", grade=grade, detail=detail, fix=fix)


def accounts(
    settings: Settings, lends: bool, access: Access, rows: Sequence[JsonObject]
) -> Iterator[Finding]:
    """lends: this is the environment whose accounts the pool uses, the first."""
    check = f"{title(access)} accounts"
    for row in rows:
        detail = f"{whole(row, 'total')} accounts: " + ", ".join(
            f"{whole(row, key)} {key}" for key in ("active", "usable", "failing", "leased")
        )
        if lends and not whole(row, "usable") and settings.registre.enabled and settings.foncier.allowed:
            fix = "Write one into worker_accounts; after mending a failing one set its failure_count to 0."
            yield Finding(check=check, grade="warning", detail=f"{detail}: nobody can log in", fix=fix)
        else:
            yield Finding(check=check, grade="ok", detail=detail)


def triggers(access: Access, rows: Sequence[JsonObject]) -> Iterator[Finding]:
    check = f"{title(access)} other triggers"
    strange = [
        f"{text(row, 'place')}.{text(row, 'name')} ({text(row, 'moment')}, {text(row, 'function')})"
        for row in rows
        if row.get("known") is not True
    ]
    if strange:
        yield Finding(
            check=check,
            grade="warning",
            detail=f"not ours and not known: {', '.join(strange)}",
            fix="Read what they do: one that refuses or changes a write of ours stops a job, or repeats it.",
        )
    else:
        yield Finding(check=check, grade="ok", detail=f"{len(rows)} of the product, all known")
