"""A running replica of the land registry for tests, and what a pool needs to buy from it."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from poolmgr.domain.json import JsonObject
from poolmgr.local.replica import server
from poolmgr.local.replica.accounts import ACCOUNTS
from poolmgr.local.replica.control import Replica
from tests.clusters import Database

START_SECONDS = 30.0
STOP_SECONDS = 10.0


@pytest.fixture(scope="session")
def running_replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    folder = tmp_path_factory.mktemp("replica")
    server.start(server.Server(folder=folder), timeout_seconds=START_SECONDS)
    yield Replica(server.url(folder) or "")
    server.stop(folder, timeout_seconds=STOP_SECONDS)


@pytest.fixture
def replica(running_replica: Replica) -> Iterator[Replica]:
    """As after a start; what it sold before stays in its till."""
    running_replica.reset()
    yield running_replica
    running_replica.reset()


def put_accounts(database: Database, how_many: int = len(ACCOUNTS)) -> None:
    """The replica's accounts into the table of accounts."""
    with database.connect("postgres") as connection:
        for account in ACCOUNTS[:how_many]:
            connection.execute(
                "insert into public.worker_accounts (username, password) values (%s, %s)",
                (account.username, account.password),
            )


def index(number: str, **columns: str) -> JsonObject:
    return {
        "document_source": "index",
        "document_number": number,
        "circonscription_fonciere": "Montréal",
        "cadastre": "Cadastre du Québec",
        **columns,
    }


def acte(number: str, **columns: str) -> JsonObject:
    return {
        "document_source": "acte",
        "document_number": number,
        "circonscription_fonciere": "Montréal",
        "acte_type": "Acte",
        **columns,
    }


def plan(number: str, **columns: str) -> JsonObject:
    return index(number, **columns) | {"document_source": "plan_cadastraux"}


def put_searches(database: Database, *queries: str) -> list[str]:
    """Sessions of the REQ into the queue; their ids."""
    rows = [str(uuid4()) for _ in queries]
    with database.connect("service_role") as connection:
        for row, query in zip(rows, queries, strict=True):
            order = Jsonb({"initial_search_query": query})
            connection.execute("select pool_enqueue(%s, 'req', %s)", (row, order))
    return rows


def put_names(database: Database, *names: str) -> list[str]:
    """Names that a person has selected; the ids of the RDPRM searches that the product's trigger makes."""
    session = str(uuid4())
    rows = []
    with database.connect("service_role") as connection:
        connection.execute(
            "insert into public.search_sessions (id, initial_search_query, status) values (%s, 'x', %s)",
            (session, "pending_name_selection"),
        )
        for name in names:
            chosen = uuid4()
            order = Jsonb({"search_name": name, "search_session_id": session})
            connection.execute("select pool_enqueue(%s, 'rdprm', %s)", (chosen, order))
            found = connection.execute(
                "select id::text from public.rdprm_searches where selected_name_id = %s", (chosen,)
            ).fetchone()
            assert found is not None
            rows.append(str(found[0]))
    return rows


def put_orders(database: Database, orders: Sequence[Mapping[str, object]]) -> list[str]:
    """Land rows into the queue; their ids."""
    rows = [str(uuid4()) for _ in orders]
    with database.connect("service_role") as connection:
        for row, order in zip(rows, orders, strict=True):
            connection.execute("select pool_enqueue(%s, 'land', %s)", (row, Jsonb(dict(order))))
    return rows
