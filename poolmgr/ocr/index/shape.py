"""An index page as JSON, whole: what the product's shape leaves out stands here, too."""

from poolmgr.domain.json import Json, JsonObject
from poolmgr.ocr.index.model import Header, IndexPage, Row


def as_json(page: IndexPage) -> JsonObject:
    """layout, header, rows as they were read, rows_counted, note."""
    return {
        "layout": page.layout,
        "header": header(page.header),
        "rows": [row(one) for one in page.rows],
        "rows_counted": page.rows_counted,
        "note": page.note,
    }


def header(of: Header) -> JsonObject:
    return {
        "circonscription": of.circonscription,
        "cadastre": of.cadastre,
        "designation": of.designation,
        "lot": of.lot,
        "droits": of.rights,
        "radiations": of.radiations,
        "others": dict[str, Json](of.others),
    }


def row(of: Row) -> Json:
    alternatives: JsonObject = {
        column: [{"value": one.value, "confidence": one.confidence} for one in several]
        for column, several in of.alternatives.items()
    }
    return {
        "date": of.date,
        "number": of.number,
        "nature": of.nature,
        "parties": [{"name": party.name, "role": party.role} for party in of.parties],
        "remarks": of.remarks,
        "avis_adresse": of.address_notice,
        "radiations": of.radiations,
        "confidence": of.confidence,
        "alternatives": alternatives,
    }
