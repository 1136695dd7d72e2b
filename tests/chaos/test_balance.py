"""The children that read follow the work, without a restart."""

import time
from pathlib import Path

import pytest

from poolmgr.domain.json import records, text
from tests.chaos.audit import Audit
from tests.clusters import Database
from tests.pools import Pool, put
from tests.waiting import until

CHILDREN = 4
SHARE = 0.8
FOLLOWS_SECONDS = 45.0


class Watched:
    """How many of the children hold a job of a kind, each time somebody looks: idle seconds count, too."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.pids = self.who()

    def who(self) -> dict[str, object]:
        return {text(child, "name"): child["pid"] for child in self.pool.children()}

    def share(self, kind: str, seconds: float) -> float:
        """Of the seconds of all children from now on, those that go to that kind."""
        of_kind = of_all = 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for child in self.pool.children():
                of_all += 1
                of_kind += any(text(job, "kind") == kind for job in records(child, "jobs"))
        return of_kind / of_all


def follow(watched: Watched, kind: str) -> None:
    until(lambda: watched.share(kind, 1.0) >= SHARE, FOLLOWS_SECONDS, f"most seconds on {kind}")
    assert watched.who() == watched.pids


def check_it_follows(pool: Pool, database: Database, audit: Audit, scan: bytes, documents: int) -> None:
    pool.wait_until_ready()
    watched = Watched(pool)
    actes = put(pool.folder, database, [("ocr_acte", scan)] * documents)
    follow(watched, "ocr_acte")
    until(lambda: audit.is_settled(actes), 300, "the actes")
    indexes = put(pool.folder, database, [("ocr_index", scan)] * documents)
    follow(watched, "ocr_index")
    until(lambda: audit.is_settled(indexes), 300, "the indexes")
    audit.check_done_once([*actes, *indexes])
    assert pool.stop() == 0


@pytest.mark.proof
def test_children_go_where_the_work_is_and_back_without_a_restart(
    any_database: Database, tmp_path: Path, audit: Audit, slow_scan: bytes
) -> None:
    settings = {"ocr__children": CHILDREN, "ocr__jobs_at_once": 1}
    with Pool(tmp_path, any_database, **settings) as pool:
        check_it_follows(pool, any_database, audit, slow_scan, 6)


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_forty_actes_and_then_forty_indexes_get_nearly_all_seconds_each(
    any_database: Database, tmp_path: Path, audit: Audit, slow_scan: bytes
) -> None:
    with Pool(tmp_path, any_database, ocr__children=CHILDREN) as pool:
        check_it_follows(pool, any_database, audit, slow_scan, 40)
