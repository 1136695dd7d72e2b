"""How the loopback Gemini thinks about rows that it is told in text: a spoilt word is one that it knows."""

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from poolmgr.domain.json import Json, JsonObject, records, text

SPOILT = "?"


def of_rows(asked: str, instruction: str) -> JsonObject:
    """What stands in the rows' own lines is looked up in the list of natures and in the rows beside them."""
    rows: list[JsonObject] = [json.loads(line) for line in asked.splitlines() if line.startswith("{")]
    natures = re.split(r" ; |\.\n", instruction.rpartition("Natures :")[2])
    names = {text(party, "name") for row in rows for party in records(row, "parties")}
    proposals: list[Json] = []
    for row in rows:
        if row["ask"]:
            proposals += proposed(row, "nature", [text(row, "nature")], natures)
            proposals += proposed(
                row, "parties", [text(one, "name") for one in records(row, "parties")], names
            )
    return {"proposals": proposals}


def proposed(row: JsonObject, column: str, values: Iterable[str], known: Iterable[str]) -> list[Json]:
    found: list[Json] = []
    for value in values:
        meant = {one.strip() for one in known if SPOILT not in one and fnmatchcase(one.strip(), value)}
        if SPOILT in value and len(meant) == 1:
            found.append(
                {
                    "page": row["page"],
                    "row": row["row"],
                    "column": column,
                    "before": value,
                    "after": meant.pop(),
                    "reason": "Seule lecture possible.",
                }
            )
    return found
