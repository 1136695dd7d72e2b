import time
from collections.abc import Callable
from pathlib import Path

from poolmgr.domain.json import records
from tests.chaos.audit import Audit
from tests.chaos.faults import Victim, try_freezing
from tests.chaos.watch import OWN_SOCKETS, Watch, descriptors
from tests.clusters import Database
from tests.pools import Pool, put
from tests.waiting import until

Record = Callable[[str, object], None]
JOBS = 200
KILL_EVERY_SECONDS = 0.3
KILLING_SECONDS = 20.0
LEAST_KILLS = 40
CHILDREN = {"ocr__index_children": 2, "ocr__acte_children": 2}
# Every death here is quick: the pauses between restarts are those of a minute's storm, not of an hour's.
PAUSES = {"pool__restart_first_seconds": 0.05, "pool__restart_max_seconds": 0.5}
MOST_DESCRIPTORS = 60


def kill_holders(pool: Pool, audit: Audit, seconds: float, every_seconds: float) -> list[Victim]:
    """One at random every so often, each only when it held a lease."""
    victims: list[Victim] = []
    began = time.monotonic()

    def kill_next() -> bool:
        due = began + every_seconds * len(victims)
        if time.monotonic() >= due and (victim := try_freezing(pool, audit)):
            victim.kill()
            victims.append(victim)
        return time.monotonic() > began + seconds

    until(kill_next, seconds + 10, "the end of the killing")
    return victims


def test_two_hundred_jobs_under_a_hail_of_kills_are_each_done_once(
    any_database: Database, tmp_path: Path, audit: Audit, slip: bytes, record_property: Record
) -> None:
    rows = put(tmp_path, any_database, [(kind, slip) for kind in ("ocr_index", "ocr_acte") * (JOBS // 2)])
    audit.allow_attempts(1000)
    with Pool(tmp_path, any_database, **CHILDREN, **PAUSES) as pool:
        with Watch(pool) as watch:
            victims = kill_holders(pool, audit, KILLING_SECONDS, KILL_EVERY_SECONDS)
            until(lambda: audit.is_settled(rows), 25, "the end of the jobs")
            until(lambda: len(pool.children()) == 4 and pool.is_ready(), 5, "four children")
            until(lambda: pool.status().get("releases_pending") == 0, 5, "the last release")
        record_property("kills_with_a_lease", len(victims))
        record_property("leases_crashed", audit.counted("crashed"))
        record_property("control", watch.figures())
        record_property("descriptors", f"{min(watch.descriptors)} to {max(watch.descriptors)}")
        check_parent_is_alone(pool)
        assert pool.stop() == 0
    audit.check_done_once(rows)
    watch.check(MOST_DESCRIPTORS)
    assert len(victims) >= LEAST_KILLS
    hit = [victim for victim in victims if "crashed" in audit.outcomes(victim.leases)]
    assert len(hit) >= len(victims) - 1, "kills whose victim had just settled"
    assert sum(audit.attempts(rows)) == audit.counted("crashed")


def check_parent_is_alone(pool: Pool) -> None:
    """Between two questions: no socket but its own and one per child, and one descriptor per child more."""

    def sockets() -> int:
        links = descriptors(Path(f"/proc/{pool.pid}/fd"))
        return sum(link.startswith("socket:") for link in links)

    children = len(records(pool.status(), "children"))
    until(lambda: sockets() == OWN_SOCKETS + children, 5, "no socket of anybody else")
