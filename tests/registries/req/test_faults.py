"""Every fault at every step of a search: the error says whose fault it was, in time, and nothing is taken for
a company that is none. A slice of them runs each time, all of them in `make proof`."""

import time
from itertools import product
from typing import get_args

import pytest

from poolmgr.domain.errors import PoolError, SiteChanged, SiteDown, TurnedAway
from poolmgr.local.replica.faults import When
from poolmgr.local.replica.req.vocabulary import ANSWERS, STEPS, WAITS
from tests.registries.req.seeker import Seeker, names_of

SLOW_SECONDS = 0.3
PATIENCE_SECONDS = 1.0
LIMIT_SECONDS = 15.0

Case = tuple[str, When, str]
ENDS: dict[str, tuple[type[PoolError], ...]] = {
    "slow": (),
    "hang": (SiteDown,),
    "error_500": (SiteDown,),
    "maintenance": (SiteDown,),
    "disconnect": (SiteDown,),
    "unknown_page": (SiteChanged,),
    "session_expiry": (SiteChanged, SiteDown),
    "ban": (TurnedAway,),
    "challenge": (TurnedAway,),
}
"""Empty: the company is found all the same."""

EVERYTHING: list[Case] = [
    (step, when, fault)
    for step, when, fault in product(STEPS, get_args(When), (*WAITS, *ANSWERS))
    if (step, fault) != ("page", "session_expiry")  # where it begins anew anyway
]
SLICE: list[Case] = [
    ("page", "before", "disconnect"),
    ("search", "before", "hang"),
    ("search", "after", "maintenance"),
    ("results", "before", "slow"),
    ("results", "before", "unknown_page"),
    ("consult", "before", "error_500"),
    ("company", "after", "disconnect"),
]


def named(case: Case) -> str:
    step, when, fault = case
    return f"{fault}-{when}-{step}"


@pytest.mark.parametrize("case", SLICE, ids=named)
async def test_a_fault_is_called_by_its_name(seeker: Seeker, case: Case) -> None:
    await met(seeker, case)


@pytest.mark.proof
@pytest.mark.parametrize("case", EVERYTHING, ids=named)
async def test_every_fault_at_every_step_is_called_by_its_name(seeker: Seeker, case: Case) -> None:
    await met(seeker, case)


async def met(seeker: Seeker, case: Case) -> None:
    step, when, fault = case
    seeker.req.fault(fault, step, when=when, seconds=SLOW_SECONDS, times=None)
    began = time.monotonic()
    if not ENDS[fault]:
        assert len(names_of(await seeker.search("o'brien"))) == 1
        return
    with pytest.raises(PoolError) as caught:
        await seeker.search("o'brien", PATIENCE_SECONDS)
    assert isinstance(caught.value, ENDS[fault])
    assert time.monotonic() - began < LIMIT_SECONDS
    assert seeker.last.findings.companies == []
    assert seeker.req.visits().reached[step] == 1


HARMLESS = ("extra_field", "cover", "popup", "cookie_banner", "unsettled", "late_rows", "duplicate_results")


@pytest.mark.parametrize(
    "oddity", ["popup", *(pytest.param(one, marks=pytest.mark.proof) for one in HARMLESS)]
)
async def test_an_oddity_of_the_whole_site_hides_no_company(seeker: Seeker, oddity: str) -> None:
    seeker.req.fault(oddity, times=None)
    assert names_of(await seeker.search("quincaillerie jetté")) == [
        f"Quincaillerie Jetté {place} inc." for place in ("Nord", "Sud", "Centre")
    ]
    await seeker.last.screen.close_windows()
    assert len(seeker.context.pages) == 1


def test_every_fault_has_its_meaning() -> None:
    assert {*ENDS} == {*WAITS, *ANSWERS}
