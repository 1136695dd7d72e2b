from collections.abc import Iterator

import pytest

from tests.clusters import Cluster, Database
from tests.migrations.hosted import HostedProtocol, open_hosted_protocol
from tests.migrations.protocol import Protocol, open_protocol


@pytest.fixture(scope="session")
def shared_protocol(cluster: Cluster) -> Iterator[Protocol]:
    database = cluster.create_database()
    yield open_protocol(database)
    cluster.drop_database(database)


@pytest.fixture
def protocol(shared_protocol: Protocol) -> Iterator[Protocol]:
    """Empty tables on every PostgreSQL found; the database is shared, so no test changes its shape."""
    yield shared_protocol
    shared_protocol.empty()


@pytest.fixture
def own_protocol(database: Database) -> Protocol:
    """A database of its own, for a test that changes its shape."""
    return open_protocol(database)


@pytest.fixture
def own_hosted_protocol(any_database: Database) -> Iterator[HostedProtocol]:
    """Spoken through a genuine PostgREST, on the newest version: what PostgREST does is the same on each."""
    with open_hosted_protocol(any_database) as protocol:
        yield protocol


@pytest.fixture
def rich(protocol: Protocol) -> Protocol:
    """Budgets far above what a test spends."""
    protocol.afford()
    return protocol
