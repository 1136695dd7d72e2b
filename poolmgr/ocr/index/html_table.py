"""The registry's own page of an index: its table as rows, read from what was saved beside the document.

A registration spans as many lines as it has parties; its other cells reach over them by `rowspan`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from poolmgr.ocr.folding import folded
from poolmgr.ocr.index.model import Header, IndexPage, Layout, Party, Row

BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
LONGEST_LABEL = 60
SURE = 1.0
"""Nothing was recognised: the registry wrote these letters."""
MOST_SPAN = 1000
"""As browsers clamp a colspan."""

Place: TypeAlias = Literal[
    "date", "number", "nature", "role", "name", "remarks", "address_notice", "radiations"
]
TITLES: Mapping[str, Place] = MappingProxyType(
    {
        "date de presentation": "date",
        "date de presentation d'inscription": "date",
        "numero d'inscription": "number",
        "numero": "number",
        "nature de l'acte": "nature",
        "qualite": "role",
        "nom des parties": "name",
        "remarques": "remarks",
        "avis d'adresse": "address_notice",
        "radiations": "radiations",
    }
)
DISTINCT: frozenset[Place] = frozenset({"number", "radiations"})
WHOLE = DISTINCT | {"date", "nature", "name"}
HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "circonscription fonciere": "circonscription",
        "cadastre": "cadastre",
        "designation secondaire": "designation",
        "lot": "lot",
        "droits": "rights",
        "radiations": "radiations",
    }
)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """lines: between line breaks. began: the line of the table where the cell begins, from 0."""

    lines: tuple[str, ...]
    began: int

    @property
    def text(self) -> str:
        return " ".join(self.lines)


Line: TypeAlias = tuple[Cell, ...]


def read(html: bytes) -> tuple[IndexPage, ...]:
    """One page for each table of registrations, numbered from 1; none where the page holds no such table."""
    tree = LexborHTMLParser(BREAK.sub("\n", " ".join(decoded(html).split())))
    grids = [grid(table) for table in tree.css("table")]
    header = header_of(grids)
    found = [read_table(lines) for lines in grids]
    tables = [table for table in found if table is not None]
    return tuple(
        IndexPage(number=number, layout=layout, header=header, rows=rows, rows_counted=len(rows))
        for number, (layout, rows) in enumerate(tables, 1)
    )


def decoded(html: bytes) -> str:
    """UTF-8, else the Western set that browsers mean by iso-8859-1."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return html.decode(encoding)
        except UnicodeDecodeError:
            continue
    return html.decode("iso-8859-1")


def grid(table: LexborNode) -> list[Line]:
    """The table line by line, every line with a cell for each column that reaches it."""
    lines: list[Line] = []
    reaching: dict[int, tuple[Cell, int]] = {}
    for number, row in enumerate(own_rows(table)):
        cells = dict(placed(row, number, reaching))
        lines.append(tuple(cells[column][0] for column in sorted(cells)))
        reaching = {column: (cell, left - 1) for column, (cell, left) in cells.items() if left > 1}
    return lines


def own_rows(table: LexborNode) -> Iterator[LexborNode]:
    """Without those of tables inside it."""
    for row in table.css("tr"):
        above = row.parent
        while above is not None and above.tag != "table":
            above = above.parent
        if above is not None and above.mem_id == table.mem_id:
            yield row


def placed(
    row: LexborNode, number: int, reaching: Mapping[int, tuple[Cell, int]]
) -> Iterator[tuple[int, tuple[Cell, int]]]:
    """Cells of a line by column, those of lines above that reach down to it among them."""
    yield from reaching.items()
    column = 0
    for node in row.iter():
        if node.tag not in ("td", "th"):
            continue
        cell = Cell(lines=lines_of(node), began=number)
        for _ in range(span(node, "colspan")):
            while column in reaching:
                column += 1
            yield column, (cell, span(node, "rowspan"))
            column += 1


def lines_of(node: LexborNode) -> tuple[str, ...]:
    lines = (" ".join(line.split()) for line in node.text().split("\n"))
    return tuple(line for line in lines if line)


def span(node: LexborNode, name: str) -> int:
    value = node.attributes.get(name) or ""
    return min(max(int(value), 1), MOST_SPAN) if value.isdecimal() else 1


def read_table(lines: Sequence[Line]) -> tuple[Layout, tuple[Row, ...]] | None:
    """Layout and rows below the titles; None where no line holds them."""
    for number, line in enumerate(lines):
        places = {
            place: column
            for column, cell in enumerate(line)
            if (place := TITLES.get(folded(cell.text).rstrip(" :")))
        }
        if places.keys() >= WHOLE:
            return "modern_inscription", tuple(rows_of(lines[number + 1 :], places))
        if places.keys() >= DISTINCT and len(line) == len(places):
            return "modern_radiation", tuple(rows_of(lines[number + 1 :], places))
    return None


def rows_of(lines: Sequence[Line], places: Mapping[Place, int]) -> Iterator[Row]:
    """Lines that share the cell of their number are one row; so is a line that gives only a party."""
    group: list[Line] = []
    for line in lines:
        if len(line) <= max(places.values()):
            continue
        if group and not continues(group[-1], line, places):
            yield row_of(group, places)
            group = []
        group.append(line)
    if group:
        yield row_of(group, places)


def continues(before: Line, line: Line, places: Mapping[Place, int]) -> bool:
    number, date = places["number"], places.get("date", places["number"])
    if line[number].began == before[number].began:
        return True
    return not (line[number].text or line[date].text)


def row_of(group: Sequence[Line], places: Mapping[Place, int]) -> Row:
    def said(place: Place) -> str:
        """Once, however many lines the cell reaches over."""
        if place not in places:
            return ""
        cells = {line[places[place]].began: line[places[place]].text for line in group}
        return " ".join(text for text in cells.values() if text)

    return Row(
        date=said("date"),
        number=said("number"),
        nature=said("nature"),
        parties=tuple(parties(group, places)),
        remarks=said("remarks"),
        address_notice=said("address_notice"),
        radiations=said("radiations"),
        confidence=SURE,
    )


def parties(group: Sequence[Line], places: Mapping[Place, int]) -> Iterator[Party]:
    if "name" not in places:
        return
    last = -1
    for line in group:
        name = line[places["name"]]
        role = line[places["role"]] if "role" in places else Cell(lines=(), began=name.began)
        if name.began == last or not (name.text or role.text):
            continue
        last = name.began
        if len(name.lines) == len(role.lines):
            yield from (Party(name=n, role=r) for n, r in zip(name.lines, role.lines, strict=True))
        else:
            yield Party(name=name.text, role=role.text)


def header_of(grids: Sequence[Sequence[Line]]) -> Header:
    """From lines of a label and a value in tables that hold no registrations."""
    known: dict[str, str] = {}
    others: dict[str, str] = {}
    for lines in grids:
        if read_table(lines) is not None:
            continue
        for label, value in pairs(lines):
            name = HEADINGS.get(folded(label))
            if name:
                known.setdefault(name, value)
            else:
                others.setdefault(label, value)
    return Header(**known, others=others)


def pairs(lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if len(line) == 2 and line[0] is not line[1]:
            label, value = line[0].text.rstrip(" :"), line[1].text
            if label and value and len(label) <= LONGEST_LABEL:
                yield label, value
