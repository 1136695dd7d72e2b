"""What can go wrong with an answer, by name."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from poolmgr.domain.json import Json, JsonObject
from tests.gemini import wire

LOOP = 4000


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the model says, and why it stops. then: hang or drop, in place of an end."""

    text: str
    finish: str = "STOP"
    then: str = ""


REFUSALS: dict[str, tuple[int, JsonObject]] = {
    "429_minute": (
        429,
        wire.error(
            429,
            "You exceeded your current quota.",
            wire.quota_failure("GenerateRequestsPerMinutePerProjectPerModel"),
            wire.retry_info(0.2),
        ),
    ),
    "429_day": (
        429,
        wire.error(
            429,
            "You exceeded your current quota.",
            wire.quota_failure("GenerateRequestsPerDayPerProjectPerModel"),
        ),
    ),
    "429_bare": (429, wire.error(429, "Resource has been exhausted.")),
    "503": (503, wire.error(503, "The model is overloaded. Please try again later.")),
    "500": (500, wire.error(500, "An internal error has occurred.")),
    "400_key": (
        400,
        wire.error(
            400, "API key not valid. Please pass a valid API key.", wire.error_info("API_KEY_INVALID")
        ),
    ),
    "400_invalid": (400, wire.error(400, "Unable to process input image.")),
    "400_location": (
        400,
        wire.error(400, "User location is not supported for the API use.", status="FAILED_PRECONDITION"),
    ),
    "403": (403, wire.error(403, "The project has been denied access.")),
    "404": (404, wire.error(404, "models/gemini-9 is not found for API version v1.")),
}


def head(listed: str, answer: JsonObject) -> JsonObject:
    return {key: value for key, value in answer.items() if key != listed}


def cut_at(answer: JsonObject, listed: str, rows: int, half_of_next: bool = True) -> str:
    """The text up to so many records, and the beginning of the next."""
    records = answer[listed]
    assert isinstance(records, list)
    whole = json.dumps(head(listed, answer), ensure_ascii=False)[:-1] + f', "{listed}": ['
    whole += ", ".join(json.dumps(one, ensure_ascii=False) for one in records[:rows])
    if half_of_next and rows < len(records):
        following = json.dumps(records[rows], ensure_ascii=False)
        whole += (", " if rows else "") + following[: len(following) // 2]
    return whole


def max_tokens(answer: JsonObject, listed: str) -> Said:
    return Said(text=cut_at(answer, listed, count(answer, listed) // 2), finish="MAX_TOKENS")


def truncated(answer: JsonObject, listed: str) -> Said:
    return Said(text=cut_at(answer, listed, count(answer, listed) // 2))


def count(answer: JsonObject, listed: str) -> int:
    records = answer[listed]
    assert isinstance(records, list)
    return len(records)


def repetition(answer: JsonObject, listed: str) -> Said:
    """Its second record again and again, counted up."""
    records = answer[listed]
    assert isinstance(records, list)
    if len(records) < 2:
        return Said(text=json.dumps(answer, ensure_ascii=False))
    again = records[1]
    assert isinstance(again, dict)
    rows: list[Json] = [records[0], *({**again, "line": line} for line in range(2, LOOP))]
    return Said(text=cut_at({**answer, listed: rows}, listed, len(rows)), finish="MAX_TOKENS")


def babble(answer: JsonObject, listed: str) -> Said:
    """One word again and again inside a record."""
    start = cut_at(answer, listed, 1, half_of_next=False)
    return Said(text=f'{start}, {{"line": 2, "nature": "{"vente et " * LOOP}', finish="MAX_TOKENS")


def missing(answer: JsonObject, listed: str) -> Said:
    """Every third record is left out; the count is right."""
    records = answer[listed]
    assert isinstance(records, list)
    kept: list[Json] = [one for place, one in enumerate(records) if place % 3 != 1]
    return Said(text=json.dumps({**answer, listed: kept}, ensure_ascii=False))


def miscount(answer: JsonObject, listed: str) -> Said:
    """A third is left out, and not counted either."""
    records = answer[listed]
    assert isinstance(records, list)
    kept: list[Json] = [one for place, one in enumerate(records) if place % 3 != 1]
    return Said(text=json.dumps({**answer, "rows_counted": len(kept), listed: kept}, ensure_ascii=False))


def strange_values(answer: JsonObject, listed: str) -> Said:
    """Records with what no schema allows."""
    records = answer[listed]
    assert isinstance(records, list)
    strange: list[Json] = [{"number": 12345, "confidence": "high", "parties": "nobody", "date": None}]
    return Said(text=json.dumps({**answer, "rows_counted": "many", listed: records + strange}))


def overreach(answer: JsonObject, listed: str) -> Said:
    """Its first proposal, and around it those that no correction may come of."""
    records = answer[listed]
    assert isinstance(records, list)
    first = records[0]
    assert isinstance(first, dict)
    forbidden: list[JsonObject] = [
        {"after": ""},
        {"after": "Frobnication"},
        {"before": "never read"},
        {"column": "number"},
        {"column": "date", "before": "1987-03-12", "after": "1987-02-30"},
        {"row": 99},
    ]
    listing: list[Json] = [*({**first, **change} for change in forbidden), first]
    return Said(text=json.dumps({**answer, listed: listing}, ensure_ascii=False))


ANSWERS: dict[str, Callable[[JsonObject, str], Said]] = {
    "max_tokens": max_tokens,
    "truncated": truncated,
    "repetition": repetition,
    "babble": babble,
    "missing": missing,
    "miscount": miscount,
    "strange_values": strange_values,
    "overreach": overreach,
    "bad_json": lambda *_: Said(text="Voici la transcription demandée : ligne 1, ligne 2."),
    "empty": lambda *_: Said(text=""),
    "no_reason": lambda *_: Said(text="", finish=""),
    "unknown": lambda *_: Said(text="", finish="FROBNICATED"),
    "SAFETY": lambda *_: Said(text="", finish="SAFETY"),
    "RECITATION": lambda *_: Said(text="", finish="RECITATION"),
    "OTHER": lambda *_: Said(text="", finish="OTHER"),
    "hang": lambda *_: Said(text="", then="hang"),
    "hang_midway": lambda answer, listed: Said(
        text=cut_at(answer, listed, count(answer, listed) // 2), then="hang"
    ),
    "drop_midway": lambda answer, listed: Said(
        text=cut_at(answer, listed, count(answer, listed) // 2), then="drop"
    ),
}
