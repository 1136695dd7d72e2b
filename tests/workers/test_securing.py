"""What was paid for comes into the spool and into the ledger, whatever is in the way."""

import asyncio

import pytest

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.domain.json import JsonObject
from tests.stores.rows import expire
from tests.waiting import async_until
from tests.workers.purse import DOCUMENT, FACTS, HOST, LOSE, PDF, REFUSE, FullDisk, Purse, PurseOpening
from tests.workers.stage import happened


async def test_a_ledger_that_is_away_is_told_when_it_is_back(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        open_purse.line.always["secured"] = REFUSE
        securing = asyncio.create_task(purchase.secure(DOCUMENT, FACTS))
        await async_until(lambda: happened(open_purse.line.said.count("secured") >= 3))
        assert open_purse.state(purchase.id) == "clicked"
        assert (await open_purse.spool.read(purchase.id))[1] == PDF
        open_purse.line.always.clear()
        await securing
        assert open_purse.state(purchase.id) == "secured"


async def test_a_ledger_whose_reply_was_lost_is_told_again(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        open_purse.line.plan["secured"] = [LOSE, LOSE]
        await purchase.secure(DOCUMENT, FACTS)
        assert open_purse.line.said.count("secured") == 3
        assert open_purse.state(purchase.id) == "secured"


@pytest.mark.parametrize("error", [StoreUnreachable("No space left"), StoreError("Permission denied")])
async def test_a_disk_that_takes_nothing_is_tried_until_it_does_and_said_once(
    purse: PurseOpening, error: Exception
) -> None:
    async with purse() as open_purse:
        disk = FullDisk(open_purse.spool.folder, error, error, error)
        purchase = await open_purse.clicked(spool=disk)
        await purchase.secure(DOCUMENT, FACTS)
        assert disk.refusals == []
        assert open_purse.disk == [str(error), ""]
        assert open_purse.state(purchase.id) == "secured"
        assert (await open_purse.spool.read(purchase.id))[1] == PDF


async def test_what_the_site_called_its_document_does_not_keep_the_ledger_from_being_told(
    purse: PurseOpening,
) -> None:
    facts: JsonObject = {"pages": 1, "trail": [{"chosen": "a\0\udcff"}]}
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        kept = await purchase.secure(DOCUMENT, facts)
        assert kept.facts["trail"] == [{"chosen": "a?"}]
        assert open_purse.facts(purchase.id)["trail"] == [{"chosen": "a?"}]


async def lose_lease(open_purse: Purse) -> None:
    expire(open_purse.product)
    await open_purse.queue.rescue()


async def test_a_file_that_came_after_its_lease_was_lost_lets_its_row_wait_for_this_host(
    purse: PurseOpening,
) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        row = purchase.claim.row_id
        await lose_lease(open_purse)
        assert open_purse.state(purchase.id) == "unknown"
        assert (open_purse.row(row)["status_id"], open_purse.row(row)["held"]) == (4, True)
        await purchase.secure(DOCUMENT, FACTS)
        assert open_purse.state(purchase.id) == "secured"
        waiting = open_purse.row(row)
        assert (waiting["status_id"], waiting["held"], waiting["attempts"]) == (1, False, 0)
        assert waiting["error_message"] is None
        assert await open_purse.claim(host="there") is None
        again = await open_purse.claim(host=HOST)
        assert again is not None
        assert (again.row_id, again.token == purchase.claim.token) == (row, False)
        assert again.job["purchase"] == {
            "id": purchase.id,
            "state": "secured",
            "host": HOST,
            "sha256": open_purse.ledger(purchase.id)["sha256"],
        }


async def test_a_row_that_a_person_cancelled_meanwhile_stays_cancelled(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        row = purchase.claim.row_id
        assert await open_purse.queue.cancel("land", row) == "applied"
        cancelled = open_purse.row(row)
        await purchase.secure(DOCUMENT, FACTS)
        assert open_purse.state(purchase.id) == "secured"
        assert open_purse.row(row) == cancelled
        assert cancelled["status_id"] == 4
        assert await open_purse.claim() is None


async def test_a_row_that_was_cancelled_after_it_was_held_stays_cancelled(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        row = purchase.claim.row_id
        await lose_lease(open_purse)
        assert await open_purse.queue.cancel("land", row) == "applied"
        await purchase.secure(DOCUMENT, FACTS)
        assert open_purse.state(purchase.id) == "secured"
        assert open_purse.row(row)["status_id"] == 4
        assert await open_purse.claim() is None
