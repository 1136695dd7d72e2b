"""Every fault at every step of a search in the REQ and the RDPRM: what becomes of row and purchase."""

from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString, get_args

import pytest

from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.faults import When
from poolmgr.local.replica.rdprm import steps as rdprm
from poolmgr.local.replica.req import vocabulary as req
from poolmgr.local.replica.req.control import ReqReplica
from tests.chaos.desk import Desk
from tests.chaos.market import Setting
from tests.chaos.test_hostile_site import LIMITS
from tests.clusters import Database
from tests.pools import command
from tests.replicas import put_searches
from tests.waiting import until

QUERIES = {"quincaillerie jetté": 3, "o'brien": 1, "1140000010": 1, "Introuvable & fils": 0}
"""How many companies each brings."""

BEFORE, PAYING = ("services", "consultation", "search"), ("confirm", "confirm_again")
PRINTING = ("print", "preparation", "viewer")
FREE = ("home", "login", "question", "answer")
"""Passed once a session."""

END_SECONDS = 60.0
SLOW_SECONDS = 0.3
SESSION: LiteralString = """
select s.status, s.req_completed, coalesce(s.req_results_count, 0), coalesce(j.attempts, 0),
  (select count(*) from public.req_companies c where c.search_session_id = s.id)
from public.search_sessions s left join public.pool_jobs j on j.kind = 'req' and j.row_id = s.id
where s.id = %s"""


def check_session(desk: Desk, row: str, companies: int) -> str:
    def is_over() -> bool:
        ((status, *_),) = desk.books.query(SESSION, row)
        if status == "pending_company_selection":
            desk.books.query("select public.pool_retry('req', %s)", row)
        return status not in ("pending_company_selection", "scraping_company_data")

    until(is_over, END_SECONDS, f"the end of session {row}")
    found = desk.books.query(SESSION, row)
    if companies:
        assert found == [("pending_name_selection", True, companies, 0, companies)]
        return "done"
    assert found == [("failed", False, 0, 1, 0)]
    return "given up"


def ends_of(fault: str, step: str) -> set[str]:
    """Before the click it is searched again; after it a person decides, unless the print alone was spoilt."""
    if fault in ("", "slow") or step in (*FREE, *BEFORE):
        return {"done"}
    if step in PAYING:
        return {"held"}
    return {"done", "held"} if fault == "session_expiry" or (step, fault) == ("viewer", "hang") else {"done"}


def check_name(desk: Desk, row: str, ends: set[str], answered: str) -> str:
    """answered: the status of a search that is done, by whether something is there to be found."""
    status = desk.wait_until_ended(row, END_SECONDS)
    _, error, path, attempts, held = desk.state(row)
    end = "held" if held else "done" if status == answered else status
    assert end in ends, (end, ends, error)
    assert attempts == 0
    states = desk.books.states(row)
    if end == "done":
        assert (desk.paid(row), states[-1], {*states[:-1]} <= {"void"}) == (1, "delivered", True)
        assert (desk.folder / "documents" / "rdprm-documents" / path).read_bytes().startswith(b"%PDF-")
    else:
        assert (desk.paid(row) <= 1, states[-1]) == (True, "unknown")
        assert "registre-pool purchases" in error
    return end


SETTINGS: dict[str, Setting] = {
    **LIMITS,
    "req__pause_seconds": 0,
    "req__ban_first_seconds": 1,
    "req__ban_max_seconds": 1,
    "rdprm__ban_first_seconds": 1,
    "rdprm__ban_max_seconds": 1,
    "rdprm__settle_seconds": 0.5,
    "rdprm__print_seconds": 4,
}


@pytest.fixture
def desk(any_database: Database, tmp_path: Path, replica: Replica) -> Iterator[Desk]:
    own: dict[str, Setting] = {"foncier__url": replica.url, "req__url": ReqReplica(replica).url}
    with Desk(tmp_path, any_database, replica, **SETTINGS, **own) as opened:
        yield opened
        opened.close(evictions=None)
        assert [*(tmp_path / "browser").iterdir()] == [], "folders of jobs and profiles stay"


def met_by_name(desk: Desk, fault: str, step: str, when: When) -> None:
    """A paid search in a new session, so that every step is passed."""
    desk.replica.reset()
    desk.site.fault(fault, "" if fault in rdprm.FILES else step, when=when, seconds=SLOW_SECONDS)
    check_name(desk, desk.search(), ends_of(fault, step), "completed")
    assert desk.site.steps().reached.get(step), f"nobody came to {step}: the fault met nobody"


def met_by_session(desk: Desk, fault: str, step: str, when: When) -> None:
    desk.replica.reset()
    ReqReplica(desk.replica).fault(fault, step, when=when, seconds=SLOW_SECONDS)
    (row,) = put_searches(desk.database, "o'brien")
    check_session(desk, row, QUERIES["o'brien"])
    assert ReqReplica(desk.replica).visits().reached.get(step), f"nobody came to {step}: the fault met nobody"


def test_some_faults_end_their_searches_as_the_rules_say(desk: Desk) -> None:
    met_by_name(desk, "disconnect", "search", "before")
    met_by_name(desk, "error_500", "confirm_again", "after")
    met_by_session(desk, "disconnect", "company", "before")


def test_a_held_search_that_a_person_gives_its_extract_is_completed_and_was_paid_once(
    desk: Desk, slip: bytes
) -> None:
    desk.site.fault("error_500", "print", times=None)
    row = desk.search()
    assert desk.wait_until_ended(row) == "failed"
    (purchase,) = desk.books.purchases(row)
    extract = desk.folder / "saved by hand.pdf"
    extract.write_bytes(slip)
    words = ("purchases", "accept", str(purchase.id), str(extract), "--person", "marie")
    answer = command("--config", str(desk.pool.config), *words, folder=desk.folder)
    assert answer.returncode == 0, answer.stderr
    assert desk.wait_until_ended(row) == "completed"
    _, error, path, attempts, held = desk.state(row)
    assert (error, attempts, held, desk.paid(row)) == ("", 0, False, 1)
    assert desk.books.states(row) == ["delivered"]
    assert (desk.folder / "documents" / "rdprm-documents" / path).read_bytes() == slip


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", [*rdprm.WAITS, *rdprm.ANSWERS])
def test_a_fault_at_any_step_of_a_paid_search_loses_no_job_and_pays_for_none_twice(
    desk: Desk, fault: str
) -> None:
    for step in (*FREE, *BEFORE, *PAYING, *PRINTING):
        met_by_name(desk, fault, step, "before")
    for step in rdprm.SELLING:
        met_by_name(desk, fault, step, "after")


@pytest.mark.proof
@pytest.mark.parametrize("fault", rdprm.FILES)
def test_an_extract_that_comes_broken_is_printed_again_without_another_search(desk: Desk, fault: str) -> None:
    met_by_name(desk, fault, "viewer", "before")


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_another_word_on_the_site_costs_nothing_and_the_search_is_made_once_it_is_back(desk: Desk) -> None:
    for word in rdprm.LABELS:
        met_with_another(desk, word)


def met_with_another(desk: Desk, word: str) -> None:
    """Ended, for the word is not leaned on or stands after the click; or left alone until it is back."""
    desk.replica.reset()
    desk.site.fault("changed_label", field=word, label="Zythum", times=None)
    row = desk.search()

    def is_ended() -> bool:
        return desk.state(row)[0] in ("completed", "failed")

    until(lambda: is_ended() or bool(desk.books.outages(row)), END_SECONDS, f"a job that met {word}")
    if is_ended():
        check_name(desk, row, {"done", "held"}, "completed")
        return
    assert desk.paid(row) == 0, word
    desk.site.clear_faults()
    check_name(desk, row, {"done"}, "completed")


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", [*req.WAITS, *req.ANSWERS])
def test_a_fault_at_any_step_of_a_search_for_companies_counts_no_attempt_and_brings_each_once(
    desk: Desk, fault: str
) -> None:
    for step in req.STEPS:
        for when in get_args(When):
            met_by_session(desk, fault, step, when)
