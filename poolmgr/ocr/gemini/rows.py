"""What the model's records say, as rows of an index; nothing of it is trusted to have the form it should."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from poolmgr.domain.json import Json, JsonObject, records, text
from poolmgr.domain.json import record as record_of
from poolmgr.ocr.completeness import LEAST_SHARE, share
from poolmgr.ocr.gemini.records import Records
from poolmgr.ocr.index.model import (
    COLUMNS,
    LAYOUTS,
    Alternative,
    Column,
    Header,
    IndexPage,
    Layout,
    Party,
    Row,
)

OVERLAP_ROWS = 8
"""So many last rows are looked at for one that comes a second time."""


def row(said: JsonObject) -> Row:
    return Row(
        number=field_of(said, "number"),
        date=field_of(said, "date"),
        nature=field_of(said, "nature"),
        parties=parties(said),
        remarks=field_of(said, "remarks"),
        address_notice=field_of(said, "address_notice"),
        radiations=field_of(said, "radiations"),
        confidence=sure(said.get("confidence")),
        alternatives=alternatives(said),
    )


def field_of(said: JsonObject, key: str) -> str:
    """A number in a field of text is its digits."""
    value = said.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(said, key).strip()


def parties(said: JsonObject) -> tuple[Party, ...]:
    found = (
        Party(name=field_of(one, "name"), role=field_of(one, "role")) for one in records(said, "parties")
    )
    return tuple(party for party in found if party.name or party.role)


def sure(value: Json) -> float | None:
    """0 to 1; per cent are understood."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    share = value / 100 if value > 1 else float(value)
    return min(1.0, max(0.0, share))


def alternatives(said: JsonObject) -> dict[Column, tuple[Alternative, ...]]:
    found: dict[Column, tuple[Alternative, ...]] = {}
    for one in records(said, "alternatives"):
        value = field_of(one, "value")
        for column in COLUMNS:
            if value and one.get("field") == column:
                other = Alternative(value=value, confidence=sure(one.get("confidence")))
                found[column] = (*found.get(column, ()), other)
    return found


def header(said: JsonObject) -> Header:
    others = {
        field_of(one, "label"): field_of(one, "value")
        for one in records(said, "others")
        if field_of(one, "label") or field_of(one, "value")
    }
    names = ("circonscription", "cadastre", "designation", "lot", "rights", "radiations")
    return Header(**{name: field_of(said, name) for name in names}, others=others)


def layout(said: JsonObject) -> Layout | None:
    return next((one for one in LAYOUTS if one == said.get("layout")), None)


def counted(said: JsonObject) -> int | None:
    value = said.get("rows_counted")
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


@dataclass(kw_only=True)
class Found:
    """What was read of a page or a part of it so far. counted: rows, by the model; ruled: rows, by the
    lines of ink in its table. ended: the model said that this is all. blank: nothing is to be seen there."""

    layout: Layout | None = None
    header: Header = field(default_factory=Header)
    counted: int | None = None
    ruled: int | None = None
    rows: list[Row] = field(default_factory=list)
    ended: bool = False
    blank: bool = False

    def take(self, answer: Records) -> int:
        """How many rows it adds; the first answer alone says what stands around the rows."""
        said = answer.head or {}
        if self.layout is None:
            self.layout, self.header = layout(said), header(record_of(said, "header"))
            self.counted = counted(said)
        return self.add([row(one) for one in answer.real_rows])

    def add(self, more: Sequence[Row]) -> int:
        """Leaves out what is there already: a model told to go on likes to begin a little before."""
        last = self.rows[-OVERLAP_ROWS:]
        new = list(more)
        while new and any(same(new[0], one) for one in last):
            new.pop(0)
        self.rows += new
        return len(new)

    @property
    def expected(self) -> int | None:
        """What was counted without reading goes before what the model says of itself."""
        return self.counted if self.ruled is None else self.ruled

    @property
    def enough(self) -> bool:
        return self.blank or bool(
            self.ended and self.rows and share(len(self.rows), self.expected) >= LEAST_SHARE
        )

    def agrees(self, other: "Found") -> bool:
        """Whether two whole answers found as many rows, and each as many as it counted."""
        both = (self, other)
        return all(one.ended and one.counted == len(one.rows) == len(self.rows) for one in both)

    @property
    def worth(self) -> tuple[bool, int, float]:
        sure = [one.confidence for one in self.rows if one.confidence is not None]
        return self.enough, len(self.rows), sum(sure) / len(sure) if sure else 0.0

    def page(self, number: int, note: str) -> IndexPage:
        return IndexPage(
            number=number,
            layout=self.layout or "old_2",
            header=self.header,
            rows=tuple(self.rows),
            rows_counted=self.expected,
            note=note,
        )


def same(one: Row, other: Row) -> bool:
    """Whether both are one registration: by its number, or by all that it says where it has none."""
    if one.number or other.number:
        return squeezed(one.number) == squeezed(other.number)
    return said(one) == said(other)


def said(row: Row) -> tuple[str, ...]:
    names = [party.name for party in row.parties]
    return tuple(map(squeezed, (row.date, row.nature, row.remarks, row.radiations, *names)))


def squeezed(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
