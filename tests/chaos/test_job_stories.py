"""`journalctl POOL_JOB=…`: what a job's row went through, from the entries of a real pool alone."""

from functools import partial
from pathlib import Path

from tests.chaos import papers
from tests.chaos.audit import Audit
from tests.chaos.faults import freeze_holder
from tests.clusters import Database
from tests.journald import Entry, Journald, reading_journald
from tests.pools import Pool, put
from tests.waiting import until


def test_the_journal_tells_a_jobs_whole_story_and_each_event_once(
    any_database: Database, tmp_path: Path
) -> None:
    printed, broken = put(
        tmp_path, any_database, [("ocr_index", papers.printed(1, 40)), ("ocr_acte", b"no pdf")]
    )
    address = str(tmp_path / "journal")
    with (
        reading_journald(tmp_path / "journal") as journal,
        Pool(tmp_path, any_database, log__format="auto", log__journal_socket=address) as pool,
    ):
        pool.log.touch()
        stderr = pool.log.stat()
        pool.kill()
        pool.variables["JOURNAL_STREAM"] = f"{stderr.st_dev}:{stderr.st_ino}"
        pool.start()
        for row in (printed, broken):
            until(partial(is_settled, journal, row), 30, "the end of the job")
        assert story(journal, printed) == ["job.claimed", "job.settled"]
        assert story(journal, broken)[0] == "job.claimed"
        settled = last(journal, printed)
        assert settled["POOL_OUTCOME"] == "done"
        assert (settled["POOL_ENV"], settled["POOL_KIND"], settled["POOL_ATTEMPT"]) == (
            "dev",
            "ocr_index",
            "1",
        )
        assert int(settled["POOL_DURATION_MS"]) >= 0
        workers = {text for text in (entry.get("POOL_WORKER") for entry in journal.entries()) if text}
        assert settled["POOL_WORKER"] in workers
        failed = last(journal, broken)
        assert failed["POOL_OUTCOME"] == "give_up"
        assert failed["POOL_ERROR"]
        assert pool.stop() == 0
        assert [one["PRIORITY"] for one in journal.entries(POOL_EVENT="pool.stopped")] == ["6"]


def test_the_death_of_its_worker_is_part_of_a_jobs_story(
    any_database: Database, tmp_path: Path, audit: Audit
) -> None:
    (row,) = put(tmp_path, any_database, [("ocr_index", papers.scan(2))])
    address = str(tmp_path / "journal")
    with (
        reading_journald(tmp_path / "journal") as journal,
        Pool(tmp_path, any_database, log__format="journal", log__journal_socket=address) as pool,
    ):
        victim = freeze_holder(pool, audit)
        victim.kill()
        until(partial(is_settled, journal, row), 30, "the end of the job")
        assert story(journal, row) == ["job.claimed", "job.orphaned", "job.claimed", "job.settled"]
        (orphaned,) = journal.entries(POOL_EVENT="job.orphaned")
        assert orphaned["POOL_WORKER"] == victim.worker
        assert orphaned["POOL_EVIDENCE"] == "signal SIGKILL"
        assert [one["POOL_ATTEMPT"] for one in journal.entries(POOL_JOB=row)] == ["1", "1", "2", "2"]


def story(journal: Journald, row: str) -> list[str]:
    return [entry["POOL_EVENT"] for entry in journal.entries(POOL_JOB=row)]


def is_settled(journal: Journald, row: str) -> bool:
    return story(journal, row)[-1:] == ["job.settled"]


def last(journal: Journald, row: str) -> Entry:
    return journal.entries(POOL_JOB=row)[-1]
