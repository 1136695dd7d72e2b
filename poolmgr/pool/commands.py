"""What may be asked over the control socket and changes something: arguments checked, answers at once."""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import ValidationError

from poolmgr.config.settings import Settings
from poolmgr.domain.errors import PoolError
from poolmgr.domain.jobs import JOB_KINDS, OCR_KINDS
from poolmgr.domain.json import JsonObject, strings, text
from poolmgr.domain.pauses import Pause
from poolmgr.pool.groups import GROUPS
from poolmgr.pool.state import State
from poolmgr.telemetry.events import emit

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": ("",),
        **{kind: (kind,) for kind in JOB_KINDS},
        "ocr": OCR_KINDS,
        "registre": tuple(kind for kind in JOB_KINDS if kind not in OCR_KINDS),
    }
)
"""What may be paused: a kind of job, or everything that one group of children does."""


class CommandError(PoolError):
    """The command makes no sense here."""


def wanted_pauses(state: State, message: JsonObject) -> list[Pause]:
    """Raises CommandError for an environment or a kind that there is not."""
    environment, kind = text(message, "environment"), text(message, "kind")
    known = sorted({*state.settings.environments, *state.environments.known})
    if environment and environment not in known:
        there = ", ".join(known) or "none"
        raise CommandError(f"{environment!r} is no environment of this pool.", advice=f"There is: {there}.")
    if kind not in KINDS:
        there = ", ".join(filter(None, KINDS))
        raise CommandError(f"{kind!r} is no kind of job.", advice=f"There is: {there}.")
    return [Pause(environment=environment, kind=one) for one in KINDS[kind]]


def pause(state: State, message: JsonObject, by: str) -> JsonObject:
    new = [one for one in wanted_pauses(state, message) if state.pausing.add(one, by)]
    if new:
        state.pausing.tell(state.roster.workers())
    return {"paused": [str(one) for one in new], "pauses": state.pausing.as_json()}


def resume(state: State, message: JsonObject, by: str) -> JsonObject:
    lifted = [one for wanted in wanted_pauses(state, message) for one in state.pausing.lift(wanted, by)]
    if lifted:
        state.pausing.tell(state.roster.workers())
    return {"resumed": [str(one) for one in lifted], "pauses": state.pausing.as_json()}


def recycle(state: State, message: JsonObject, by: str) -> JsonObject:
    """Marks them; they are replaced one by one, between jobs. Raises CommandError."""
    names, kind = strings(message, "names"), text(message, "kind")
    places = [place for place in state.roster.places if place.child]
    unknown = set(names) - {place.spec.name for place in state.roster.places}
    if unknown or kind not in ("", "scout", *GROUPS):
        present = ", ".join(place.spec.name for place in places)
        raise CommandError(
            f"There is no child {', '.join(sorted(unknown)) or f'of kind {kind!r}'}.",
            advice=f"There is: {present}; kinds are scout, {', '.join(GROUPS)}.",
        )
    chosen = [
        place for place in places if kind in ("", place.spec.kind) and (not names or place.spec.name in names)
    ]
    for place in chosen:
        place.make_stale(f"asked for by {by}")
        emit("child.stale", name=place.spec.name, why=place.renewed_for)
    return {"recycled": [place.spec.name for place in chosen]}


def scale(state: State, message: JsonObject, by: str) -> JsonObject:
    """Notes how many there shall be. Raises CommandError; the places are made by the supervisor."""
    group, count = text(message, "group"), message.get("children")
    if group not in GROUPS or not isinstance(count, int) or isinstance(count, bool):
        raise CommandError(
            "scale needs a group and a number of children.", advice=f"Groups are {' and '.join(GROUPS)}."
        )
    before = children_of(state.settings, group)
    state.settings = scaled(state.settings, {group: count})
    state.scaled[group] = count
    emit("pool.scaled", group=group, before=before, children=count, why=f"asked for by {by}")
    return {"group": group, "before": before, "children": count}


def scaled(settings: Settings, counts: Mapping[str, int]) -> Settings:
    """The settings with so many children of each group. Raises CommandError for a number that cannot be."""
    update = {}
    for group, count in counts.items():
        table = settings.ocr if group == "ocr" else settings.registre
        try:
            update[group] = type(table).model_validate({**table.model_dump(), "children": count})
        except ValidationError as error:
            why = error.errors()[0]["msg"]
            raise CommandError(f"{group}.children = {count} cannot be: {why}.") from None
    return settings.model_copy(update=update)


def children_of(settings: Settings, group: str) -> int:
    return settings.ocr.children if group == "ocr" else settings.registre.children


def user(uid: int) -> str:
    return "root" if uid == 0 else f"user {uid}"
