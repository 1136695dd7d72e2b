"""A project whose database goes and comes back behind its PostgREST: an outage, as over a connection."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.audit import Audit
from tests.chaos.faults import wait_until_busy
from tests.chaos.test_outages import OUTAGES, is_down
from tests.chaos.watch import Watch
from tests.clusters import Cluster
from tests.pools import Pool
from tests.project.opened import Hosted, hosted
from tests.projects import NOT_DIRECT, known_as, put_scans
from tests.waiting import until

KINDS = ("ocr_index", "ocr_acte")
MOST_DESCRIPTORS = 40
BACK_SECONDS = 40.0
"""PostgREST looks for its database again after pauses of its own, each twice as long."""


@pytest.fixture
def private_project(private_cluster: Cluster) -> Iterator[Hosted]:
    with hosted(private_cluster.create_database()) as project:
        yield project


@pytest.mark.proof
@pytest.mark.parametrize("outage", ["killed", "frozen"])
def test_a_database_that_goes_behind_its_postgrest_costs_no_job_and_no_attempt(
    private_cluster: Cluster,
    private_project: Hosted,
    tmp_path: Path,
    slow_scan: bytes,
    short_scan: bytes,
    outage: str,
) -> None:
    assert private_project.database is not None
    audit = Audit(private_project.database)
    rows = put_scans(private_project, [(kind, slow_scan) for kind in KINDS])
    rows += put_scans(private_project, [(kind, short_scan) for kind in KINDS])
    go, come_back = OUTAGES[outage]
    own = {**NOT_DIRECT, **known_as("dev", private_project), "registre__enabled": False}
    with Pool(tmp_path, private_project.database, **own) as pool:
        with Watch(pool) as watch:
            wait_until_busy(pool, 2)
            assert audit.open_leases() >= 2
            go(private_cluster)
            until(lambda: is_down(pool), 15, "the pool's notice")
            come_back(private_cluster)
            until(lambda: pool.events("environment.up"), BACK_SECONDS, "the pool's notice of the end")
            until(lambda: audit.is_settled(rows), BACK_SECONDS, "the end of the jobs")
        assert pool.stop() == 0
    audit.check_done_once(rows)
    assert audit.attempts(rows) == [0] * len(rows)
    watch.check(MOST_DESCRIPTORS)
