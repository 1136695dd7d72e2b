"""An environment whose database lends the accounts to all, and may be away."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from tests.clusters import Cluster, Database


@pytest.fixture
def lender(newest_cluster: Cluster) -> Iterator[Database]:
    """Beside `any_database`."""
    fresh = newest_cluster.create_database()
    yield fresh
    newest_cluster.drop_database(fresh)


@contextmanager
def nobody_in(database: Database) -> Iterator[None]:
    """Everybody is sent away, and let in again at the end."""
    limit, name = sql.SQL("alter database {} connection limit {}"), sql.Identifier(database.name)
    with psycopg.connect(database.cluster.server.superuser_url, autocommit=True) as guard:
        guard.execute(limit.format(name, 0))
        guard.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [database.name]
        )
        yield
        guard.execute(limit.format(name, -1))
