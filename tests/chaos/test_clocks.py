"""The machine's clock of day may be set forwards and back: nothing that is decided hangs on it."""

import os
from datetime import UTC, datetime
from pathlib import Path

from poolmgr.domain.json import text
from tests.chaos.audit import Audit
from tests.chaos.faults import wait_until_busy
from tests.clusters import Database
from tests.pools import Pool, put
from tests.waiting import until

HOUR = 3600.0
JUMPING = """
import os, time
real = time.time
def jumping():
    try:
        with open(os.environ["CLOCK_OFFSET"]) as file:
            return real() + float(file.read() or 0)
    except OSError:
        return real()
time.time = jumping
"""


def test_an_hour_forwards_and_two_back_kill_nobody_and_end_no_lease(
    any_database: Database, tmp_path: Path, audit: Audit, slow_scan: bytes, slip: bytes
) -> None:
    offset, code = tmp_path / "offset", tmp_path / "code"
    code.mkdir()
    (code / "sitecustomize.py").write_text(JUMPING)
    paths = [str(code), *filter(None, [os.environ.get("PYTHONPATH")])]
    pool = Pool(tmp_path, any_database)
    pool.variables = {"CLOCK_OFFSET": str(offset), "PYTHONPATH": os.pathsep.join(paths)}
    with pool:
        pool.wait_until_ready()
        rows = put(tmp_path, any_database, [("ocr_index", slow_scan)])
        wait_until_busy(pool, 1)
        set_clock(offset, HOUR)
        rows += put(tmp_path, any_database, [("ocr_acte", slip)])
        until(lambda: audit.is_settled(rows[1:]), 20, "a job of the future")
        set_clock(offset, -HOUR)
        rows += put(tmp_path, any_database, [("ocr_acte", slip)])
        until(lambda: audit.is_settled(rows), 30, "the other jobs")
        assert [child["restarts"] for child in pool.children()] == [0, 0]
        assert not pool.events("child.stuck")
        assert pool.stop() == 0
        stopped = datetime.fromisoformat(text(pool.events("pool.stopped")[0], "at"))
    audit.check_done_once(rows)
    assert audit.attempts(rows) == [0, 0, 0]
    assert (datetime.now(UTC) - stopped).total_seconds() > HOUR / 2, "its clock was really another"


def set_clock(offset: Path, seconds: float) -> None:
    """At once for whoever looks: the file is never seen half written."""
    fresh = offset.with_suffix(".new")
    fresh.write_text(str(seconds))
    fresh.replace(offset)
