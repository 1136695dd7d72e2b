"""Whole pools over projects: how an environment is reached changes nothing of what becomes of its jobs."""

import hashlib
from pathlib import Path

import pytest

from poolmgr.domain.json import record
from poolmgr.local.replica.control import Replica
from tests.chaos.market import DONE, Market, Setting, an_index
from tests.clusters import Database
from tests.pools import Pool, states
from tests.project.faults import Faults
from tests.project.keys import key
from tests.project.opened import Hosted
from tests.projects import NOT_DIRECT, known_as, lying_there, put_scans
from tests.waiting import until

READ: dict[str, Setting] = {"ocr__enabled": True}
ONLY_READING: dict[str, Setting] = {"registre__enabled": False}
JOB_SECONDS = 30.0


def check_delivered(market: Market, row: str, project: Hosted) -> None:
    """Bought, read, and in Storage as the product expects it."""
    job = market.books.job(row)
    assert job.status == DONE
    assert job.path.startswith("index/")
    stored = lying_there(project)[job.path]
    assert stored.content_type == "application/pdf"
    ((token, sha),) = market.books.query(
        "select token::text, sha256 from public.pool_purchases where row_id = %s and state = 'delivered'", row
    )
    assert job.path.endswith(f"-{token[:8]}.pdf")
    assert hashlib.sha256(stored.data).hexdigest() == sha


def text_of(database: Database, row: str) -> str:
    with database.connect("service_role") as connection:
        found = connection.execute("select file_content from public.extraction_queue where id = %s", (row,))
        ((content,),) = found.fetchall()
    return str(content)


def test_a_pool_that_knows_a_project_and_its_key_alone_takes_jobs_from_the_queue_to_done(
    hosted_project: Hosted, any_database: Database, tmp_path: Path, replica: Replica, slip: bytes
) -> None:
    (scan,) = put_scans(hosted_project, [("ocr_acte", slip)])
    own = {**NOT_DIRECT, **known_as("dev", hosted_project)}
    with Market(tmp_path, any_database, replica, **READ, **own) as market:
        config = market.pool.config.read_text()
        assert not [word for word in ("database_url", "documents_folder") if word in config]
        (bought,) = market.order(an_index())
        market.wait_for(bought, DONE, JOB_SECONDS)
        market.wait_for(scan, DONE, JOB_SECONDS)
        check_delivered(market, bought, hosted_project)
        assert "notaire" in text_of(any_database, scan)
        market.close()
    assert not (tmp_path / "documents").exists()


def test_with_a_database_beside_the_queue_is_direct_and_the_files_rest_in_storage(
    hosted_project: Hosted, any_database: Database, tmp_path: Path, replica: Replica, slip: bytes
) -> None:
    asked = hosted_project.meets(Faults(share=1, only="/rest/v1", kinds=("502",)))
    (scan,) = put_scans(hosted_project, [("ocr_index", slip)])
    own = {**known_as("dev", hosted_project), "environments__dev__documents_folder": None}
    with Market(tmp_path, any_database, replica, **READ, **own) as market:
        (bought,) = market.order(an_index())
        market.wait_for(bought, DONE, JOB_SECONDS)
        market.wait_for(scan, DONE, JOB_SECONDS)
        check_delivered(market, bought, hosted_project)
        market.close()
    assert not asked.hits, "PostgREST was asked"
    assert not (tmp_path / "documents").exists()


@pytest.mark.parametrize("prefix", ["PROD_", ""])
def test_the_older_variables_alone_make_a_pool(
    hosted_project: Hosted, any_database: Database, tmp_path: Path, slip: bytes, prefix: str
) -> None:
    (scan,) = put_scans(hosted_project, [("ocr_acte", slip)])
    pool = Pool(tmp_path, any_database, **NOT_DIRECT, **ONLY_READING)
    pool.variables = {
        f"{prefix}SUPABASE_URL": hosted_project.url,
        f"{prefix}SUPABASE_SERVICE_KEY": key("service_role"),
    }
    with pool:
        assert "environments" not in pool.config.read_text()
        until(lambda: states(any_database, [scan]) == ["done"], JOB_SECONDS, "the end of the job")
        assert [*record(pool.status(), "environments")] == ["prod"]
        assert pool.stop() == 0
