"""The spool of one environment, looked after by the scout: what dead buyers left is told to the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from poolmgr.domain.errors import StoreError
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.ports import Purchases
from poolmgr.domain.purchases import PurchaseId, Secured
from poolmgr.stores.spool import Kept, Spool

ABSENT_SECONDS = 3600.0
"""A host that was not seen for so long will not deliver what it holds by itself."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """files, bytes: paid and not delivered, on this host; recovered: told to the ledger just now, by the row
    it was bought for; stranded: purchases whose file lies on a host that was not seen for an hour."""

    environment: EnvironmentName
    files: int
    bytes: int
    recovered: Mapping[PurchaseId, str | None]
    stranded: tuple[Secured, ...]

    def as_json(self) -> JsonObject:
        stranded: list[Json] = [{"id": one.id, "host": one.host, "row": one.row_id} for one in self.stranded]
        return {
            "environment": self.environment,
            "files": self.files,
            "bytes": self.bytes,
            "stranded": stranded,
        }


class Salvage:
    """A whole file whose buyer died between its last byte and the ledger is marked secured with the buyer's
    token; one that is delivered is removed, on the ledger's word alone; all else stays."""

    def __init__(self, purchases: Purchases, spool: Spool, host: str) -> None:
        self.purchases = purchases
        self.spool = spool
        self.host = host

    async def look(self) -> Found:
        """Raises StoreError, StoreUnreachable."""
        notes = await self.spool.notes()
        states = await self.purchases.states([one.purchase for one in notes])
        waiting: list[Kept] = []
        recovered = []
        for note in notes:
            state = states.get(note.purchase)
            if state == "delivered":
                await self.spool.remove(note.purchase)
                continue
            if state in ("clicked", "unknown") and note.whole and await self.recover(note):
                recovered.append(note.purchase)
            if state == "secured" or note.purchase in recovered:
                waiting.append(note)
        secured = await self.purchases.secured(self.host)
        rows = {one.id: one.row_id for one in secured}
        return Found(
            environment=self.purchases.environment,
            files=len(waiting),
            bytes=sum(one.size for one in waiting),
            recovered={one: rows.get(one) for one in recovered},
            stranded=tuple(one for one in secured if is_stranded(one, self.host)),
        )

    async def recover(self, note: Kept) -> bool:
        """Only what can be read: a note alone would be delivered, found broken and held, again and again."""
        try:
            await self.spool.read(note.purchase)
        except StoreError:
            return False
        facts = note.secured_facts(self.host)
        return await self.purchases.mark(note.purchase, note.token, "secured", facts) == "applied"


def is_stranded(one: Secured, here: str) -> bool:
    """A host that was never seen has been silent since it bought."""
    seen = one.host_seen_seconds
    silent = seconds_since(one.secured_at) if seen is None else seen
    return one.host != here and silent > ABSENT_SECONDS


def seconds_since(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
