"""Taking secrets out of what leaves the process, and cutting what is too long, deep or strange for a line."""

import json
import math
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from poolmgr.domain.json import Json, JsonObject

SHORTEST_SECRET = 4
"""Characters. A shorter string is no secret, and replacing it would make every line unreadable."""

DEEPEST = 6
"""Levels of nesting that are shown."""

REDACTED = "***"


class Redactor:
    """Replaces each secret, also as it looks inside a URL, a repr or JSON text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelling for secret in secrets for spelling in spellings_of(secret)}
        self.spellings = sorted(spellings, key=len, reverse=True)

    def redact(self, value: str) -> str:
        for spelling in self.spellings:
            value = value.replace(spelling, REDACTED)
        return value

    def plain(self, value: Json, longest: int, depth: int = 0) -> Json:
        """The value without secrets, its strings at most `longest` characters, finite and not too deep."""
        match value:
            case bool() | None:
                return value
            case str():
                return cut(self.redact(value), longest)
            case int() | float():
                return self.number(value)
            case _ if depth >= DEEPEST:
                return "…"
            case list():
                shown = [self.plain(item, longest, depth + 1) for item in value[:longest]]
                return [*shown, f"… {len(value) - longest} more"] if len(value) > longest else shown
            case dict():
                return self.plain_dict(value, longest, depth + 1)

    def plain_dict(self, value: JsonObject, longest: int, depth: int) -> JsonObject:
        pairs = list(value.items())[:longest]
        shown = {cut(self.redact(key), longest): self.plain(one, longest, depth) for key, one in pairs}
        return shown | {"…": len(value) - longest} if len(value) > longest else shown

    def number(self, value: float) -> Json:
        redacted = self.redact(str(value))
        return value if redacted == str(value) and math.isfinite(value) else redacted


def spellings_of(secret: str) -> set[str]:
    if len(secret) < SHORTEST_SECRET:
        return set()
    return {secret, quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace")} | {
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }


def cut(value: str, longest: int) -> str:
    """Head and tail: a traceback says most at its end."""
    if len(value) <= longest:
        return value
    half = max(longest // 2, 1)
    return f"{value[:half]}…{value[-half:]}"
