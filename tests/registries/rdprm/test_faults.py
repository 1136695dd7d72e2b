"""Every fault at every step of a search: before the click nothing is paid, after it never twice, and it ends.
A slice of them runs each time, all of them in `make proof`."""

import time
from itertools import product

import pytest

from poolmgr.domain.errors import Outage, PoolError, SiteDown, TurnedAway, Unreadable
from poolmgr.local.replica.faults import When
from poolmgr.local.replica.rdprm import papers
from poolmgr.local.replica.rdprm.steps import ANSWERS, FIELDS, FILES, LABELS, SELLING, WAITS
from poolmgr.registries.rdprm.fetching import Extract
from tests.registries.rdprm.searcher import MUCH, NAME, REFERENCE, Searcher

SLOW_SECONDS = 0.5
LIMIT_SECONDS = 30.0
"""A login, a page, an answer and two prints with little patience, on a busy machine."""

BEFORE = ("services", "consultation", "search")
FREE_WORDS = ("Bienvenue", "Nom de l’organisme", "Rechercher", "Confirmer")
PAYING = ("confirm", "confirm_again")
PRINTING = ("print", "preparation", "viewer")
Case = tuple[str, When, str]


def everything() -> list[Case]:
    cases: list[Case] = []
    for step, fault in product((*BEFORE, *PAYING, *PRINTING), (*WAITS, *ANSWERS)):
        cases.append((step, "before", fault))
        if step in SELLING:
            cases.append((step, "after", fault))
    return [*cases, *(("viewer", "before", fault) for fault in FILES)]


SLICE: list[Case] = [
    ("consultation", "before", "challenge"),
    ("confirm", "before", "disconnect"),
    ("confirm_again", "after", "session_expiry"),
    ("viewer", "before", "cut"),
]


def named(case: Case) -> str:
    step, when, fault = case
    return f"{fault}-{when}-{step}"


@pytest.mark.parametrize("case", SLICE, ids=named)
async def test_a_fault_is_never_paid_twice(searcher: Searcher, case: Case) -> None:
    await met(searcher, case)


@pytest.mark.proof
@pytest.mark.parametrize("case", everything(), ids=named)
async def test_no_fault_at_any_step_is_ever_paid_twice(searcher: Searcher, case: Case) -> None:
    await met(searcher, case)


@pytest.mark.proof
@pytest.mark.parametrize("word", LABELS)
async def test_another_word_on_the_site_costs_nothing_before_the_click_and_is_never_paid_twice(
    searcher: Searcher, word: str
) -> None:
    searcher.hurry(step_seconds=2.0, answer_seconds=2.5, print_seconds=2.0, save_tries=1, settle_seconds=0.5)
    searcher.replica.fault("changed_label", field=word, label="Zythum", times=None)
    try:
        end: Extract | PoolError = await searcher.search(MUCH)
    except PoolError as error:
        end = error
    assert [one.button for one in searcher.pressed] in ([], ["Confirmer", "Confirmer encore"])
    assert len(searcher.paid) == len(searcher.asked) <= 1
    if isinstance(end, Extract):
        assert (end.pdf, len(searcher.paid)) == (papers.extract(MUCH, large=True), 1)
    else:
        assert isinstance(end, Outage | Unreadable)
        assert word not in FREE_WORDS or searcher.asked == []


ODDITIES = (("extra_field", ""), ("popup", ""), *(("renamed_field", field) for field in FIELDS))


@pytest.mark.parametrize(
    "oddity", [ODDITIES[1], *(pytest.param(one, marks=pytest.mark.proof) for one in ODDITIES)]
)
async def test_an_oddity_of_the_whole_site_changes_nothing_of_a_search(
    searcher: Searcher, oddity: tuple[str, str]
) -> None:
    name, field = oddity
    pages = len(searcher.page.context.pages)
    searcher.replica.fault(name, field=field, times=None)
    found = await searcher.search()
    assert found.pdf == papers.extract(NAME, large=False)
    (paid,) = searcher.paid
    assert (paid.name, paid.reference) == (NAME, REFERENCE)
    searcher.replica.clear_faults()
    await searcher.session.open_form()
    assert len(searcher.page.context.pages) <= pages, "what the site has opened is closed"


async def test_a_print_that_is_never_ready_is_given_up_and_was_paid_once(searcher: Searcher) -> None:
    searcher.hurry(print_seconds=1.0, save_tries=1)
    searcher.replica.choose(looks=1_000_000)
    error = await searcher.fails(Unreadable)
    assert "The print was not ready within 1 s" in error.sentence
    assert len(searcher.paid) == 1


async def met(searcher: Searcher, case: Case) -> None:
    step, when, fault = case
    searcher.hurry(step_seconds=2.0, answer_seconds=2.5, print_seconds=3.0, save_tries=2)
    searcher.replica.fault(fault, "" if fault in FILES else step, when=when, seconds=SLOW_SECONDS)
    began = time.monotonic()
    try:
        end: Extract | PoolError = await searcher.search()
    except PoolError as error:
        end = error
    assert time.monotonic() - began < LIMIT_SECONDS
    searcher.replica.release()
    assert searcher.session.worn >= isinstance(end, Unreadable)
    buttons = [one.button for one in searcher.pressed]
    assert buttons in ([], ["Confirmer"], ["Confirmer", "Confirmer encore"])
    assert len(searcher.asked) == (0 if isinstance(end, PoolError) and step in BEFORE else 1)
    assert bool(buttons) <= bool(searcher.asked)
    check_end(searcher, case, end)


def check_end(searcher: Searcher, case: Case, end: Extract | PoolError) -> None:
    step, when, fault = case
    if isinstance(end, Extract):
        assert len(searcher.paid) == 1
        assert end.pdf == papers.extract(NAME, large=False)
        assert step not in PAYING or fault == "slow"
    elif step in BEFORE:
        assert searcher.paid == []
        assert fault not in ("slow", "session_expiry")
        assert isinstance(end, TurnedAway if fault == "challenge" else SiteDown), end
    elif step in PAYING:
        assert isinstance(end, Outage)
        sold = (step, when) == ("confirm_again", "after")
        assert len(searcher.paid) <= int(sold or step == "confirm_again")
        assert fault != "slow"
    else:
        # What was sold is printed again; only a session that is over cannot, nor a window that hangs, for
        # Chromium asks no second time for what it is already asking for.
        assert isinstance(end, Unreadable), end
        assert fault == "session_expiry" or (step, fault) == ("viewer", "hang"), end
        assert len(searcher.paid) == 1
