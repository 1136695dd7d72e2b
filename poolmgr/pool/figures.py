"""What a pool has measured, kept over its restarts: the parent reads it before its loop, the scout writes."""

from pathlib import Path

import orjson

from poolmgr.domain.json import JsonObject

FILE_NAME = "measured.json"
MOST_BYTES = 100_000


def path_in(data_folder: Path) -> Path:
    return data_folder / FILE_NAME


def load(data_folder: Path) -> JsonObject:
    """{} when there is none, or nothing that could be one: then it is measured anew."""
    try:
        with path_in(data_folder).open("rb") as stream:
            kept = orjson.loads(stream.read(MOST_BYTES))
    except (OSError, orjson.JSONDecodeError):
        return {}
    return kept if isinstance(kept, dict) else {}
