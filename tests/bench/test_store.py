"""What the database is asked after a round, and when ours is fast enough."""

from collections import Counter

import psycopg
import pytest

from bench.audit import Audit, Unclean
from bench.race import Tally
from bench.store import Round, compared, holds
from tests.clusters import Database

DONE = "update extraction_queue set status_id = 5, ocr_worker_id = %s where document_number = %s"


def rounds(done: int, lost: int = 0) -> list[Round]:
    tally = Tally(done=done, lost=lost, seconds=2.0, finished=Counter(a=done))
    return [Round(tally=tally, cpu_seconds=1.0)]


@pytest.fixture
def audit(any_database: Database) -> Audit:
    found = Audit(url=any_database.superuser_url)
    found.watch()
    with psycopg.connect(found.url) as connection:
        for number in "123":
            connection.execute(
                "insert into extraction_queue (document_source, document_number, status_id)"
                " values ('index', %s, 3)",
                (number,),
            )
    return found


def do(audit: Audit, worker: str, number: str) -> None:
    with psycopg.connect(audit.url) as connection:
        connection.execute(DONE, (worker, number))


def test_a_round_in_which_everybody_did_what_he_says_is_clean(audit: Audit) -> None:
    do(audit, "a", "1")
    do(audit, "b", "2")
    assert audit.check(Counter(a=1, b=1)) == 2
    do(audit, "a", "3")
    assert audit.check(Counter(a=1, b=0)) == 1


def test_a_job_done_twice_is_found(audit: Audit) -> None:
    do(audit, "a", "1")
    do(audit, "a", "1")
    with pytest.raises(Unclean, match="1 jobs were done twice"):
        audit.check(Counter(a=2))


def test_a_job_done_by_another_than_who_says_so_is_found(audit: Audit) -> None:
    do(audit, "a", "1")
    with pytest.raises(Unclean, match=r"saw \{'a': 1\}, the competitors say \{'b': 1\}"):
        audit.check(Counter(b=1))


def test_a_job_that_was_put_back_after_it_was_done_is_found(audit: Audit) -> None:
    do(audit, "a", "1")
    with psycopg.connect(audit.url) as connection:
        connection.execute("update extraction_queue set status_id = 3 where document_number = '1'")
    with pytest.raises(Unclean, match="1 changed after they were done"):
        audit.check(Counter(a=1))


@pytest.mark.parametrize(
    ("one_by_one", "by_twenty", "enough"), [(20, 40, True), (19, 40, False), (20, 39, False)]
)
def test_ours_is_fast_enough_at_twice_and_four_times_the_predecessor(
    one_by_one: int, by_twenty: int, enough: bool
) -> None:
    figures = compared(
        4,
        {
            "predecessor": rounds(10, lost=30),
            "rest by 1": rounds(one_by_one),
            "rest by 20": rounds(by_twenty),
            "direct by 1": rounds(40),
            "direct by 20": rounds(80),
        },
    )
    assert holds(figures) is enough
    costs = [figure.ratio for figure in figures if figure.name.startswith("CPU")]
    assert costs == pytest.approx([one_by_one / 10, by_twenty / 10])
    assert "loses 75% of its tries" in figures[0].meaning
