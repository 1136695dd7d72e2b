import pytest

from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.till import Receipts
from tests.local.replica.visitor import Visitor


@pytest.fixture
def visitor(replica: Replica) -> Visitor:
    """Nobody yet."""
    return Visitor(replica.url)


@pytest.fixture
def client(visitor: Visitor) -> Visitor:
    """Logged in with the first account."""
    visitor.login()
    return visitor


@pytest.fixture
def before(replica: Replica) -> Receipts:
    """What the till held before the test."""
    return replica.till()
