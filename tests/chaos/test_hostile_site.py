"""Every fault that the replica knows: what becomes of the job, its row and its purchase."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

import pytest

from poolmgr.domain.json import JsonObject
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.faults import When
from poolmgr.local.replica.names import FIELDS, FIELDS_OF, LABELS, SAVE_TITLE
from poolmgr.local.replica.steps import ANSWERS, FAULTS, FILES, WAITS
from tests.chaos.market import ERROR, Market, Setting, a_plan, an_acte, an_index
from tests.clusters import Database
from tests.waiting import until

End: TypeAlias = Literal["bought", "held", "given up"]
LIMITS: Mapping[str, Setting] = MappingProxyType(
    {
        "registre__step_seconds": 3,
        "registre__answer_seconds": 5,
        "foncier__ban_first_seconds": 1,
        "foncier__ban_max_seconds": 1,
    }
)
FREE = (
    "entry", "login_page", "login", "welcome", "search", "choose_circonscription", "choose_cadastre",
)  # fmt: skip
PAID = (
    "submit", "confirm", "confirmed", "redirect_1", "redirect_2", "redirect_3", "redirect_4", "document",
    "menu", "page", "save",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fault at a step, or of the site as a whole, and the end of the job that it meets."""

    fault: str
    end: End
    step: str = ""
    when: When = "before"
    times: int | None = 1
    about: str = ""
    now: str = ""
    order: Callable[[], JsonObject] = an_index
    says: str = ""
    """What the row's sentence, or the purchase's, has to hold."""

    def set(self, replica: Replica) -> None:
        if self.fault:
            replica.fault(
                self.fault, self.step, times=self.times, when=self.when, field=self.about, label=self.now
            )


def meet(market: Market, case: Case) -> str:
    """A job under the fault, to its end; the session is new, so that every step is passed."""
    market.replica.reset()
    return meet_as_it_is(market, case)


def meet_as_it_is(market: Market, case: Case) -> str:
    """The same in the session that there is; a fault that it did not meet is taken away again."""
    market.replica.clear_faults()
    case.set(market.replica)
    (row,) = market.order(case.order())
    match case.end:
        case "bought":
            market.wait_until_bought(row)
            check_bought(market, row)
        case "held":
            market.wait_until_held(row)
            assert market.books.sales(row) <= 1
            assert case.says in market.books.why(row)
        case "given up":
            job, (*earlier, last) = market.wait_until_settled(row), market.books.states(row)
            assert (job.status, job.attempts, job.path, last) == (ERROR, 1, "", "not_sold")
            assert {*earlier} <= {"void", "not_sold"}, "each name is a purchase of its own"
            assert case.says in job.error
    return row


def check_bought(market: Market, row: str) -> None:
    job = market.books.job(row)
    assert (job.attempts, job.error) == (0, "")
    assert (market.folder / "documents" / job.path).read_bytes().startswith(b"%PDF-")
    *earlier, last = market.books.states(row)
    assert last == "delivered"
    assert {*earlier} <= {"void"}
    assert market.books.sales(row) == 1


def check_closed(market: Market, case: Case) -> None:
    """A site that is not as it was is left alone: nothing is pressed; once it is again, the job is done."""
    market.replica.reset()
    case.set(market.replica)
    (row,) = market.order(case.order())
    until(lambda: market.books.outages(row), 20, "an outage")
    assert case.says in market.books.trail(row)
    assert market.books.sales(row) == 0
    assert {*market.books.states(row)} <= {"void"}
    assert all(one.clicked_at is None for one in market.books.purchases(row))
    market.replica.clear_faults()
    market.wait_until_bought(row)
    check_bought(market, row)


SLICE = (
    Case(fault="session_expiry", step="choose_cadastre", end="bought"),
    Case(fault="truncated", step="save", end="bought"),
    Case(fault="cut", step="save", times=3, end="held", says="unreadable"),
    Case(fault="session_expiry", step="redirect_2", end="held", says="it may have been sold"),
    Case(fault="account_lock", about="replica-1", times=None, end="bought"),
    Case(fault="", order=partial(an_index, "000"), end="given up", says="inexistante"),
)
CLOSED = Case(
    fault="changed_label", about="Soumettre", now="Acheter", times=None, end="bought", says="Acheter"
)


@pytest.mark.proof
def test_each_of_some_faults_ends_its_job_as_the_rules_say(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, any_database, replica, **LIMITS) as market:
        for case in SLICE:
            meet(market, case)
        check_closed(market, CLOSED)
        market.close(evictions=None)


def end_of(fault: str, step: str) -> End:
    """Of a job whose visit meets this fault once. Before the click every end is another try."""
    if step in FREE or fault == "slow":
        return "bought"
    if step in ("page", "save"):  # the first is only looked at, the second is tried again
        return "held" if fault == "session_expiry" else "bought"
    return "held"


@pytest.mark.proof
@pytest.mark.parametrize("fault", [*WAITS, *ANSWERS])
def test_a_fault_at_any_step_never_pays_twice_and_loses_no_job(
    any_database: Database, tmp_path: Path, replica: Replica, fault: str
) -> None:
    places: list[tuple[str, When]] = [(step, "before") for step in (*FREE, *PAID)]
    places += [("submit", "after"), ("confirmed", "after")]
    with Market(tmp_path, any_database, replica, **LIMITS) as market:
        for step, when in places:
            end = end_of(fault, step)
            meet(market, Case(fault=fault, step=step, when=when, end=end, order=partial(an_index, "333")))
        market.close(evictions=None)


@pytest.mark.proof
@pytest.mark.parametrize("fault", FILES)
def test_a_file_that_comes_broken_is_saved_again_without_another_click_and_held_when_it_stays_broken(
    any_database: Database, tmp_path: Path, replica: Replica, fault: str
) -> None:
    with Market(tmp_path, any_database, replica, **LIMITS) as market:
        meet(market, Case(fault=fault, step="save", times=2, end="bought"))
        row = meet(market, Case(fault=fault, step="save", times=None, end="held", says="unreadable"))
        assert market.note(row).with_suffix(".unreadable").exists()
        meet(market, Case(fault="", order=partial(an_index, "666"), end="held", says="unreadable"))
        meet(market, Case(fault="", order=partial(an_index, "777"), end="bought"))
        market.close(evictions=None)


LEANED_ON = {*FIELDS_OF["login"], *FIELDS_OF["index"]} - {"btnCommd"}


@pytest.mark.proof
def test_a_form_that_lacks_a_known_field_is_never_paid_for(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, any_database, replica, **LIMITS) as market:
        for name in FIELDS:
            case = Case(
                fault="renamed_field", about=name, times=None, end="bought", order=partial(an_index, "333")
            )
            if name in LEANED_ON:
                check_closed(market, replace(case, says=name))
            else:
                meet(market, replace(case, end="held" if name == "btnConfr" else "bought"))
        market.close(evictions=None)


@pytest.mark.proof
@pytest.mark.parametrize(
    ("order", "closing", "holding"),
    [
        (partial(an_index, "333"), {"Soumettre"}, {"Confirmer", SAVE_TITLE}),
        (partial(an_acte, "111"), {"Soumettre", "Rechercher"}, {"Résultat de la recherche", SAVE_TITLE}),
    ],
    ids=["index", "acte"],
)
def test_a_button_that_says_something_else_is_never_pressed(
    any_database: Database,
    tmp_path: Path,
    replica: Replica,
    order: Callable[[], JsonObject],
    closing: set[str],
    holding: set[str],
) -> None:
    with Market(tmp_path, any_database, replica, **LIMITS) as market:
        for word in LABELS:
            case = Case(
                fault="changed_label", about=word, now="Acheter", times=None, end="bought", order=order
            )
            if word in closing:
                check_closed(market, case)
            else:
                meet(market, replace(case, end="held" if word in holding else "bought"))
        market.close(evictions=None)


@pytest.mark.proof
def test_a_site_that_has_no_such_document_is_believed(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    absent = [an_index, an_acte, a_plan]
    with Market(tmp_path, any_database, replica, **LIMITS) as market:
        for order in absent:
            for end in ("000", "888", "999"):
                meet(market, Case(fault="", end="given up", order=partial(order, end)))
        meet(market, Case(fault="", end="given up", order=partial(an_index, "555"), says="inactif"))
        meet(market, Case(fault="", end="given up", order=partial(an_acte, "222"), says="paper"))
        meet(market, Case(fault="blank_first_option", times=None, end="bought"))
        market.close(evictions=None)


ODD = ("extra_field", "popup", "cookie_banner", "unsettled", "blank_first_option")
OF_ACCOUNTS = ("account_lock", "account_in_use", "personal_question")
"""Another account is taken then."""


@pytest.mark.proof
def test_what_is_only_odd_is_bought_and_what_is_ambiguous_is_not(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, any_database, replica, **LIMITS) as market:
        for fault, order in product(ODD, (an_index, an_acte, a_plan)):
            meet(market, Case(fault=fault, times=None, end="bought", order=partial(order, "01")))
        for fault in OF_ACCOUNTS:
            meet(market, Case(fault=fault, about="replica-1", times=None, end="bought"))
        meet(market, Case(fault="frame_missing", about="page", times=None, end="bought"))
        meet(market, Case(fault="frame_missing", about="menu", times=None, end="held"))
        market.replica.reset()
        market.replica.fault("duplicate_options", times=None)
        (row,) = market.order(an_acte())
        job = market.wait_until_settled(row)
        assert (job.status, job.attempts, market.books.sales(row)) == (ERROR, 1, 0)
        assert "is ambiguous" in job.error
        assert {*market.books.states(row)} <= {"void"}
        market.close(evictions=None)


def test_every_fault_of_the_replica_is_met_here() -> None:
    met = {*WAITS, *ANSWERS, *FILES, *ODD, *OF_ACCOUNTS, "renamed_field", "changed_label"}
    assert met | {"frame_missing", "duplicate_options"} == {*FAULTS}
