"""What a document truly says, from the JSON beside it.

{"kind": "ocr_index" | "ocr_acte", "pages": [{"text": all words of the page, "index": null | {"layout",
"header": {field: value}, "rows": [{"number", "date": AAAA-MM-JJ, "nature", "parties": [{"name", "role"}],
"remarks", "address_notice", "radiations"}]}}]}
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import orjson

from poolmgr.domain.errors import PoolError
from poolmgr.domain.jobs import JobKind
from poolmgr.domain.json import Json, JsonObject, record, records, text
from poolmgr.ocr.index.model import LAYOUTS, Header, IndexPage, Party, Row

HEADER_TEXTS = tuple(field.name for field in fields(Header) if field.name != "others")
KINDS: Mapping[str, JobKind] = {"ocr_index": "ocr_index", "ocr_acte": "ocr_acte"}


class BadTruth(PoolError):
    """A truth does not have the form of one."""


@dataclass(frozen=True, kw_only=True)
class PageTruth:
    text: str
    index: IndexPage | None = None


@dataclass(frozen=True, kw_only=True)
class Truth:
    kind: JobKind
    pages: tuple[PageTruth, ...]


def parse(data: bytes, name: str) -> Truth:
    """name: for the error. Raises BadTruth."""
    try:
        return of_json(orjson.loads(data))
    except (ValueError, TypeError, KeyError) as wrong:
        raise BadTruth(
            f"{name} is no truth: {wrong}.", advice="`registre-pool ocr eval --save FOLDER` writes examples."
        ) from wrong


def of_json(values: Json) -> Truth:
    """Raises ValueError."""
    if not isinstance(values, dict) or text(values, "kind") not in KINDS:
        raise ValueError("its kind is neither ocr_index nor ocr_acte")
    pages = tuple(page_of(number, page) for number, page in enumerate(records(values, "pages"), 1))
    if not pages:
        raise ValueError("it has no pages")
    return Truth(kind=KINDS[text(values, "kind")], pages=pages)


def page_of(number: int, values: JsonObject) -> PageTruth:
    index = record(values, "index")
    return PageTruth(text=text(values, "text"), index=index_of(number, index) if index else None)


def index_of(number: int, values: JsonObject) -> IndexPage:
    layout = next((layout for layout in LAYOUTS if layout == text(values, "layout")), None)
    if layout is None:
        raise ValueError(f"page {number} has the layout {text(values, 'layout')!r}")
    return IndexPage(
        number=number,
        layout=layout,
        header=header_of(record(values, "header")),
        rows=tuple(map(row_of, records(values, "rows"))),
    )


def header_of(values: JsonObject) -> Header:
    return Header(
        circonscription=text(values, "circonscription"),
        cadastre=text(values, "cadastre"),
        designation=text(values, "designation"),
        lot=text(values, "lot"),
        rights=text(values, "rights"),
        radiations=text(values, "radiations"),
    )


def row_of(values: JsonObject) -> Row:
    return Row(
        number=text(values, "number"),
        date=text(values, "date"),
        nature=text(values, "nature"),
        parties=tuple(
            Party(name=text(party, "name"), role=text(party, "role")) for party in records(values, "parties")
        ),
        remarks=text(values, "remarks"),
        address_notice=text(values, "address_notice"),
        radiations=text(values, "radiations"),
    )
