"""The one value of a function of the queue protocol, and of which type. StoreError for any other shape."""

from poolmgr.domain.errors import StoreError
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.ports import Database


async def one_value(database: Database, function: str, arguments: JsonObject) -> Json:
    rows = await database.call(function, arguments)
    if len(rows) != 1 or function not in rows[0]:
        raise StoreError(f"{function} answered {len(rows)} rows instead of one value.")
    return rows[0][function]


async def one_word(database: Database, function: str, arguments: JsonObject) -> str:
    value = await one_value(database, function, arguments)
    if not isinstance(value, str):
        raise StoreError(f"{function} answered {value!r} instead of a word.")
    return value


async def one_order(database: Database, function: str, arguments: JsonObject) -> str:
    """`applied`, `already` or `refused: why`."""
    word = await one_word(database, function, arguments)
    if word not in ("applied", "already") and not word.startswith("refused"):
        raise unknown_word(function, word)
    return word


async def one_count(database: Database, function: str, arguments: JsonObject) -> int:
    value = await one_value(database, function, arguments)
    if not isinstance(value, int) or isinstance(value, bool):
        raise StoreError(f"{function} answered {value!r} instead of a count.")
    return value


async def one_object(database: Database, function: str, arguments: JsonObject) -> JsonObject:
    """What it holds is never said in an error: it may be a login."""
    value = await one_value(database, function, arguments)
    if not isinstance(value, dict):
        raise StoreError(f"{function} answered {type(value).__name__} instead of an object.")
    return value


def unknown_word(function: str, word: object) -> StoreError:
    return StoreError(
        f"{function} answered {word!r}, which this version does not know.",
        advice="A newer version's migrations run here: update this host.",
    )
