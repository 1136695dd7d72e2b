import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from poolmgr.domain.json import records
from tests.chaos.audit import Audit
from tests.chaos.faults import Victim, try_freezing
from tests.chaos.watch import OWN_SOCKETS, Watch, descriptors, figures
from tests.clusters import Database
from tests.pools import Pool, put
from tests.waiting import until

Record = Callable[[str, object], None]
REST = 20
KILL_EVERY_SECONDS = 0.3
CHILDREN = {"ocr__children": 4}
# Every death here is quick: the pauses between restarts are those of a minute's storm, not of an hour's.
PAUSES = {"pool__restart_first_seconds": 0.05, "pool__restart_max_seconds": 0.5}
MOST_DESCRIPTORS = 40


@dataclass(frozen=True, kw_only=True)
class Size:
    """How long it falls, on how many jobs at least, and how many have to be hit."""

    seconds: float
    jobs: int
    kills: int


SHORT, LONG = Size(seconds=4, jobs=40, kills=8), Size(seconds=20, jobs=200, kills=40)


class Hail:
    """Kills one child at random every so often, each only when it held a lease, as long as it falls."""

    def __init__(self, pool: Pool, audit: Audit, slip: bytes, jobs: int) -> None:
        self.pool = pool
        self.audit = audit
        self.slip = slip
        self.jobs = jobs
        self.rows: list[str] = []
        self.victims: list[Victim] = []

    def fall(self, seconds: float, every_seconds: float) -> None:
        began = time.monotonic()

        def is_over() -> bool:
            now = time.monotonic() - began
            if now >= every_seconds * len(self.victims) and (victim := try_freezing(self.pool, self.audit)):
                victim.kill()
                self.victims.append(victim)
                self.feed()
            return now > seconds

        until(is_over, seconds + 10, "the end of the hail")

    def feed(self) -> None:
        """A quick machine must not be through before the hail is."""
        if not self.rows:
            self.add(self.jobs)
        elif self.audit.unsettled(self.rows) < REST:
            self.add(REST)

    def add(self, how_many: int) -> None:
        kinds = ("ocr_index", "ocr_acte") * (how_many // 2)
        self.rows += put(self.pool.folder, self.audit.database, [(kind, self.slip) for kind in kinds])


@pytest.mark.parametrize("size", [SHORT, pytest.param(LONG, marks=pytest.mark.proof)], ids=["short", "long"])
def test_jobs_under_a_hail_of_kills_are_each_done_once(
    any_database: Database, tmp_path: Path, audit: Audit, slip: bytes, record_property: Record, size: Size
) -> None:
    audit.allow_attempts(1000)
    with Pool(tmp_path, any_database, **CHILDREN, **PAUSES) as pool:
        hail = Hail(pool, audit, slip, size.jobs)
        hail.feed()
        with Watch(pool) as watch:
            hail.fall(size.seconds, KILL_EVERY_SECONDS)
            until(lambda: audit.is_settled(hail.rows), 30, "the end of the jobs")
            until(lambda: len(pool.children()) == 4 and pool.is_ready(), 5, "four children")
            until(lambda: pool.status().get("releases_pending") == 0, 5, "the last release")
        record_property("jobs", len(hail.rows))
        record_property("kills_with_a_lease", len(hail.victims))
        record_property("leases_crashed", audit.counted("crashed"))
        record_property("control", figures(watch.latencies))
        record_property("descriptors", f"{min(watch.descriptors)} to {max(watch.descriptors)}")
        check_parent_is_alone(pool)
        assert pool.events("child.not_forked") == []
        assert pool.stop() == 0
    audit.check_done_once(hail.rows)
    watch.check(MOST_DESCRIPTORS)
    assert len(hail.rows) >= size.jobs
    assert len(hail.victims) >= size.kills
    hit = [victim for victim in hail.victims if "crashed" in audit.outcomes(victim.leases)]
    assert len(hit) >= len(hail.victims) - 1, "kills whose victim had just settled"
    assert sum(audit.attempts(hail.rows)) == audit.counted("crashed")


def check_parent_is_alone(pool: Pool) -> None:
    """Between two questions: no socket but its own and one per child, and one descriptor per child more."""

    def sockets() -> int:
        links = descriptors(Path(f"/proc/{pool.pid}/fd"))
        return sum(link.startswith("socket:") for link in links)

    children = len(records(pool.status(), "children"))
    until(lambda: sockets() == OWN_SOCKETS + children, 5, "no socket of anybody else")
