"""The demo's searches: of companies, which cost nothing, and of names in the RDPRM, each of which is paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

import psycopg

from poolmgr.domain.errors import StoreError
from poolmgr.domain.jobs import JobKind
from poolmgr.domain.json import text
from poolmgr.local.samples.catalogue import Expected
from poolmgr.stores.queue import DatabaseQueue

RDPRM_CENTS = 1200


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is searched for, in the words of samples. finds: so many companies in their register."""

    name: str
    document_source: Literal["req", "rdprm"]
    form: Literal["found", "nothing"]
    expected: Expected = "done"
    finds: int = 0
    is_read: bool = False
    least_recall: float = 0.0
    told: str = ""

    @property
    def cents(self) -> int:
        """A search that finds nothing is paid like any other."""
        return RDPRM_CENTS if self.document_source == "rdprm" else 0


SEARCHES = (
    Search(name="Quincaillerie Jetté", document_source="req", form="found", finds=3),
    Search(name="Béton Fictif & Fils inc.", document_source="rdprm", form="found"),
    Search(name="Compagnie inconnue ltée", document_source="rdprm", form="nothing"),
    Search(name="Introuvable & fils", document_source="req", form="nothing", expected="error"),
)
"""In this order, so that few show the most. The first is the session of the names that follow."""


async def enqueue(queue: DatabaseQueue, searches: Sequence[Search]) -> dict[str, Search]:
    """As the product would, by the ids of their rows: a session first, then the names that belong to it."""
    placed: dict[str, Search] = {}
    for search in searches:
        row_id = str(uuid4())
        if search.document_source == "req":
            await queue.enqueue(row_id, "req", {"initial_search_query": search.name})
        else:
            session = next(iter(placed))
            order = {"search_name": search.name, "search_session_id": session}
            await queue.enqueue(row_id, "rdprm", {**order})
            row_id = await row_of(queue, "rdprm", search.name)
        placed[row_id] = search
    return placed


async def row_of(queue: DatabaseQueue, kind: JobKind, name: str) -> str:
    """The product makes a row of its own for a name. Raises StoreError when it made none."""
    rows = await queue.jobs_list({"kind": kind, "number": name}, 1)
    if not rows:
        raise StoreError(f"No {kind} row came of the name « {name} ».")
    return text(rows[0], "row_id")


def read_counts(database_url: str, row_ids: Sequence[str]) -> dict[str, int]:
    """How many companies each session has, as the product reads them."""
    query = (
        "select search_session_id::text, count(*) from public.req_companies "
        "where search_session_id = any(%s::uuid[]) group by 1"
    )
    with psycopg.connect(database_url) as connection:
        return {str(row): int(count) for row, count in connection.execute(query, ([*row_ids],))}
