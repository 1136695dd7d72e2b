from collections.abc import Iterator

import pytest

from tests.clusters import Cluster, Database
from tests.migrations.protocol import Protocol, open_protocol


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
def bare(protocol: Protocol) -> Protocol:
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
def rich(protocol: Protocol) -> Protocol:
    """Where money is what the test is about."""
    return protocol
