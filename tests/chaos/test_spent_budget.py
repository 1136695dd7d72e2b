"""A day's budget that ends in the middle: what is paid comes home, the rest waits untouched, and is said."""

from pathlib import Path

from poolmgr.local.replica.control import Replica
from tests.chaos.market import BOUGHT, WAITING, Market, an_index
from tests.clusters import Database
from tests.pools import command
from tests.waiting import until

SPENT = "dev: land: the day's budget is spent: 3.00 of 4.49 CAD"


def test_rows_beyond_the_budget_wait_without_a_claim_until_there_is_more(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, any_database, replica, money__land_cents_a_day=449) as market:
        rows = market.order(*(an_index() for _ in range(4)))
        for row in rows[:2]:
            market.wait_for(row, BOUGHT)
        until(lambda: market.pool.events("budget.reached"), 20, "the word that nothing is left")
        (reached,) = market.pool.events("budget.reached")
        assert reached["level"] == "warning"
        until(lambda: SPENT in said(market, "status"), 20, "the cents of two documents")
        for row in rows[2:]:
            assert (market.books.job(row).status, market.books.tries(row)) == (WAITING, 0)
        assert market.books.query("select count(*) from public.pool_leases") == [(2,)]
        market.pool.configure(money__land_cents_a_day=600)
        said(market, "reload")
        for row in rows[2:]:
            market.wait_for(row, BOUGHT)
        assert [market.books.tries(row) for row in rows] == [1, 1, 1, 1]
        market.close()


def said(market: Market, *words: str) -> str:
    return command("--config", str(market.pool.config), *words, folder=market.folder).stdout
