from collections.abc import Iterator

import pytest

from tests.chaos import papers
from tests.chaos.audit import Audit
from tests.chaos.realm import Realm, realm
from tests.clusters import Cluster, Database


@pytest.fixture
def audit(any_database: Database) -> Audit:
    return Audit(any_database)


@pytest.fixture
def two(newest_cluster: Cluster) -> Iterator[Realm]:
    """prod and staging, each a project with a database of its own."""
    with realm(newest_cluster, "prod", "staging") as projects:
        yield projects


@pytest.fixture(scope="session")
def slow_scan() -> bytes:
    """Six pages, about three seconds of reading."""
    return papers.scan(6)


@pytest.fixture(scope="session")
def short_scan() -> bytes:
    """Two pages, about one second of reading."""
    return papers.scan(2)


@pytest.fixture(scope="session")
def slip() -> bytes:
    return papers.slip()
