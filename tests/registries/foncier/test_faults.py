"""Every fault at every step of an index, an acte and a plan: before the click nothing is paid, after it never
twice, and it ends in time. A slice of them runs each time, all of them in `make proof`."""

import time
from dataclasses import dataclass
from itertools import product

import pytest

from poolmgr.domain.errors import OrderError, Outage, PoolError, SiteChanged, SiteDown, TurnedAway, Unreadable
from poolmgr.domain.json import JsonObject
from poolmgr.local.replica.faults import When
from poolmgr.local.replica.steps import ANSWERS, FILES, SELLING, WAITS
from poolmgr.registries.foncier import names
from poolmgr.registries.foncier.fetching import Document
from tests.registries.foncier.buyer import Buyer, file_of
from tests.replicas import acte, index, plan

SLOW_SECONDS = 0.5
LIMIT_SECONDS = 25.0
"""A login, a page, an answer and two files with little patience, on a busy machine."""

FORM = ("search", "choose_circonscription", "choose_cadastre")
DOCUMENT = ("redirect_1", "redirect_2", "redirect_3", "redirect_4", "document", "menu", "page", "save")


@dataclass(frozen=True, kw_only=True)
class Flow:
    """What is asked for, the steps before its click and after it, and the buttons that it presses at most."""

    row: JsonObject
    before: tuple[str, ...]
    after: tuple[str, ...]
    buttons: tuple[str, ...]


FLOWS = {
    "index": Flow(
        row=index("2787333"),
        before=FORM,
        after=("submit", "confirm", "confirmed", *DOCUMENT),
        buttons=("Soumettre", "Confirmer"),
    ),
    "acte": Flow(
        row=acte("12347111"),
        before=("search",),
        after=("submit", "similar", "choose_similar", *DOCUMENT),
        buttons=("Rechercher", "Soumettre"),
    ),
    "plan": Flow(
        row=plan("2783444"),
        before=FORM,
        after=("submit", "plan_choice", "choose_plan", "confirm", "confirmed", *DOCUMENT),
        buttons=("Soumettre", "Soumettre", "Confirmer"),
    ),
}
BEFORE: dict[str, tuple[type[PoolError], ...]] = {
    "slow": (),
    "session_expiry": (),
    "hang": (SiteDown,),
    "error_500": (SiteDown,),
    "maintenance": (SiteDown,),
    "disconnect": (SiteDown,),
    "no_download": (SiteDown,),
    "ban": (TurnedAway,),
    "challenge": (TurnedAway,),
    "unknown_page": (SiteChanged, SiteDown),
    "html": (SiteChanged, SiteDown),
}
"""Empty: the document is bought all the same."""

Case = tuple[str, str, When, str]


def everything() -> list[Case]:
    cases: list[Case] = []
    for name, flow in FLOWS.items():
        for step, fault in product((*flow.before, *flow.after), (*WAITS, *ANSWERS)):
            cases.append((name, step, "before", fault))
            if step in SELLING:
                cases.append((name, step, "after", fault))
        cases += [(name, "save", "before", fault) for fault in FILES]
    return cases


SLICE: list[Case] = [
    ("index", "choose_circonscription", "before", "error_500"),
    ("index", "choose_cadastre", "before", "unknown_page"),
    ("acte", "search", "before", "hang"),
    ("acte", "submit", "before", "disconnect"),
    ("acte", "submit", "after", "disconnect"),
    ("acte", "submit", "after", "session_expiry"),
    ("acte", "choose_similar", "after", "error_500"),
    ("index", "redirect_2", "before", "maintenance"),
    ("plan", "confirmed", "after", "disconnect"),
    ("plan", "submit", "before", "no_download"),
    ("plan", "menu", "before", "hang"),
    ("index", "menu", "before", "challenge"),
    ("index", "page", "before", "disconnect"),
    ("acte", "save", "before", "cut"),
    ("acte", "search", "before", "challenge"),
    ("acte", "submit", "before", "ban"),
]


def named(case: Case) -> str:
    flow, step, when, fault = case
    return f"{flow}-{fault}-{when}-{step}"


@pytest.mark.parametrize("case", SLICE, ids=named)
async def test_a_fault_is_never_paid_twice(buyer: Buyer, case: Case) -> None:
    await met(buyer, case)


@pytest.mark.proof
@pytest.mark.parametrize("case", everything(), ids=named)
async def test_no_fault_at_any_step_is_ever_paid_twice(buyer: Buyer, case: Case) -> None:
    await met(buyer, case)


HARMLESS = ("extra_field", "blank_first_option", "popup", "cookie_banner", "unsettled")
FRAMES_OF = {"menu": False, "page": True}
"""Whether a document comes without the frame: the link that saves it stands in the menu."""

Oddity = tuple[str, str]


def named_oddity(case: Oddity) -> str:
    return "-".join(case)


ODDITIES: list[Oddity] = [(flow, oddity) for flow in FLOWS for oddity in (*HARMLESS, "duplicate_options")]


@pytest.mark.parametrize("case", [("plan", "popup"), ("acte", "duplicate_options")], ids=named_oddity)
async def test_an_oddity_of_the_whole_site_is_never_paid_twice(buyer: Buyer, case: Oddity) -> None:
    await met_everywhere(buyer, case)


@pytest.mark.proof
@pytest.mark.parametrize("case", ODDITIES, ids=named_oddity)
async def test_no_oddity_of_the_whole_site_is_ever_paid_twice(buyer: Buyer, case: Oddity) -> None:
    await met_everywhere(buyer, case)


async def met_everywhere(buyer: Buyer, case: Oddity) -> None:
    """What is only odd changes nothing; a place that could be two is not chosen."""
    name, oddity = case
    pages = len(buyer.page.context.pages)
    buyer.replica.fault(oddity, times=None)
    ended = await bought(buyer, FLOWS[name].row)
    check_pressed(buyer, FLOWS[name])
    if oddity == "duplicate_options":
        assert isinstance(ended, OrderError)
        assert (buyer.pressed, buyer.paid) == ([], [])
    else:
        assert isinstance(ended, Document), ended
        assert (len(buyer.sold), len(buyer.paid)) == (1, 1)
    buyer.replica.clear_faults()
    await buyer.session.open_search(names.ACTE_PAGE, "the search for an acte")
    assert len(buyer.page.context.pages) == pages, "what the site has opened is closed"


@pytest.mark.proof
@pytest.mark.parametrize("frame", FRAMES_OF)
async def test_a_document_whose_frame_is_missing_is_bought_once(buyer: Buyer, frame: str) -> None:
    buyer.hurry(step_seconds=1.5, answer_seconds=2, save_tries=2)
    buyer.replica.fault("frame_missing", field=frame, times=None)
    ended = await bought(buyer, FLOWS["acte"].row)
    check_pressed(buyer, FLOWS["acte"])
    assert isinstance(ended, Document if FRAMES_OF[frame] else Outage), ended
    assert (len(buyer.sold), len(buyer.paid)) == (1, 1)


async def met(buyer: Buyer, case: Case) -> None:
    name, step, when, fault = case
    flow = FLOWS[name]
    buyer.hurry(step_seconds=1.5, answer_seconds=2, save_tries=2)
    times = None if fault in FILES else 1
    buyer.replica.fault(fault, step, when=when, seconds=SLOW_SECONDS, times=times)
    began = time.monotonic()
    ended = await bought(buyer, flow.row)
    assert time.monotonic() - began < LIMIT_SECONDS
    check_pressed(buyer, flow)
    if isinstance(ended, Document):
        (sale,) = buyer.sold
        assert ended.pdf == file_of(sale)
    if step in flow.before:
        check_before(buyer, ended, BEFORE[fault])
    else:
        check_after(buyer, ended, fault)


async def bought(buyer: Buyer, row: JsonObject) -> Document | PoolError:
    try:
        return await buyer.buy(row)
    except PoolError as error:
        return error


def check_pressed(buyer: Buyer, flow: Flow) -> None:
    """No button twice, and no button before its turn."""
    assert tuple(buyer.pressed) == flow.buttons[: len(buyer.pressed)]
    assert len(buyer.sold) <= 1


def check_before(buyer: Buyer, ended: Document | PoolError, kinds: tuple[type[PoolError], ...]) -> None:
    if not kinds:
        assert isinstance(ended, Document), ended
        return
    assert isinstance(ended, kinds)
    assert buyer.paid == []
    assert buyer.pressed == []


def check_after(buyer: Buyer, ended: Document | PoolError, fault: str) -> None:
    """It was paid once; what is not known to be unsold never counts as unsold."""
    assert len(buyer.paid) == 1
    assert len(buyer.pressed) >= 1
    if fault == "slow":
        assert isinstance(ended, Document), ended
    assert isinstance(ended, (Document, Outage, Unreadable)), ended
    if fault in ("ban", "challenge") and isinstance(ended, Outage):
        assert isinstance(ended, TurnedAway), ended
