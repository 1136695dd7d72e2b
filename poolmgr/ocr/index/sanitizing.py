"""The text form as the product's structured shape: pages, their heading, their registrations."""

from poolmgr.domain.json import Json, JsonObject
from poolmgr.ocr.index import forms
from poolmgr.ocr.index.model import IndexPage, Row


def sanitize(text: str) -> JsonObject:
    """`{pages: [{pageNumber, metadata, inscriptions}]}`; null for what the text does not say.

    pageNumber is the place among the pages, whatever the marker says. A page that is no form has no
    inscriptions; nothing raises.
    """
    pages: list[Json] = [
        page_of(place, forms.read(number, body)) for place, (number, body) in enumerate(forms.split(text), 1)
    ]
    return {"pages": pages}


def page_of(place: int, page: IndexPage) -> JsonObject:
    header = page.header
    return {
        "pageNumber": place,
        "metadata": {
            "circonscription": header.circonscription or None,
            "cadastre": header.cadastre or None,
            "lot_number": header.lot or None,
        },
        "inscriptions": [inscription(row) for row in page.rows],
    }


def inscription(row: Row) -> Json:
    parties: list[Json] = [{"name": party.name, "role": party.role} for party in row.parties]
    return {
        "acte_publication_date": row.date or None,
        "acte_publication_number": row.number or None,
        "acte_nature": row.nature or None,
        "parties": parties,
        "remarques": row.remarks or None,
        "radiation_number": row.radiations or None,
    }
