from pathlib import Path

import pytest

from tests.chaos.audit import Audit
from tests.clusters import Database
from tests.pools import put


@pytest.fixture
def row(any_database: Database, tmp_path: Path, audit: Audit) -> str:
    """Claimed by the worker `one`."""
    (row,) = put(tmp_path, any_database, [("ocr_index", b"")])
    audit.query("select public.pool_claim(gen_random_uuid(), '{ocr_index}', 'one', 'here', 1, 60)")
    return row


def settle(audit: Audit) -> None:
    audit.query(
        'select public.pool_settle(token, \'{"outcome": "done", "result": {"file_content": "x"}}\') '
        "from public.pool_leases where worker = 'one'"
    )


def test_a_job_done_once_by_its_owner_passes(audit: Audit, row: str) -> None:
    settle(audit)
    audit.check_done_once([row])
    assert audit.finisher(row) == "one"


def test_a_job_done_twice_is_seen(audit: Audit, row: str) -> None:
    settle(audit)
    audit.query("update public.extraction_queue set status_id = 6")
    audit.query("update public.extraction_queue set status_id = 5")
    with pytest.raises(AssertionError, match="2"):
        audit.check_done_once([row])


def test_a_job_that_nobody_did_is_seen(audit: Audit, row: str) -> None:
    with pytest.raises(AssertionError, match=row):
        audit.check_done_once([row])


def test_a_job_done_by_a_dead_hand_is_seen(audit: Audit, row: str) -> None:
    audit.query("select public.pool_release_worker('one', 'it died', true)")
    audit.query(
        "update public.extraction_queue q set status_id = 6, ocr_worker_id = 'one', "
        "ocr_started_at = l.claimed_at from public.pool_leases l where l.row_id = q.id"
    )
    audit.query("update public.extraction_queue set status_id = 5")
    with pytest.raises(AssertionError, match="one"):
        audit.check_done_once([row])
