"""Reading the text form again: ours, and what older systems left in rows.

A label counts at the start of its line and its value on the same line; readings of a field may follow on
lines of their own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from poolmgr.ocr.folding import folded
from poolmgr.ocr.index import text_form
from poolmgr.ocr.index.model import Alternative, Column, Header, IndexPage, Layout, Row
from poolmgr.ocr.index.parties import paired

MARKER = re.compile(r"^[ \t]*-{2,}[ \t]*Page[ \t]+(\d+)[ \t]*-{2,}[ \t]*$", re.MULTILINE | re.IGNORECASE)
DECORATION = r"[\s>#*•\-]*"
SIGNS = " \t>#*•-"
LONGEST_LABEL = 60
ROW = re.compile(rf"^{DECORATION}Ligne\s+(\d+)[\s*]*:", re.IGNORECASE)
OPTION = re.compile(
    r"Option\s*\d+\s*:\s*(?P<value>.*?)\s*(?:\(\s*Confiance\s*:\s*(?P<sure>\d+(?:[.,]\d+)?)\s*%\s*\))?"
    r"\s*(?=[,;|]?\s*Option\s*\d+\s*:|$)",
    re.IGNORECASE,
)
OPTION_LINE = re.compile(rf"^{DECORATION}(?=Option\s*\d+\s*:)", re.IGNORECASE)
NOTHING = frozenset({"", "[vide]", "vide", "(vide)", "empty", "[empty]"})

Field: TypeAlias = Literal["roles", "cancelled_by"] | Column
"""cancelled_by: an older label for what stands in the column « Radiations »."""

ROW_LABELS: Mapping[str, Field] = MappingProxyType(
    {
        "date de presentation d'inscription": "date",
        "date de presentation": "date",
        "date d'inscription": "date",
        "date d'enregistrement": "date",
        "date": "date",
        "numero": "number",
        "numero d'inscription": "number",
        "numero de publication": "number",
        "numero d'enregistrement": "number",
        "no": "number",
        "nature de l'acte": "nature",
        "nature": "nature",
        "titre de l'acte": "nature",
        "qualite": "roles",
        "qualites": "roles",
        "nom des parties": "parties",
        "noms des parties": "parties",
        "remarques": "remarks",
        "avis d'adresse": "address_notice",
        "radiations": "radiations",
        "radiation": "radiations",
        "numero de radiation": "cancelled_by",
    }
)
HEADER_LABELS: Mapping[str, str] = MappingProxyType(
    {folded(label): name for name, label in text_form.HEADER_LABELS.items()}
    | {
        "circonscription": "circonscription",
        "lot no": "lot",
        "lot numero": "lot",
        "numero de lot": "lot",
        "no de lot": "lot",
        "designation": "designation",
    }
)
TITLES = frozenset({folded(text_form.HEADING).rstrip(" :"), folded(text_form.TABLE).rstrip(" :")})


@dataclass(frozen=True, kw_only=True)
class Written:
    """A field as its lines say it. place: the line of its label, from 0."""

    place: int
    value: str
    others: tuple[Alternative, ...] = ()
    confidence: float | None = None


@dataclass(kw_only=True)
class Block:
    """The lines of one row; end: the line after its last one that says something."""

    end: int
    fields: dict[Field, Written] = field(default_factory=dict)


def split(text: str) -> list[tuple[int, str]]:
    """The pages below their markers, by the number a marker says; one page where there is no marker.

    What stands before the first marker belongs to no page.
    """
    pieces = MARKER.split(text)
    if len(pieces) == 1:
        return [(1, text)]
    return [(int(number), body.strip("\n")) for number, body in zip(pieces[1::2], pieces[2::2], strict=True)]


def is_form(body: str) -> bool:
    """Whether a page's text has the shape that `read` understands; a plain text has not."""
    lines = body.split("\n")
    return any(map(ROW.match, lines)) or any(folded(line).rstrip(" :*") in TITLES for line in lines)


def read(number: int, body: str) -> IndexPage:
    """A page from its text; an empty one from a text that is no form."""
    lines = body.split("\n")
    header, layout = read_header(lines)
    rows = tuple(row_of(block.fields) for block in blocks(lines))
    return IndexPage(number=number, layout=layout, header=header, rows=rows)


def read_header(lines: list[str]) -> tuple[Header, Layout]:
    known: dict[str, str] = {}
    others: dict[str, str] = {}
    for label, value in labelled(until_first_row(lines)):
        name = HEADER_LABELS.get(folded(label), "")
        if folded(label) == folded(text_form.LAYOUT):
            known.setdefault("layout", value)
        elif name:
            known.setdefault(name, value)
        elif folded(label) not in TITLES and value:
            others.setdefault(label, value)
    layout = known.pop("layout", "")
    return Header(**known, others=others), layout_of(layout)


def layout_of(word: str) -> Layout:
    """Older texts do not say it: they came from what the computer printed more often than not."""
    return next((layout for layout in get_args(Layout) if layout == word), "modern_inscription")


def until_first_row(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if ROW.match(line):
            return
        yield line


def labelled(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if found := label_and_value(line):
            yield found[0], something(found[1])


def label_and_value(line: str) -> tuple[str, str] | None:
    """What stands before and after the first colon, without signs of lists and bold letters around it."""
    head, colon, value = line.lstrip(SIGNS).partition(":")
    label = head.rstrip(" \t*")
    if not colon or not 2 <= len(label) <= LONGEST_LABEL:
        return None
    return label, value.lstrip(" \t:").removeprefix("**").strip(" \t:") if value.strip(" \t:*") else ""


def something(value: str) -> str:
    """The value, "" where it says that there is none."""
    return "" if folded(value) in NOTHING else " ".join(value.split())


def blocks(lines: list[str]) -> list[Block]:
    """Where each row's fields stand; of a field said twice the first that says something counts."""
    found: list[Block] = []
    for place, line in enumerate(lines):
        if ROW.match(line):
            found.append(Block(end=place + 1))
        elif found and line.strip():
            found[-1].end = place + 1
            take(found[-1].fields, place, line)
    return found


def take(fields: dict[Field, Written], place: int, line: str) -> None:
    if OPTION_LINE.match(line):
        last = next(reversed(fields), None)
        if last is not None:
            fields[last] = joined(fields[last], readings(line))
        return
    found = label_and_value(line)
    name = ROW_LABELS.get(folded(found[0])) if found else None
    if found is None or name is None or (name in fields and fields[name].value):
        return
    fields.pop(name, None)
    fields[name] = joined(Written(place=place, value=""), readings(found[1]))


def readings(text: str) -> list[Alternative]:
    """Every option that a text names, or the text itself."""
    text = " ".join(text.split())
    found = [
        Alternative(value=something(one["value"]), confidence=share(one["sure"]))
        for one in OPTION.finditer(text)
    ]
    return found or [Alternative(value=something(text))]


def share(percent: str | None) -> float | None:
    return None if percent is None else min(float(percent.replace(",", ".")) / 100, 1.0)


def joined(before: Written, further: list[Alternative]) -> Written:
    first, *others = further
    if before.value:
        return Written(
            place=before.place,
            value=before.value,
            others=(*before.others, *further),
            confidence=before.confidence,
        )
    return Written(place=before.place, value=first.value, others=tuple(others), confidence=first.confidence)


def row_of(fields: Mapping[Field, Written]) -> Row:
    def value(name: Field) -> str:
        return fields[name].value if name in fields else ""

    alternatives = {
        column: fields[column].others
        for column, _ in text_form.LABELS
        if column in fields and fields[column].others
    }
    return Row(
        number=value("number"),
        date=value("date"),
        nature=value("nature"),
        parties=paired(value("parties"), value("roles")),
        remarks=value("remarks"),
        address_notice=value("address_notice"),
        radiations=value("radiations") or value("cancelled_by"),
        confidence=next((one.confidence for one in fields.values() if one.others), None),
        alternatives=MappingProxyType(alternatives),
    )
