"""Supabase projects for tests: `hosted_project` on a fresh migrated database, `storage_project` without."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from poolmgr.stores.paths import BUCKETS
from tests.clusters import Database
from tests.pools import Setting
from tests.project.keys import key
from tests.project.opened import Hosted, hosted, storage_alone
from tests.project.storage import Object


@pytest.fixture
def hosted_project(any_database: Database) -> Iterator[Hosted]:
    with hosted(any_database) as project:
        yield project


@pytest.fixture
def storage_project() -> Iterator[Hosted]:
    with storage_alone() as project:
        yield project


NOT_DIRECT: Mapping[str, Setting] = MappingProxyType(
    {
        "environments__dev__database_url": None,
        "environments__dev__documents_folder": None,
        "environments__dev__predecessor_beside": None,
    }
)
"""Takes the environment dev of `Pool` out of its config.toml."""


def known_as(name: str, project: Hosted) -> dict[str, Setting]:
    """The keys by which config.toml knows an environment by its project alone."""
    return {
        f"environments__{name}__supabase_url": project.url,
        f"environments__{name}__service_key": key("service_role"),
        f"environments__{name}__predecessor_beside": False,
    }


def put_scans(project: Hosted, documents: Iterable[tuple[str, bytes]]) -> list[str]:
    """As `tests.pools.put`, into the project's Storage."""
    assert project.database is not None
    rows = []
    with project.database.connect("service_role") as connection:
        for kind, data in documents:
            row = str(uuid4())
            put_scan(project, connection, row, kind, data)
            rows.append(row)
    return rows


def put_scan(project: Hosted, connection: psycopg.Connection, row: str, kind: str, data: bytes) -> None:
    bucket = BUCKETS[kind.removeprefix("ocr_")]
    stored = Object(data=data, content_type="application/pdf")
    with project.storage.lock:
        project.storage.buckets[bucket].objects[f"{row}.pdf"] = stored
    job = {"document_number": "1 234 567", "supabase_path": f"{bucket}/{row}.pdf"}
    connection.execute("select pool_enqueue(%s, %s, %s)", (row, kind, Jsonb(job)))


def lying_there(project: Hosted) -> dict[str, Object]:
    """Everything in Storage, by `bucket/object`."""
    with project.storage.lock:
        return {
            f"{bucket.name}/{name}": found
            for bucket in project.storage.buckets.values()
            for name, found in bucket.objects.items()
        }
