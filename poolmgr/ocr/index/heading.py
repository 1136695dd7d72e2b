"""What stands around the table of an index page: labels and their values."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from poolmgr.ocr.index.layouts import plain
from poolmgr.ocr.index.model import Header
from poolmgr.ocr.rows import Cell, merged, rows

STAMP = re.compile(r"(\d{4})\W{0,2}(\d{2})\W{0,2}(\d{2})\s+(\d{1,2})\W?(\d{2})")
LABEL = re.compile(r"^([^\W\d_][^:;\d]{1,40}?)\s*[:;]\s*(.*)$")
BARE = re.compile(r"^(circonscription fonci[eè]re|cadastre|lot)(?:\s+(?:n[o°]\.?))?\s+(.+)$", re.IGNORECASE)
NEAR = 0.72
RENOVATED = "Cadastre du Québec"
"""A name as a whole, not a label and its value."""
FIELDS: Mapping[str, str] = {
    "circonscription fonciere": "circonscription",
    "circonscription": "circonscription",
    "cadastre": "cadastre",
    "canton": "cadastre",
    "designation secondaire": "designation",
    "lot": "lot",
    "droits": "rights",
    "radiations": "radiations",
}


def read(cells: Iterable[Cell]) -> Header:
    """The heading from the words outside the table. The first value of a label counts."""
    known: dict[str, str] = {}
    others: dict[str, str] = {}
    for label, value in pairs(cells):
        name = field_of(label)
        if name is None:
            others.setdefault(label, value)
        else:
            known.setdefault(name, stamp(value) if name in {"rights", "radiations"} else value)
    return Header(**known, others=others)


def field_of(label: str) -> str | None:
    """Of Header, the name that a label stands for, misread by a few letters or not."""
    written = re.sub(r" n[o°]?$", "", plain(label))
    near = get_close_matches(written, FIELDS, n=1, cutoff=NEAR)
    return FIELDS[near[0]] if near else None


def pairs(cells: Iterable[Cell]) -> Iterable[tuple[str, str]]:
    """`Label : value`, whose value may stand at some distance on the same line."""
    for row in rows(cells):
        label = ""
        for cell in merged(sorted(row.cells, key=lambda cell: cell.left)):
            if label and not LABEL.match(cell.text):
                yield label, cell.text
                label = ""
            elif found := LABEL.match(cell.text) or BARE.match(cell.text):
                label, value = found[1].strip(), found[2].strip()
                if value:
                    yield label, cell.text if cell.text.startswith(RENOVATED) else value
                    label = ""


def stamp(written: str) -> str:
    """AAAA-MM-JJ HH:MM where that was understood, else as written."""
    found = STAMP.search(written)
    return f"{found[1]}-{found[2]}-{found[3]} {found[4]:0>2}:{found[5]}" if found else written
