"""One real Valkey for all tests of the limit; each has a limit of its own in it."""

from collections.abc import Iterator

import pytest

from tests.caches import Cache
from tests.clusters import Clusters, remove


@pytest.fixture(scope="package")
def cache(clusters: Clusters) -> Iterator[Cache]:
    folder = clusters.new_folder("quota")
    made = Cache(folder)
    made.start()
    yield made
    made.stop()
    remove(folder)
