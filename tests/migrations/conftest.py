import pytest

from tests.clusters import Database
from tests.migrations.protocol import Protocol, open_protocol


@pytest.fixture
def protocol(database: Database) -> Protocol:
    """A fresh database of our own, on every PostgreSQL found."""
    return open_protocol(database)
