import signal
import time
from collections.abc import Callable
from pathlib import Path

from poolmgr.domain.json import records, whole
from tests.chaos.audit import Audit
from tests.chaos.faults import freeze_holder, identities, survivors, wait_until_busy
from tests.clusters import Database
from tests.pools import Pool, put
from tests.waiting import until

Record = Callable[[str, object], None]
SHORT_LEASES = {
    "ocr__jobs_at_once": 1,
    "queue__lease_seconds": 3,
    "queue__self_fence_seconds": 2,
    "queue__renew_seconds": 0.5,
}


def test_nobody_outlives_a_killed_parent_and_the_next_pool_finishes_its_jobs(
    any_database: Database, tmp_path: Path, audit: Audit, slow_scan: bytes, record_property: Record
) -> None:
    rows = put(tmp_path, any_database, [(kind, slow_scan) for kind in ("ocr_index", "ocr_acte")])
    with Pool(tmp_path, any_database, **SHORT_LEASES) as pool:
        wait_until_busy(pool, 2)
        freeze_holder(pool, audit)  # nobody can ask this one to leave
        family = identities([process.pid for process in pool.descendants()])
        assert set(family) == {whole(child, "pid") for child in records(pool.status(), "children")}
        pool.send(signal.SIGKILL)
        killed_at = time.monotonic()
        until(lambda: not survivors(family), 5, "the end of every descendant")
        record_property("descendants_gone_ms", round((time.monotonic() - killed_at) * 1000))
        assert time.monotonic() - killed_at < 1
        pool.running.wait()
        assert audit.open_leases() == 2
        pool.start()
        until(lambda: audit.is_settled(rows), 30, "the end of the jobs")
        record_property("all_done_again_seconds", round(time.monotonic() - killed_at, 1))
        assert pool.stop() == 0
    audit.check_done_once(rows)
    assert audit.attempts(rows) == [1, 1]
    assert audit.counted("rescued") == 2
