"""The way in: the notice about cookies, the login, its question, and a session that is still alive."""

from dataclasses import replace

import pytest
from playwright.async_api import BrowserContext
from pydantic import SecretStr

from poolmgr.domain.errors import AccountRefused, SiteDown
from poolmgr.local.replica.accounts import RDPRM
from poolmgr.local.replica.rdprm.control import RdprmReplica
from tests.registries.rdprm.searcher import opened


async def test_a_session_is_opened_by_way_of_home_and_question_and_used_while_it_lives(
    context: BrowserContext, rdprm: RdprmReplica
) -> None:
    rdprm.reset()
    before = rdprm.till()
    session = await opened(context, rdprm)
    assert {**rdprm.steps().reached} == dict.fromkeys(("home", "login", "question", "answer"), 1) | {
        "services": 2
    }
    assert "temoins" in {cookie.get("name") for cookie in await context.cookies()}
    await session.log_in()
    assert len(rdprm.till().since(before).logins) == 1


@pytest.mark.parametrize("wrong", ["password", "answer"])
async def test_a_refused_login_says_the_sites_words_and_no_secret(
    context: BrowserContext, rdprm: RdprmReplica, wrong: str
) -> None:
    rdprm.reset()
    rdprm.choose(account=vars(replace(RDPRM, **{wrong: "another"})))
    before = rdprm.till()
    with pytest.raises(AccountRefused, match="est invalide") as caught:
        await opened(context, rdprm)
    assert RDPRM.username in str(caught.value)
    assert RDPRM.password not in str(caught.value)
    assert RDPRM.answer not in str(caught.value)
    assert [one.why for one in rdprm.till().since(before).logins] == [wrong]


async def test_a_question_without_an_answer_in_the_settings_is_not_guessed(
    context: BrowserContext, rdprm: RdprmReplica
) -> None:
    rdprm.reset()
    with pytest.raises(AccountRefused, match="RDPRM_SEC"):
        await opened(context, rdprm, security_answer=SecretStr(""))
    assert "answer" not in rdprm.steps().reached


async def test_a_site_that_is_closed_is_no_fault_of_the_account(
    context: BrowserContext, rdprm: RdprmReplica
) -> None:
    rdprm.reset()
    rdprm.fault("maintenance", "services")
    with pytest.raises(SiteDown, match="503"):
        await opened(context, rdprm)
