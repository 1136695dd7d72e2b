"""JSON as a type, and reading it without trusting it."""

from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]


def text(values: Mapping[str, Json], key: str, default: str = "") -> str:
    """The string under `key`, or the default when it is missing or of another type."""
    value = values.get(key)
    return value if isinstance(value, str) else default


def whole(values: Mapping[str, Json], key: str, default: int = 0) -> int:
    value = values.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def number(values: Mapping[str, Json], key: str, default: float = 0.0) -> float:
    value = values.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default


def items(values: Mapping[str, Json], key: str) -> list[Json]:
    value = values.get(key)
    return value if isinstance(value, list) else []


def strings(values: Mapping[str, Json], key: str) -> list[str]:
    return [item for item in items(values, key) if isinstance(item, str)]


def record(values: Mapping[str, Json], key: str) -> JsonObject:
    value = values.get(key)
    return value if isinstance(value, dict) else {}


def records(values: Mapping[str, Json], key: str) -> list[JsonObject]:
    return [item for item in items(values, key) if isinstance(item, dict)]


def storable(value: Json) -> Json:
    """With the text of strange pages as a database takes it."""
    match value:
        case str():
            return plain(value)
        case list():
            return [storable(item) for item in value]
        case dict():
            return {plain(key): storable(item) for key, item in value.items()}
        case _:
            return value


def plain(text: str) -> str:
    """Without NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
