"""The form of an answer, as JSON Schema: the list of records is last, the count stands before it."""

from poolmgr.domain.json import Json, JsonObject
from poolmgr.ocr.boost.proposals import PROPOSABLE
from poolmgr.ocr.index.model import COLUMNS, LAYOUTS

ROWS, BLOCKS, PROPOSALS = "rows", "blocks", "proposals"
SECTIONS = (
    "EN-TÊTE",
    "NATURE DE L'ACTE",
    "PARTIES",
    "DESCRIPTION DE LA PROPRIÉTÉ",
    "MONTANTS",
    "CONDITIONS ET CLAUSES",
    "RÉFÉRENCES",
    "SIGNATURES",
    "NOTES ET ANNOTATIONS",
)
"""Of a deed, in the order in which they are handed over."""

TEXT: JsonObject = {"type": "string"}
COUNT: JsonObject = {"type": "integer", "minimum": 0}
SURE: JsonObject = {"type": "number", "minimum": 0, "maximum": 1}


def record(*, optional: str = "", **properties: Json) -> JsonObject:
    """An object with its keys in this order, one of which may be missing."""
    names: list[Json] = list(properties)
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in names if name != optional],
        "propertyOrdering": names,
    }


def listed(of: JsonObject) -> JsonObject:
    return {"type": "array", "items": of}


def one_of(*words: str) -> JsonObject:
    return {"type": "string", "enum": list(words)}


HEADER = record(
    circonscription=TEXT,
    cadastre=TEXT,
    designation=TEXT,
    lot=TEXT,
    rights=TEXT,
    radiations=TEXT,
    others=listed(record(label=TEXT, value=TEXT)),
)
ROW = record(
    optional="alternatives",
    line=COUNT,
    date=TEXT,
    number=TEXT,
    nature=TEXT,
    parties=listed(record(name=TEXT, role=TEXT)),
    remarks=TEXT,
    address_notice=TEXT,
    radiations=TEXT,
    confidence=SURE,
    alternatives=listed(record(optional="confidence", field=one_of(*COLUMNS), value=TEXT, confidence=SURE)),
)
INDEX = record(layout=one_of(*LAYOUTS), header=HEADER, rows_counted=COUNT, rows=listed(ROW))

BLOCK = record(line=COUNT, page=COUNT, section=one_of(*SECTIONS), text=TEXT)
PROPOSAL = record(page=COUNT, row=COUNT, column=one_of(*PROPOSABLE), before=TEXT, after=TEXT, reason=TEXT)
SECOND = record(proposals=listed(PROPOSAL))

ACTE = record(pages_seen=COUNT, blank_pages=listed(COUNT), blocks=listed(BLOCK))
