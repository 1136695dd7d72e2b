"""What a document truly says, as data: beside each PDF of a measured set lies such a truth as JSON.

{"kind": "ocr_index" | "ocr_acte", "pages": [{"text": every word of the page, "index": null or
{"layout", "header": {...}, "rows": [{"number", "date", "nature", "parties": [{"name", "role"}], "remarks",
"address_notice", "radiations"}]}}]}, dates as AAAA-MM-JJ, "" where the page says nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from poolmgr.local.samples.index import Index
from poolmgr.local.samples.inscriptions import Inscription, Party


@dataclass(frozen=True, kw_only=True)
class RowTruth:
    number: str = ""
    date: str = ""
    nature: str = ""
    parties: tuple[Party, ...] = ()
    remarks: str = ""
    address_notice: str = ""
    radiations: str = ""


@dataclass(frozen=True, kw_only=True)
class IndexTruth:
    layout: str
    header: dict[str, str]
    rows: tuple[RowTruth, ...]


@dataclass(frozen=True, kw_only=True)
class PageTruth:
    text: str
    index: IndexTruth | None = None


@dataclass(frozen=True, kw_only=True)
class Truth:
    kind: Literal["ocr_index", "ocr_acte"]
    pages: Sequence[PageTruth] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def row_truth(row: Inscription) -> RowTruth:
    return RowTruth(
        number=str(row.number),
        date=row.day.isoformat(),
        nature=row.nature,
        parties=row.parties,
        remarks=row.remarks,
        address_notice=row.address_notice,
        radiations=row.radiations,
    )


def computed_truths(index: Index) -> list[IndexTruth]:
    """The pages of `set_index`."""
    header = {
        "circonscription": index.place.circonscription,
        "cadastre": index.place.cadastre,
        "lot": index.lot,
        "rights": index.stamps[0][1],
        "radiations": index.stamps[1][1],
    }
    return [
        IndexTruth(layout="modern_inscription", header=header, rows=tuple(map(row_truth, rows)))
        for rows in index.parts
    ]
