"""What one page of an index says, whichever engine read it.

Texts are verbatim: what was read stays as it was read, a correction stands beside it and never in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Layout = Literal["old_1", "old_2", "old_3", "modern_inscription", "modern_radiation"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
"""old_1: typed form of the 1980s. old_2: handwritten ruled register. old_3: English pre-printed form.
modern_inscription: computer table of eight columns. modern_radiation: the distinct section at the end of a
reproduced file, which holds the cancellations of rows that stand on its scanned pages."""

Column = Literal["date", "number", "nature", "parties", "remarks", "address_notice", "radiations"]
COLUMNS: tuple[Column, ...] = get_args(Column)


@dataclass(frozen=True, kw_only=True)
class Party:
    name: str
    role: str = ""


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """Another reading of a field. confidence: 0 to 1, None where the engine gives none."""

    value: str
    confidence: float | None = None


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a model says of a row that it was shown as text, for one column, of parties one name.

    before: what it takes for the reading; after: what it holds to be right. reason: why, in its words.
    by: which model, told by which version of a prompt. Nothing of it is believed before it was weighed.
    """

    column: str
    before: str
    after: str
    reason: str
    by: str


Alternatives: TypeAlias = Mapping[Column, tuple[Alternative, ...]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One registration; "" where the page says nothing.

    date: as AAAA-MM-JJ where it could be understood, else as written. number: numéro d'inscription.
    radiations: what stands in that column. confidence: of the whole row, 0 to 1.
    proposals: for this row, where a model was asked a second time.
    """

    number: str = ""
    date: str = ""
    nature: str = ""
    parties: tuple[Party, ...] = ()
    remarks: str = ""
    address_notice: str = ""
    radiations: str = ""
    confidence: float | None = None
    alternatives: Alternatives = field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Header:
    """What stands outside the table.

    rights, radiations: the stamps « Droits » and « Radiations » of the last update, as AAAA-MM-JJ HH:MM.
    others: label -> value, as written (concordance, plan, date of establishment).
    """

    circonscription: str = ""
    cadastre: str = ""
    designation: str = ""
    lot: str = ""
    rights: str = ""
    radiations: str = ""
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class IndexPage:
    """number: from 1. rows_counted: registrations seen without reading them (ruled lines, or the model's own
    count), None when nobody counted. note: what a person should know, in English, "" = nothing."""

    number: int
    layout: Layout
    header: Header
    rows: tuple[Row, ...]
    rows_counted: int | None = None
    note: str = ""
