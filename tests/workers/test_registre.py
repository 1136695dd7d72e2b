"""From a waiting row to its document: a real database, browser, spool and folder, and the replica."""

from poolmgr.domain.json import records, text
from poolmgr.local.replica.control import Replica
from poolmgr.stores.spool import Spool
from poolmgr.workers.salvage import Salvage
from tests.replicas import acte, index, put_accounts, put_orders
from tests.stores.rows import expire
from tests.waiting import async_until
from tests.workers.purse import HOST, Purse, PurseOpening
from tests.workers.shopping import outcome_of, shopping, work_of
from tests.workers.stage import Show, happened


def bought(purse: Purse, row: str) -> dict[str, object]:
    """The one purchase of a row."""
    return dict(purse.one("select * from public.pool_purchases where row_id = %s", row))


async def test_an_index_and_an_acte_are_bought_once_and_delivered_and_the_acte_is_used_again(
    purse: PurseOpening, replica: Replica
) -> None:
    async with purse() as open_purse:
        database = open_purse.database
        put_accounts(database, 1)
        before = replica.till()
        async with shopping(open_purse, replica.url) as show:
            (one,) = put_orders(database, [index("2784195")])
            show.loop.hear({"word": "wake"})
            assert await outcome_of(show, one) == "done"
            (sale,) = replica.till().since(before).sales
            assert (sale.asked.number, sale.asked.cadastre) == ("2784195", "Cadastre du Québec")
            row, ledger = open_purse.row(one), bought(open_purse, one)
            assert (row["status_id"], row["attempts"], ledger["state"]) == (3, 0, "delivered")
            assert ledger["account"] == sale.account
            path = str(row["supabase_path"])
            assert (await open_purse.documents.read(path)).startswith(b"%PDF")
            assert b"<html" in await open_purse.documents.read(path.removesuffix(".pdf") + ".html")
            assert path.endswith(f"-{str(ledger['token'])[:8]}.pdf")
            assert work_of(show.loop).paid == set()
            (said,) = show.parent.events("purchase.secured")
            assert (said["row"], said["purchase"], said["cents"]) == (one, ledger["id"], 150)
            assert said["account"] == sale.account

            two = await bought_next(open_purse, show, "12345")
            three = await bought_next(open_purse, show, "12 345")
            till = replica.till().since(before)
            assert [sale.asked.source for sale in till.sales] == ["index", "acte"]
            assert open_purse.row(three)["supabase_path"] == open_purse.row(two)["supabase_path"]
            trail = records({"trail": open_purse.row(three)["trail"]}, "trail")[-1]
            (reused,) = records(trail, "trail")
            assert reused["reused_purchase"] == bought(open_purse, two)["id"]
            assert text(reused, "bought_at").startswith("20")
            assert len(till.logins) == 1, "the session was kept between the jobs"
            assert open_purse.budget() == (0, 300)
        assert open_purse.one(LENT, "land")["n"] == 0, "the account was given back"
        assert [*(open_purse.folder / "browser").iterdir()] == []
        salvage = Salvage(open_purse.purchases, Spool(open_purse.folder / "paid" / "dev"), HOST)
        assert (await salvage.look()).files == 0
        assert await open_purse.spool.notes() == []


async def bought_next(purse: Purse, show: Show, number: str) -> str:
    """Another acte's row, when it is done."""
    (row,) = put_orders(purse.database, [acte(number)])
    show.loop.hear({"word": "wake"})
    assert await outcome_of(show, row) == "done"
    return row


LENT = "select count(*)::int as n from public.pool_account_leases where registry = %s and ended_at is null"


async def test_of_two_rows_with_the_same_order_one_buys_and_the_other_waits(
    purse: PurseOpening, replica: Replica
) -> None:
    async with purse() as open_purse:
        put_accounts(open_purse.database, 2)
        rows = put_orders(open_purse.database, [index("2784196"), index("2 784 196")])
        before = replica.till()
        async with shopping(open_purse, replica.url) as show:
            outcomes = [await outcome_of(show, row) for row in rows]
        assert sorted(map(str, outcomes)) == ["done", "released"]
        assert len(replica.till().since(before).sales) == 1
        waiting = open_purse.row(rows[outcomes.index("released")])
        assert (waiting["status_id"], waiting["attempts"]) == (1, 0)
        last = records({"trail": waiting["trail"]}, "trail")[-1]
        assert "is being bought by worker-1" in text(last, "error")


async def test_a_site_that_is_down_is_outside_trouble_and_is_asked_again_after_a_rest(
    purse: PurseOpening, replica: Replica
) -> None:
    async with purse() as open_purse:
        put_accounts(open_purse.database, 1)
        replica.fault("error_500", "search", times=1)
        (row,) = put_orders(open_purse.database, [index("2784197")])
        before = replica.till()
        async with shopping(open_purse, replica.url, site_pause_seconds=0.1) as show:
            await async_until(lambda: happened(len(show.parent.heard("settled")) >= 1), 40)
            first = show.parent.heard("settled")[0]
            troubles = [text(one, "error") for one in await show.parent.hears("trouble", 3)]
            open_purse.product.execute("update public.pool_jobs set not_before = now()")
            show.loop.hear({"word": "wake"})

            async def is_done() -> bool:
                return open_purse.row(row)["status_id"] == 3

            await async_until(is_done, 40, "the document")
        assert first["outcome"] == "outage"
        assert troubles[:2] == ["The browser is not proven yet.", ""]
        assert "status 500" in troubles[2]
        assert len(replica.till().since(before).sales) == 1
        assert open_purse.row(row)["attempts"] == 0


async def test_a_file_that_comes_after_its_lease_was_lost_is_kept_and_delivered_by_the_next_claim(
    purse: PurseOpening, replica: Replica
) -> None:
    async with purse() as open_purse:
        put_accounts(open_purse.database, 1)
        replica.fault("hang", "save", times=1)
        (row,) = put_orders(open_purse.database, [index("2784198")])
        before = replica.till()
        async with shopping(open_purse, replica.url) as show:
            await async_until(lambda: happened(replica.steps().waiting.get("save") == 1), 40, "a sale")
            expire(open_purse.product)
            await open_purse.queue.rescue()
            held = open_purse.row(row)
            await async_until(lambda: happened(not show.loop.places[0].leases.confirmed))
            replica.release()

            async def is_done() -> bool:
                return open_purse.row(row)["status_id"] == 3

            show.loop.hear({"word": "wake"})
            await async_until(is_done, 40, "the document")
            settled = await show.parent.hears("settled", 2)
            assert sorted(text(one, "outcome") for one in settled) == ["done", "lost"]
        assert (held["status_id"], held["held"]) == (4, True)
        assert len(replica.till().since(before).sales) == 1
        line = bought(open_purse, row)
        assert (line["state"], open_purse.row(row)["attempts"]) == ("delivered", 0)
