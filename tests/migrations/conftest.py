import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from poolmgr.local import roles
from poolmgr.local.postgres import SUPERUSER
from poolmgr.stores import migrations
from tests.clusters import Cluster, Database
from tests.migrations.hosted import HostedProtocol, open_hosted_protocol
from tests.migrations.protocol import Protocol, open_protocol

NUMBERS = count(1)
OLDER = Path(__file__).parent
SHAPES = {"third": ["predecessor.sql"], "fifth": ["predecessor.sql", "predecessor_005.sql"]}
"""By the last migration of the predecessor that an environment got."""


@pytest.fixture(scope="session")
def shared_protocol(cluster: Cluster) -> Iterator[Protocol]:
    database = cluster.create_database()
    yield open_protocol(database)
    cluster.drop_database(database)


@pytest.fixture
def protocol(shared_protocol: Protocol) -> Iterator[Protocol]:
    """Empty tables on every PostgreSQL found, and no budget that stops a claim; the database is shared, so no
    test changes its shape."""
    shared_protocol.afford()
    yield shared_protocol
    shared_protocol.empty()


@pytest.fixture
def penniless(protocol: Protocol) -> Protocol:
    """As after the migrations: nothing was configured, so nothing may be bought."""
    protocol.empty()
    return protocol


@pytest.fixture
def own_protocol(database: Database) -> Protocol:
    """A database of its own, for a test that changes its shape."""
    own = open_protocol(database)
    own.afford()
    return own


@pytest.fixture
def own_hosted_protocol(any_database: Database) -> Iterator[HostedProtocol]:
    """Spoken through a genuine PostgREST, on the newest version: what PostgREST does is the same on each."""
    with open_hosted_protocol(any_database) as protocol:
        yield protocol


@pytest.fixture
def rich(protocol: Protocol) -> Protocol:
    """Where money is what the test is about."""
    return protocol


@pytest.fixture
def bare(cluster: Cluster) -> Iterator[Database]:
    """A hosted database without any table."""
    name = f"bare_{next(NUMBERS)}"
    roles.create_database(cluster.server.superuser_url, name)
    roles.prepare(cluster.server.url(SUPERUSER, name))
    database = Database(cluster=cluster, name=name)
    yield database
    database.close()
    cluster.run(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(params=list(SHAPES))
def predecessors(request: pytest.FixtureRequest, bare: Database) -> Protocol:
    """The predecessor's database with rows in every state, migrated, with budgets that stop no claim."""
    with psycopg.connect(bare.url, autocommit=True) as owner:
        for script in SHAPES[request.param]:
            owner.execute((OLDER / script).read_bytes())
    asyncio.run(migrations.apply(bare.url))
    migrated = open_protocol(bare)
    migrated.afford()
    return migrated
