"""What pydantic found, said in sentences; a value is only shown when it is a number or true or false."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from annotated_types import Ge, Le
from pydantic_core import ErrorDetails

from poolmgr.config.keys import Key, all_keys, suggest
from poolmgr.config.settings import ENVIRONMENT_NAMES

LARGEST_SHOWN = 10**15

TYPES = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text in quotes",
    "tuple_type": "numbers in brackets, as [5, 10, 20]",
    "finite_number": "a finite number",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One error of pydantic: the key's path (without an index into a list), and what is wrong."""

    path: tuple[str, ...]
    sentence: str


def fault(error: ErrorDetails, tree: Mapping[str, object]) -> Fault:
    """The sentence for one error; `tree` is what was validated."""
    parts = error["loc"]
    path = tuple(part for part in parts if isinstance(part, str) and part != "[key]")
    item = next((f"item {part + 1} " for part in parts if isinstance(part, int)), "")
    key = all_keys().get(".".join(path))
    return Fault(path=path, sentence=item + sentence(error, path, key, value_at(tree, parts)))


def sentence(error: ErrorDetails, path: tuple[str, ...], key: Key | None, value: object) -> str:
    kind = error["type"]
    if "[key]" in error["loc"]:
        close = difflib.get_close_matches(path[-1], ENVIRONMENT_NAMES, n=1)
        meant = f" (did you mean {close[0]}?)" if close else ""
        return f"no such environment, there are {', '.join(ENVIRONMENT_NAMES)}{meant}"
    if kind == "extra_forbidden":
        return f"no such key{suggest('.'.join(path))}"
    if kind in ("model_type", "dict_type"):
        return f"must be a table, written [{'.'.join(path)}]"
    if kind in TYPES or key is None:
        return f"must be {TYPES.get(kind, 'something else')}{found(value, key)}"
    if kind == "literal_error":
        return one_of(key, value)
    if kind in ("too_short", "too_long"):
        return "must have 1 to 20 items"
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"must be {bounds(key)}{found(value, key)}"
    return error["msg"]


def one_of(key: Key, value: object) -> str:
    words = [str(word) for word in get_args(key.field.annotation)]
    close = difflib.get_close_matches(value.lower(), words, n=1) if isinstance(value, str) else []
    meant = f" (did you mean {close[0]}?)" if close else ""
    return f"must be one of {', '.join(words)}{meant}"


def bounds(key: Key) -> str:
    """`from 1 to 10`, as the key's field says; of a list, what its items must be."""
    marks = key.field.metadata
    if isinstance(key.field.default, tuple):
        marks = get_args(get_args(key.field.annotation)[0])[1].metadata
    least = next(mark.ge for mark in marks if isinstance(mark, Ge))
    most = next(mark.le for mark in marks if isinstance(mark, Le))
    return f"from {least:_} to {most:_}"


def found(value: object, key: Key | None) -> str:
    """What stands there instead; text is never repeated, it may be a secret in the wrong place."""
    if key is not None and key.secret:
        return ""
    match value:
        case bool():
            return f", found {str(value).lower()}"
        case int() | float():
            far = LARGEST_SHOWN < abs(value) < math.inf
            return ", found a far larger number" if far else f", found {value}"
        case str():
            return ", found text"
        case list():
            return ", found an array"
        case dict():
            return ", found a table"
        case _:
            return ""


def value_at(tree: object, parts: tuple[int | str, ...]) -> object:
    for part in parts:
        match tree:
            case dict() if part in tree:
                tree = tree[part]
            case list() if isinstance(part, int):
                tree = tree[part]
    return tree
