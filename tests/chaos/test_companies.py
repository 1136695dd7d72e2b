"""A pool as operators start it, with sessions of the REQ beside its other work."""

import os
import signal
from pathlib import Path

from poolmgr.domain.json import records, text, whole
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.req.control import ReqReplica
from poolmgr.pool import control
from tests.clusters import Database
from tests.pools import Pool, states
from tests.replicas import index, put_accounts, put_orders, put_searches
from tests.waiting import until

COMPANIES = "select count(*), count(distinct neq) from public.req_companies where search_session_id = %s"


def pool_at(replica: Replica, folder: Path, database: Database) -> Pool:
    settings: dict[str, str | float] = {
        "ocr__children": 0,
        "foncier__url": replica.url,
        "req__url": ReqReplica(replica).url,
        "req__pause_seconds": 0,
        "money__land_cents_a_day": 10_000,
    }
    return Pool(folder, database, **settings)


def companies(database: Database, row: str) -> tuple[int, int]:
    """How many the session has, and how many of them are different."""
    with database.connect("service_role") as connection:
        found = connection.execute(COMPANIES, (row,)).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def test_a_search_whose_child_was_killed_is_made_again_and_its_companies_are_there_once(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    req = ReqReplica(replica)
    req.fault("hang", "company")
    with pool_at(replica, tmp_path, any_database) as pool:
        (row,) = put_searches(any_database, "quincaillerie")
        until(lambda: bool(req.visits().waiting), 40, "a company that does not come")
        os.kill(whole(pool.child("registre-1"), "pid"), signal.SIGKILL)
        until(lambda: states(any_database, [row]) == ["done"], 40, "the second search")
        assert pool.stop() == 0
    assert companies(any_database, row) == (3, 3)
    assert [*(tmp_path / "browser").iterdir()] == []


def test_while_the_register_of_companies_refuses_land_documents_are_bought(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    req = ReqReplica(replica)
    req.fault("ban", "page", times=None)
    put_accounts(any_database, 1)
    with pool_at(replica, tmp_path, any_database) as pool:
        searches = put_searches(any_database, "quincaillerie", "laiterie", "fournil")
        until(lambda: bool(pool.events("registry.banned")), 40, "the ban")
        orders = put_orders(any_database, [index("2784195")])
        until(lambda: is_downloaded(any_database, orders), 40, "a document")
        assert states(any_database, searches) == ["waiting"] * 3
        assert req.visits().reached["page"] <= 2, "one for each session of the browser at most"
        decided = records(control.ask(pool.control_path, "decisions", 5), "decisions")
        (ban,) = [one for one in decided if text(one, "event") == "registry.banned"]
        assert "left alone for 3600 s" in text(ban, "why")
        assert pool.stop() == 0


def is_downloaded(database: Database, rows: list[str]) -> bool:
    """Downloaded: without children for it, nobody reads it."""
    with database.connect("service_role") as connection:
        query = "select count(*) from public.extraction_queue where id = any(%s::uuid[]) and status_id = 3"
        found = connection.execute(query, (rows,)).fetchone()
    return found == (len(rows),)
