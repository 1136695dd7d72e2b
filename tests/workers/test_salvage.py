"""The spool after its buyers died: told to the ledger, delivered or left where it is, and never lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from poolmgr.domain.errors import Unreadable
from poolmgr.domain.jobs import Token
from poolmgr.domain.outcomes import Done, Released
from poolmgr.domain.purchases import PurchaseId, Secured
from poolmgr.workers.buying import Purchase
from poolmgr.workers.environments import Watched
from poolmgr.workers.salvage import Found, Salvage, is_stranded
from poolmgr.workers.scout import Scout
from tests.stores.rows import expire
from tests.stores.spools import names
from tests.waiting import async_until
from tests.workers.purse import DEV, FACTS, HOST, PDF, REFUSE, Purse, PurseOpening
from tests.workers.queues import QueueInMemory
from tests.workers.stage import happened, line
from tests.workers.test_scout import CLOCKS


async def look(purse: Purse) -> Found:
    return await Salvage(purse.line, purse.spool, HOST).look()


async def written_and_dead(purse: Purse, identity: str = "a lot") -> Purchase:
    """Its file lies in the spool, and its buyer died before the ledger heard of it."""
    purchase = await purse.clicked(identity=identity)
    await purse.spool.keep(purchase.id, purchase.claim.token, PDF, html=b"<table>", facts=FACTS)
    return purchase


async def test_a_whole_file_whose_purchase_is_clicked_is_secured_in_its_buyers_name(
    purse: PurseOpening,
) -> None:
    async with purse() as open_purse:
        purchase = await written_and_dead(open_purse)
        found = await look(open_purse)
        assert ([*found.recovered], found.files, found.bytes) == ([purchase.id], 1, len(PDF))
        line = open_purse.ledger(purchase.id)
        assert (line["state"], line["host"], line["size"]) == ("secured", HOST, len(PDF))
        assert open_purse.facts(purchase.id)["pages"] == 3
        again = await look(open_purse)
        assert ([*again.recovered], again.files, again.bytes) == ([], 1, len(PDF))


async def test_a_whole_file_whose_purchase_became_unknown_lets_its_row_wait_again(
    purse: PurseOpening,
) -> None:
    async with purse() as open_purse:
        purchase = await written_and_dead(open_purse)
        expire(open_purse.product)
        await open_purse.queue.rescue()
        assert (open_purse.state(purchase.id), await open_purse.claim()) == ("unknown", None)
        assert (await look(open_purse)).recovered == {purchase.id: purchase.claim.row_id}
        assert open_purse.state(purchase.id) == "secured"
        assert await open_purse.claim(host="there") is None
        claim = await open_purse.claim()
        assert claim is not None
        assert claim.row_id == purchase.claim.row_id


async def test_what_is_delivered_is_removed_and_what_is_secured_stays(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        first, second = await open_purse.secured(identity="a"), await open_purse.secured(identity="b")
        outcome = Done(result={"supabase_path": "index/a.pdf"})
        await open_purse.queue.settle(first.claim, outcome)
        found = await look(open_purse)
        assert (found.files, found.bytes, found.recovered) == (1, len(PDF), {})
        kept = sorted(f"{second.id}.{ending}" for ending in ("pdf", "html", "json"))
        assert names(open_purse.spool.folder) == kept


async def test_evidence_and_foreign_files_stay_and_are_not_counted(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        await purchase.close(Unreadable("broken", data=b"half"))
        await open_purse.spool.keep(4711, Token("a token", DEV), PDF, facts={})
        folder = open_purse.spool.folder
        (folder / "notes.txt").write_text("mine")
        there = names(folder)
        found = await look(open_purse)
        assert (found.files, found.bytes, found.recovered) == (0, 0, {})
        assert names(folder) == there
        assert open_purse.state(purchase.id) == "unknown"


@pytest.mark.parametrize("ending", ["pdf", "html"])
async def test_a_file_that_was_found_broken_is_not_called_secured_again(
    purse: PurseOpening, ending: str
) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.secured()
        claim = purchase.claim
        (open_purse.spool.folder / f"{purchase.id}.{ending}").unlink()
        await open_purse.purchases.mark(purchase.id, claim.token, "unknown", {"reason": "gone"})
        await open_purse.queue.settle(claim, Released(error="gone"))
        assert (await look(open_purse)).recovered == {}
        assert open_purse.state(purchase.id) == "unknown"
        assert open_purse.row(claim.row_id)["held"] is True


async def test_a_file_that_a_person_put_back_is_secured_again(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.secured()
        claim, place = purchase.claim, open_purse.spool.folder / f"{purchase.id}.pdf"
        place.unlink()
        await open_purse.purchases.mark(purchase.id, claim.token, "unknown", {"reason": "gone"})
        await open_purse.queue.settle(claim, Released(error="gone"))
        place.write_bytes(PDF)
        assert (await look(open_purse)).recovered == {purchase.id: purchase.claim.row_id}
        assert open_purse.row(claim.row_id)["status_id"] == 1


async def test_a_file_whose_purchase_a_person_allowed_to_be_bought_again_stays(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await written_and_dead(open_purse)
        expire(open_purse.product)
        await open_purse.queue.rescue()
        assert await open_purse.purchases.allow(purchase.id, "marie") == "applied"
        there = names(open_purse.spool.folder)
        assert (await look(open_purse)).files == 0
        assert names(open_purse.spool.folder) == there
        assert open_purse.state(purchase.id) == "allowed"


async def test_a_buyer_that_was_only_slow_and_the_scout_agree(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await written_and_dead(open_purse)
        await look(open_purse)
        assert await purchase.mark("secured", {}) == "already"


async def test_files_of_a_host_that_was_not_seen_for_an_hour_are_stranded(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.secured()
        there = Salvage(open_purse.purchases, open_purse.spool, "there")
        assert (await there.look()).stranded == ()
        await look(open_purse)
        see(open_purse, "59 minutes")
        assert (await there.look()).stranded == ()
        see(open_purse, "61 minutes")
        found = await there.look()
        (stranded,) = found.stranded
        assert (stranded.id, stranded.host, stranded.row_id) == (purchase.id, HOST, purchase.claim.row_id)
        assert found.as_json() == {
            "environment": "dev",
            "files": 1,
            "bytes": len(PDF),
            "stranded": [{"id": purchase.id, "host": HOST, "row": purchase.claim.row_id}],
        }
        assert (await look(open_purse)).stranded == (), "who looks is not absent"


def see(purse: Purse, ago: str) -> None:
    """The buyer's host was seen that long ago."""
    purse.product.execute(
        "update public.pool_hosts set seen_at = now() - %s::interval where host = %s", (ago, HOST)
    )


def test_a_host_that_was_never_seen_is_absent_an_hour_after_it_bought() -> None:
    now = datetime.now(UTC)
    bought = Secured(
        id=PurchaseId(1),
        row_id="r",
        kind="land",
        host="there",
        secured_at=(now - timedelta(minutes=59)).isoformat(),
        host_seen_seconds=None,
    )
    assert not is_stranded(bought, "here")
    earlier = replace(bought, secured_at=(now - timedelta(minutes=61)).isoformat())
    assert is_stranded(earlier, "here")
    assert not is_stranded(earlier, "there")
    assert not is_stranded(replace(earlier, host_seen_seconds=3599.0), "here")
    assert is_stranded(replace(bought, host_seen_seconds=3601.0), "here")


@asynccontextmanager
async def running(scout: Scout) -> AsyncIterator[None]:
    ending = asyncio.create_task(scout.run())
    try:
        yield
    finally:
        scout.hear({"word": "stop"})
        await asyncio.wait({ending})


async def test_the_scout_tells_what_it_found_again_and_again_and_what_it_saved_once(
    purse: PurseOpening,
) -> None:
    async with purse() as open_purse, line() as (parent, pipe):
        purchase = await written_and_dead(open_purse)
        open_purse.line.plan["secured"] = [REFUSE]
        salvage = Salvage(open_purse.line, open_purse.spool, HOST)
        watched = Watched(queue=QueueInMemory("dev"), configuration=dict, salvage=salvage)
        scout = Scout([watched], host=HOST, clocks=replace(CLOCKS, spool=0.05), pipe=pipe)
        async with running(scout):
            spools = await parent.hears("spool", 3)
            assert len(parent.events("spool.unanswered")) == 1
            assert len(parent.events("spool.answered")) == 1
            await async_until(lambda: happened(bool(parent.events("purchase.recovered"))))
        assert parent.events("purchase.recovered") == [
            {"environment": "dev", "row": purchase.claim.row_id, "purchase": purchase.id}
        ]
        assert spools[0] == {
            "word": "spool",
            "environment": "dev",
            "files": 1,
            "bytes": len(PDF),
            "stranded": [],
        }
