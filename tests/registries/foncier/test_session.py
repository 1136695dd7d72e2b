"""Logging in, being refused, and noticing that a session is over."""

import time
import traceback
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from poolmgr.domain.errors import (
    AccountInUse,
    AccountRefused,
    PoolError,
    SessionEnded,
    SiteChanged,
    SiteDown,
    TurnedAway,
)
from poolmgr.domain.json import JsonObject
from poolmgr.local.replica.control import Replica
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.foncier import names
from poolmgr.registries.foncier.session import check_landing
from tests.registries.foncier.buyer import Buyer, account, buying, opened
from tests.replicas import acte, index

SECRET = "g.heim-A1b2C3"
LOGIN_STEPS = ("entry", "login_page", "login", "welcome")
STEP_SECONDS = 1.0
LIMIT_SECONDS = 10.0
"""A login is four pages, of which one hangs; the rest is for a busy machine."""


async def refused(context: BrowserContext, replica: Replica, *kinds: type[PoolError], **changed: str) -> str:
    """All that the error of a login shows; a password is never in it."""
    lent = replace(account(), **changed)
    with pytest.raises(kinds) as caught:
        await opened(context, replica, lent, step_seconds=STEP_SECONDS)
    said = str(caught.value)
    everything = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + said
    assert lent.password not in everything
    return said


async def test_a_good_account_is_logged_in_once(context: BrowserContext, replica: Replica) -> None:
    before = replica.till()
    session = await opened(context, replica)
    await session.open_search(names.INDEX_PAGE, "the search for an index")
    assert [login.ok for login in replica.till().since(before).logins] == [True]
    assert session.account.password not in repr(session.account)


async def test_a_password_with_the_pages_own_signs_in_it_is_typed_as_it_is(
    context: BrowserContext, replica: Replica
) -> None:
    await opened(context, replica, account(2))


@pytest.mark.parametrize("changed", [{"password": SECRET}, {"username": "nobody", "password": SECRET}])
async def test_an_account_that_the_site_does_not_know_is_refused_in_its_own_words(
    context: BrowserContext, replica: Replica, changed: dict[str, str]
) -> None:
    before = replica.till()
    said = await refused(context, replica, AccountRefused, **changed)
    assert changed.get("username", "replica-1") in said
    assert "Le code d'utilisateur ou le mot de passe est invalide." in said
    assert len(replica.till().since(before).logins) == 1, "it is not tried again"


async def test_a_locked_account_is_refused_in_the_sites_own_words(
    context: BrowserContext, replica: Replica
) -> None:
    replica.fault("account_lock", field="replica-1", times=None)
    said = await refused(context, replica, AccountRefused)
    assert "Votre code d'utilisateur est verrouillé." in said


async def test_a_field_that_takes_no_password_shows_it_to_nobody(
    context: BrowserContext, replica: Replica
) -> None:
    lock = "document.querySelector('#txtMotPasse')?.setAttribute('readonly', '')"
    await context.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ {lock} }})")
    said = await refused(context, replica, SiteDown, password=SECRET)
    assert "txtMotPasse" in said


async def test_a_personal_question_is_left_to_a_person(context: BrowserContext, replica: Replica) -> None:
    replica.fault("personal_question", field="replica-1", times=None)
    said = await refused(context, replica, AccountRefused)
    assert "replica-1 a personal question" in said


async def test_an_account_that_somebody_else_uses_is_no_bad_account(
    context: BrowserContext, replica: Replica
) -> None:
    replica.fault("account_in_use", times=None)
    said = await refused(context, replica, AccountInUse)
    assert "Ce code d'utilisateur est déjà utilisé dans une autre session." in said


@pytest.mark.parametrize("fault", ["ban", "challenge"])
async def test_a_site_that_turns_us_away_is_understood_at_the_door(
    context: BrowserContext, replica: Replica, fault: str
) -> None:
    replica.fault(fault, "login_page")
    said = await refused(context, replica, TurnedAway)
    assert "turns this machine away" in said


@pytest.mark.parametrize(
    ("step", "fault", "said"),
    [
        *((step, "error_500", "500") for step in LOGIN_STEPS),
        ("entry", "maintenance", "503"),
        ("login", "maintenance", "503"),
        ("login", "disconnect", "ERR_EMPTY_RESPONSE"),
    ],
)
async def test_a_site_that_is_down_at_any_step_of_a_login_is_no_fault_of_the_account(
    context: BrowserContext, replica: Replica, step: str, fault: str, said: str
) -> None:
    replica.fault(fault, step)
    assert said in await refused(context, replica, SiteDown)


@pytest.mark.parametrize(
    "step", [LOGIN_STEPS[0], *(pytest.param(one, marks=pytest.mark.proof) for one in LOGIN_STEPS[1:])]
)
async def test_a_site_that_hangs_at_any_step_of_a_login_ends_with_the_steps_time(
    context: BrowserContext, replica: Replica, step: str
) -> None:
    replica.fault("hang", step)
    began = time.monotonic()
    said = await refused(context, replica, SiteDown)
    assert time.monotonic() - began < LIMIT_SECONDS
    assert "nothing came within 1 s" in said


@pytest.mark.parametrize("step", ["entry", "login_page"])
async def test_another_page_than_the_one_that_was_expected_is_told(
    context: BrowserContext, replica: Replica, step: str
) -> None:
    replica.fault("unknown_page", step)
    said = await refused(context, replica, SiteChanged)
    assert names.WHERE in said


async def test_an_expired_session_is_noticed_at_the_next_search_and_nothing_is_lost(buyer: Buyer) -> None:
    buyer.replica.fault("session_expiry", "search")
    before = buyer.replica.till()
    await buyer.buy(index("2784197"))
    assert [login.ok for login in buyer.replica.till().since(before).logins] == [True]
    assert len(buyer.paid) == len(buyer.sold) == 1


@pytest.mark.parametrize("step", ["choose_circonscription", "choose_cadastre"])
async def test_a_session_that_ends_while_the_form_is_filled_is_noticed_too(buyer: Buyer, step: str) -> None:
    buyer.replica.fault("session_expiry", step)
    before = buyer.replica.till()
    await buyer.buy(index("2784197"))
    assert [login.ok for login in buyer.replica.till().since(before).logins] == [True]
    assert len(buyer.paid) == len(buyer.sold) == 1


async def test_a_session_that_ends_again_and_again_is_left(buyer: Buyer) -> None:
    buyer.replica.fault("session_expiry", "search", times=None)
    assert isinstance(await buyer.fails(acte("12345678")), SessionEnded)
    assert buyer.paid == []
    assert buyer.pressed == []


async def test_a_session_that_another_login_ended_is_opened_again(
    browser: Browser, replica: Replica, folder: Path, context: BrowserContext
) -> None:
    async with buying(browser, replica, folder) as first:
        before = replica.till()
        await opened(context, replica)
        assert [eviction.account for eviction in replica.till().since(before).evictions] == ["replica-1"]
        await first.buy(acte("12345678"))
        assert len(first.sold) == 1


@pytest.mark.parametrize("fault", ["maintenance", "error_500"])
async def test_a_search_page_that_is_down_is_told(buyer: Buyer, fault: str) -> None:
    buyer.replica.fault(fault, "search")
    assert isinstance(await buyer.fails(acte("12345678")), SiteDown)
    assert buyer.paid == []


async def test_a_notice_of_maintenance_with_a_good_status_is_understood(buyer: Buyer) -> None:
    notice = "Le site est fermé en raison de travaux d'entretien."
    await buyer.page.route(
        "**/*reqst.asp", lambda route: route.fulfill(body=notice, content_type="text/html")
    )
    error = await buyer.fails(acte("12345678"))
    assert isinstance(error, SiteDown)
    assert "maintenance" in error.sentence


async def test_an_unknown_page_where_the_search_should_be_is_named(buyer: Buyer) -> None:
    buyer.replica.fault("unknown_page", "search")
    error = await buyer.fails(acte("12345678"))
    assert isinstance(error, SiteChanged)
    assert "selCircnFoncr" in error.sentence


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ({"login": True, "message": "Le mot de passe est invalide."}, AccountRefused),
        ({"login": True, "message": ""}, AccountRefused),
        ({"login": True, "message": "Service temporairement indisponible."}, SiteDown),
        ({"login": True, "message": "Fermé : travaux d’entretien."}, SiteDown),
        ({"login": True, "message": "Une session est déjà en cours."}, AccountInUse),
        ({"login": False, "question": True}, AccountRefused),
    ],
)
def test_a_login_page_that_comes_again_is_the_accounts_fault_unless_the_site_is_closed(
    found: JsonObject, kind: type[PoolError]
) -> None:
    with pytest.raises(kind):
        check_landing(account(), found)
