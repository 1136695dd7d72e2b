"""Supabase projects for tests: `hosted_project` on a fresh migrated database, `storage_project` without."""

from collections.abc import Iterator

import pytest

from tests.clusters import Database
from tests.project.opened import Hosted, hosted, storage_alone


@pytest.fixture
def hosted_project(any_database: Database) -> Iterator[Hosted]:
    with hosted(any_database) as project:
        yield project


@pytest.fixture
def storage_project() -> Iterator[Hosted]:
    with storage_alone() as project:
        yield project
