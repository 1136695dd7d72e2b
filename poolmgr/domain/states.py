"""The state machines of the queue as plain data: what the SQL does, for documents, tests and people."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from poolmgr.domain.jobs import JOB_KINDS, JobKind

Status: TypeAlias = int | str
Mover = Literal[
    "claim",
    "settle done",
    "settle retry",
    "settle give_up",
    "settle released",
    "settle outage",
    "release",
    "release_worker",
    "release_worker crashed",
    "rescue",
    "retry",
    "cancel",
    "mark secured",
    "allow",
    "backfill",
]
PurchaseState = Literal["intent", "clicked", "void", "not_sold", "secured", "delivered", "unknown", "allowed"]
PURCHASE_STATES: tuple[PurchaseState, ...] = get_args(PurchaseState)
OPEN_PURCHASES: tuple[PurchaseState, ...] = ("intent", "clicked", "secured", "unknown")
SPENT_PURCHASES: tuple[PurchaseState, ...] = ("clicked", "secured", "delivered", "unknown", "allowed")

# extraction_status of the product; REQ and RDPRM have words of their own.
LAND_STATUSES = MappingProxyType(
    {1: "waiting", 2: "downloading", 3: "downloaded", 6: "OCR running", 5: "done", 4: "error"}
)
TABLES = MappingProxyType(
    {
        "land": "extraction_queue",
        "ocr_index": "extraction_queue",
        "ocr_acte": "extraction_queue",
        "req": "search_sessions",
        "rdprm": "rdprm_searches",
    }
)
WAITING: MappingProxyType[str, Status] = MappingProxyType(
    {"land": 1, "ocr_index": 3, "ocr_acte": 3, "req": "pending_company_selection", "rdprm": "pending"}
)
RUNNING: MappingProxyType[str, Status] = MappingProxyType(
    {"land": 2, "ocr_index": 6, "ocr_acte": 6, "req": "scraping_company_data", "rdprm": "in_progress"}
)
ERROR: MappingProxyType[str, Status] = MappingProxyType(
    {"land": 4, "ocr_index": 4, "ocr_acte": 4, "req": "failed", "rdprm": "failed"}
)
# A plan needs no reading: it goes from the download straight to 5. not_found: an RDPRM search that was paid.
DONE: MappingProxyType[str, tuple[Status, ...]] = MappingProxyType(
    {
        "land": (3, 5),
        "ocr_index": (5,),
        "ocr_acte": (5,),
        "req": ("pending_name_selection",),
        "rdprm": ("completed", "not_found", "failed"),
    }
)


@dataclass(frozen=True, kw_only=True)
class RowMove:
    """`was` and `becomes`: waiting, running, done, error; held = error with a purchase that is unknown."""

    was: str
    becomes: tuple[str, ...]
    by: Mover
    counts_attempt: bool = False


ROW_MOVES = (
    RowMove(was="waiting", becomes=("running",), by="claim"),
    RowMove(was="running", becomes=("done", "held"), by="settle done"),
    RowMove(was="running", becomes=("waiting", "error", "held"), by="settle retry", counts_attempt=True),
    RowMove(was="running", becomes=("error", "waiting", "held"), by="settle give_up", counts_attempt=True),
    RowMove(was="running", becomes=("waiting", "held"), by="settle released"),
    RowMove(was="running", becomes=("waiting", "error", "held"), by="settle outage"),
    RowMove(was="running", becomes=("waiting", "held"), by="release"),
    RowMove(was="running", becomes=("waiting", "held"), by="release_worker"),
    RowMove(
        was="running", becomes=("waiting", "error", "held"), by="release_worker crashed", counts_attempt=True
    ),
    RowMove(was="running", becomes=("waiting", "error", "held"), by="rescue", counts_attempt=True),
    RowMove(was="waiting", becomes=("error", "held", "done"), by="rescue"),
    RowMove(was="waiting", becomes=("error",), by="cancel"),
    RowMove(was="running", becomes=("error",), by="cancel"),
    RowMove(was="held", becomes=("error",), by="cancel"),
    RowMove(was="error", becomes=("waiting",), by="retry"),
    RowMove(was="held", becomes=("waiting",), by="mark secured"),
    RowMove(was="held", becomes=("waiting",), by="allow"),
    RowMove(was="done", becomes=("waiting",), by="backfill"),
)

# How a lease ends: the outcome words of settle; released, crashed, rescued for a holder that is gone;
# cancelled, taken for a row that is no longer as the claim wrote it.
LEASE_ENDS = (
    "done",
    "retry",
    "give_up",
    "released",
    "outage",
    "crashed",
    "rescued",
    "cancelled",
    "taken",
)


@dataclass(frozen=True, kw_only=True)
class PurchaseMove:
    """Who may: live = the buyer's token under a live lease; buyer = that token, live or dead; deliverer =
    a live lease on the purchase's row; settle = with `done`; lease end = it ended without; person."""

    was: PurchaseState
    becomes: PurchaseState
    by: Literal["live", "buyer", "deliverer", "settle", "lease end", "person"]


PURCHASE_MOVES = (
    PurchaseMove(was="intent", becomes="clicked", by="live"),
    PurchaseMove(was="intent", becomes="void", by="buyer"),
    PurchaseMove(was="intent", becomes="void", by="lease end"),
    PurchaseMove(was="intent", becomes="void", by="settle"),
    PurchaseMove(was="clicked", becomes="secured", by="buyer"),
    PurchaseMove(was="clicked", becomes="void", by="buyer"),
    PurchaseMove(was="clicked", becomes="not_sold", by="buyer"),
    PurchaseMove(was="clicked", becomes="unknown", by="buyer"),
    PurchaseMove(was="clicked", becomes="unknown", by="lease end"),
    PurchaseMove(was="clicked", becomes="allowed", by="lease end"),
    PurchaseMove(was="unknown", becomes="secured", by="buyer"),
    PurchaseMove(was="unknown", becomes="allowed", by="person"),
    PurchaseMove(was="secured", becomes="unknown", by="deliverer"),
    PurchaseMove(was="secured", becomes="delivered", by="settle"),
)


def marks() -> dict[tuple[PurchaseState, PurchaseState], str]:
    """The moves that `pool_purchase_mark` takes, with who may ask for them."""
    return {
        (move.was, move.becomes): move.by
        for move in PURCHASE_MOVES
        if move.by in ("live", "buyer", "deliverer")
    }


def row_state(kind: JobKind, status: Status) -> str:
    """waiting, running, done or error; elsewhere = a stage of the row that is not this kind's."""
    if kind not in JOB_KINDS:
        raise ValueError(f"{kind!r} is not a kind of job")
    for state, statuses in (("waiting", WAITING), ("running", RUNNING), ("error", ERROR)):
        if statuses[kind] == status:
            return state
    return "done" if status in DONE[kind] else "elsewhere"
