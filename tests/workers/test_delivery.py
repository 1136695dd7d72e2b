"""A paid file on its way from the spool to storage."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from poolmgr.domain.errors import PoolError, StoreError, StoreUnreachable
from poolmgr.domain.jobs import Claim
from poolmgr.domain.json import JsonObject, records, text
from poolmgr.domain.outcomes import Done, GiveUp, Outcome, Released
from poolmgr.domain.ports import Documents
from poolmgr.registries.foncier.fetching import Document
from poolmgr.workers.buying import Purchase
from poolmgr.workers.delivery import deliver, place
from tests.stores.rows import cell
from tests.workers.purse import ASKED, DOCUMENT, FACTS, HOST, PDF, Purse, PurseOpening
from tests.workers.queues import DocumentsInMemory

WAIT_SECONDS = 30.0


async def delivered(
    purse: Purse, claim: Claim, purchase: Purchase, documents: Documents | None = None
) -> Outcome:
    return await deliver(
        claim,
        purchase.id,
        spool=purse.spool,
        purchases=purse.purchases,
        documents=documents or purse.documents,
        wait_seconds=WAIT_SECONDS,
    )


class Away(DocumentsInMemory):
    """Storage that takes nothing, or nothing but the first file."""

    def __init__(self, error: PoolError, takes: int = 0) -> None:
        super().__init__()
        self.error = error
        self.takes = takes

    async def write(self, path: str, data: bytes) -> None:
        if not self.takes:
            raise self.error
        self.takes -= 1
        await super().write(path, data)


async def test_a_document_is_stored_with_its_page_beside_it_and_its_row_is_done(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.secured()
        outcome = await delivered(open_purse, purchase.claim, purchase)
        assert isinstance(outcome, Done)
        path, html = text(outcome.result, "supabase_path"), text(outcome.result, "html_path")
        assert path.startswith("index/2784195-Montr_al-Cadastre_du_Qu_bec-")
        assert html == path.removesuffix(".pdf") + ".html"
        assert await open_purse.documents.read(path) == PDF
        assert await open_purse.documents.read(html) == b"<table>"
        sha256 = open_purse.ledger(purchase.id)["sha256"]
        assert outcome.result | {"supabase_path": "", "html_path": ""} == {
            "supabase_path": "",
            "html_path": "",
            "pages": 3,
            "sha256": sha256,
            "purchase_id": purchase.id,
            "found_as": FACTS["found_as"],
        }
        assert outcome.trail[0] == {"purchase": purchase.id, "pages": 3}
        assert outcome.trail[1:] == FACTS["trail"]
        assert await open_purse.queue.settle(purchase.claim, outcome) == "applied"
        assert open_purse.state(purchase.id) == "delivered"
        assert open_purse.facts(purchase.id)["supabase_path"] == path
        query = "select found_as from public.pool_jobs_list(jsonb_build_object('row_id', %s::text), 1)"
        assert open_purse.one(query, purchase.claim.row_id)["found_as"] == FACTS["found_as"]
        row = open_purse.row(purchase.claim.row_id)
        assert (row["status_id"], row["supabase_path"], row["attempts"]) == (3, path, 0)


async def test_a_document_without_a_page_is_stored_alone(purse: PurseOpening) -> None:
    documents = DocumentsInMemory()
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        await purchase.secure(Document(asked=ASKED, pdf=PDF, pages=1), {"pages": 1})
        outcome = await delivered(open_purse, purchase.claim, purchase, documents)
        assert isinstance(outcome, Done)
        assert [*documents.files] == [outcome.result["supabase_path"]]
        assert "html_path" not in outcome.result


async def test_the_name_of_an_object_ends_in_the_start_of_its_owners_token(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        claim = await open_purse.claimed(document_number="1 234 567", cadastre="Cadastre du Québec")
        path = place(claim)
        assert path.startswith("index/1234567-")
        assert path.endswith(f"-{claim.token[:8]}.pdf")
        acte = await open_purse.claimed(
            document_source="acte",
            document_number="12 345",
            circonscription_fonciere="Laval",
            acte_type="Acte",
        )
        assert place(acte).startswith("actes/12345-Laval-")
        plan = await open_purse.claimed(document_source="plan_cadastraux")
        assert place(plan).startswith("plans-cadastraux/2784195-")
        assert place(plan).endswith(f"-{plan.token[:8]}.pdf")


def notes_of(purse: Purse, row_id: str) -> list[JsonObject]:
    return records({"trail": purse.row(row_id)["trail"]}, "trail")


@pytest.mark.parametrize(
    "away",
    [
        Away(StoreUnreachable("no answer")),
        Away(StoreError("not allowed")),
        Away(StoreUnreachable("no answer"), takes=1),
    ],
    ids=["away", "refuses", "away in the middle"],
)
async def test_while_storage_is_away_its_row_waits_for_this_host_and_no_attempt_is_counted(
    purse: PurseOpening, away: Away
) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.secured()
        row = purchase.claim.row_id
        claim: Claim | None = purchase.claim
        for _ in range(4):
            assert claim is not None
            outcome = await delivered(open_purse, claim, purchase, away)
            assert isinstance(outcome, Released)
            assert outcome.after_seconds == WAIT_SECONDS
            assert outcome.error.startswith("Bought and kept, but not stored: ")
            assert await open_purse.queue.settle(claim, outcome) == "applied"
            waiting = open_purse.row(row)
            assert (waiting["status_id"], waiting["attempts"], waiting["held"]) == (1, 0, False)
            assert open_purse.state(purchase.id) == "secured"
            assert await open_purse.claim(host=HOST) is None, "not before its time"
            assert await open_purse.offered_again("there") is None
            claim = await open_purse.offered_again()
        assert claim is not None
        outcome = await delivered(open_purse, claim, purchase)
        assert await open_purse.queue.settle(claim, outcome) == "applied"
        assert open_purse.state(purchase.id) == "delivered"
        assert (open_purse.row(row)["status_id"], open_purse.row(row)["attempts"]) == (3, 0)
        path = str(cell(open_purse.product, "extraction_queue", row, "supabase_path"))
        assert path.endswith(f"-{claim.token[:8]}.pdf")
        assert await open_purse.documents.read(path) == PDF


def remove_document(folder: Path, purchase: int) -> None:
    (folder / f"{purchase}.pdf").unlink()


def remove_note(folder: Path, purchase: int) -> None:
    (folder / f"{purchase}.json").unlink()


def remove_page(folder: Path, purchase: int) -> None:
    (folder / f"{purchase}.html").unlink()


def change_document(folder: Path, purchase: int) -> None:
    (folder / f"{purchase}.pdf").write_bytes(PDF[:-1] + b"X")


def break_note(folder: Path, purchase: int) -> None:
    note = folder / f"{purchase}.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | {"schema": 99}))


def swap_document(folder: Path, purchase: int) -> None:
    (folder / "elsewhere").write_bytes(PDF)
    (folder / f"{purchase}.pdf").unlink()
    (folder / f"{purchase}.pdf").symlink_to(folder / "elsewhere")


@pytest.mark.parametrize(
    "damage", [remove_document, remove_note, remove_page, change_document, break_note, swap_document]
)
async def test_a_file_that_is_gone_or_changed_is_unknown_and_its_row_held(
    purse: PurseOpening, damage: Callable[[Path, int], None]
) -> None:
    documents = DocumentsInMemory()
    async with purse() as open_purse:
        purchase = await open_purse.secured()
        damage(open_purse.spool.folder, purchase.id)
        outcome = await delivered(open_purse, purchase.claim, purchase, documents)
        assert isinstance(outcome, GiveUp)
        assert documents.files == {}
        assert open_purse.state(purchase.id) == "unknown"
        assert open_purse.facts(purchase.id)["reason"] == outcome.error
        assert await open_purse.queue.settle(purchase.claim, outcome) == "applied"
        row = open_purse.row(purchase.claim.row_id)
        assert (row["status_id"], row["held"], row["attempts"]) == (4, True, 0)
        assert f"registre-pool purchases show {purchase.id}" in str(row["error_message"])


async def test_a_spool_whose_disk_does_not_answer_is_asked_again_later(
    purse: PurseOpening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.secured()

        async def read(_: int) -> None:
            raise StoreUnreachable("Input/output error")

        with monkeypatch.context() as patched:
            patched.setattr(open_purse.spool, "read", read)
            outcome = await delivered(open_purse, purchase.claim, purchase)
        assert outcome == Released(
            error="The spool cannot be read: Input/output error", after_seconds=WAIT_SECONDS
        )
        assert open_purse.state(purchase.id) == "secured"
        await open_purse.queue.settle(purchase.claim, outcome)
        again = await open_purse.offered_again()
        assert again is not None
        assert isinstance(await delivered(open_purse, again, purchase), Done)


async def test_a_worker_that_lost_the_row_cannot_call_its_file_unknown(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.secured()
        await open_purse.queue.release([purchase.claim.token], "stop")
        later = await open_purse.claim()
        assert later is not None
        remove_document(open_purse.spool.folder, purchase.id)
        await delivered(open_purse, purchase.claim, purchase)
        assert open_purse.state(purchase.id) == "secured"
        await delivered(open_purse, later, purchase)
        assert open_purse.state(purchase.id) == "unknown"


async def test_a_page_with_strange_text_is_delivered_with_its_trail(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        await purchase.secure(DOCUMENT, {"pages": 1, "trail": [{"chosen": "a\0b\udcff"}]})
        outcome = await delivered(open_purse, purchase.claim, purchase)
        await open_purse.queue.settle(purchase.claim, outcome)
        assert open_purse.state(purchase.id) == "delivered"
        (entry,) = [one for one in notes_of(open_purse, purchase.claim.row_id) if one["outcome"] == "done"]
        assert records(entry, "trail")[1] == {"chosen": "ab?"}
