"""A paid file from the spool to storage: tried until it is there, never bought again."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from poolmgr.domain.errors import PoolError, Refused, StoreError
from poolmgr.domain.jobs import Claim
from poolmgr.domain.json import Json, JsonObject, items, text
from poolmgr.domain.outcomes import Done, GiveUp, Outcome, Released
from poolmgr.domain.ports import Documents, Purchases
from poolmgr.domain.purchases import PurchaseId
from poolmgr.stores import paths
from poolmgr.stores.spool import Kept, Spool


async def deliver(
    claim: Claim,
    purchase: PurchaseId,
    *,
    spool: Spool,
    purchases: Purchases,
    documents: Documents,
    wait_seconds: float,
    shelf: "Shelf | None" = None,
) -> Outcome:
    """Released = offered again after `wait_seconds`. A file that is gone or broken is for a person."""
    shelf = shelf or LAND
    try:
        kept, pdf, html = await spool.read(purchase)
    except StoreError as error:
        await purchases.mark(purchase, claim.token, "unknown", {"reason": error.sentence})
        return GiveUp(error=error.sentence)
    except PoolError as error:
        return Released(error=f"The spool cannot be read: {error}", after_seconds=wait_seconds)
    path = shelf.place(claim) if pdf else ""
    try:
        if path:
            await documents.write(path, pdf)
        beside, notes = await put_beside(path, html, documents)
    except PoolError as error:
        return Released(error=f"Bought and kept, but not stored: {error}", after_seconds=wait_seconds)
    return Done(result=shelf.result(kept, path, beside), trail=[*shelf.trail(kept), *notes])


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """How a kind of document is put down. place: `bucket/object`, asked for only when there is a file."""

    place: Callable[[Claim], str]
    result: Callable[[Kept, str, str | None], JsonObject]
    trail: Callable[[Kept], list[Json]]


async def put_beside(path: str, html: bytes | None, documents: Documents) -> tuple[str | None, list[Json]]:
    """Where the document's table went, and a note when its bucket takes no HTML: the document is what was
    bought, and goes on without it."""
    if html is None:
        return None, []
    beside = path.removesuffix(".pdf") + ".html"
    try:
        await documents.write(beside, html)
    except Refused as error:
        return None, [{"html": "not stored", "why": error.sentence}]
    return beside, []


def place(claim: Claim) -> str:
    """`bucket/object` for the document of a land row."""
    source = text(claim.job, "document_source")
    name = paths.object_name(
        source,
        number=text(claim.job, "document_number_normalized") or text(claim.job, "document_number"),
        circonscription=text(claim.job, "circonscription_fonciere"),
        cadastre=text(claim.job, "cadastre"),
        milliseconds=int(time.time() * 1000),
        token=claim.token,
    )
    return f"{paths.bucket(source)}/{name}"


def result_of(kept: Kept, path: str, html_path: str | None) -> JsonObject:
    result: JsonObject = {
        "supabase_path": path,
        "pages": kept.facts.get("pages"),
        "sha256": kept.sha256,
        "purchase_id": kept.purchase,
        "found_as": kept.facts.get("found_as"),
    }
    return result if html_path is None else result | {"html_path": html_path}


def trail_of(kept: Kept) -> list[Json]:
    return [{"purchase": kept.purchase, "pages": kept.facts.get("pages")}, *items(kept.facts, "trail")]


LAND = Shelf(place=place, result=result_of, trail=trail_of)
