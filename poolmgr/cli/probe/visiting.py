"""A browser and, where one is needed, an account: what a registry is probed with."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from poolmgr.cli import registre
from poolmgr.cli.accounts.lending import Lending
from poolmgr.cli.browsing import browser_of
from poolmgr.cli.environments import accounts_of
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import AccountRefused, NoLogin, Outage, StoreError, TurnedAway
from poolmgr.domain.purchases import Account, Registry
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.foncier import names as foncier_names
from poolmgr.registries.foncier import probing as foncier_pages
from poolmgr.registries.foncier.session import Session as FoncierSession
from poolmgr.registries.probing import Point, Probing
from poolmgr.registries.rdprm import names as rdprm_names
from poolmgr.registries.rdprm import probing as rdprm_pages
from poolmgr.registries.rdprm.session import Session as RdprmSession
from poolmgr.registries.req import names as req_names
from poolmgr.registries.req import probing as req_pages
from poolmgr.stores.bans import Bans
from poolmgr.workers.rdprm import door

NO_ACCOUNT = Account(id="", username="", password="")


class NoneFree(StoreError):
    """No account is free."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """How a registry is visited. where: the file of its names; lent_as: as the database lends its accounts,
    None = it knows none."""

    registry: registre.SiteName
    where: str
    look: Callable[[Probing, Account, Settings], Awaitable[None]]
    lent_as: Registry | None = None


async def look_at_land(probing: Probing, account: Account, settings: Settings) -> None:
    await foncier_pages.probe(probing, FoncierSession(probing.screen, account, settings))


async def look_at_req(probing: Probing, _: Account, settings: Settings) -> None:
    await req_pages.probe(probing, settings.req)


async def look_at_rdprm(probing: Probing, lent: Account, settings: Settings) -> None:
    """The database lends only the leave to use the one login."""
    account = door(settings).login(lent)
    await rdprm_pages.probe(probing, RdprmSession(probing.screen, account, settings))


VISITS = (
    Visit(registry="land", where=foncier_names.WHERE, look=look_at_land, lent_as="land"),
    Visit(registry="req", where=req_names.WHERE, look=look_at_req),
    Visit(registry="rdprm", where=rdprm_names.WHERE, look=look_at_rdprm, lent_as="rdprm"),
)
REGISTRIES: dict[str, Visit] = {visit.registry: visit for visit in VISITS}


async def run(settings: Settings, visit: Visit, username: str) -> list[Point]:
    """What was looked at; what stopped it early is the last point.

    Raises NotAvailable, BrowserLost, StoreError, StoreUnreachable.
    """
    bans = registre.bans(settings, visit.registry)
    address = registre.sites(settings)[visit.registry].cdp_url
    async with browser_of(settings, "probe", registre.hosts(settings), address) as browser:
        context = await browser.new_context()
        screen = await Screen.opened(context, settings.registre.step_seconds, visit.where)
        probing = Probing(screen)
        try:
            check_bans(bans)
            async with account_for(settings, visit, username) as account:
                await visit.look(probing, account, settings)
        except TurnedAway as error:
            if not bans.standing(time.time()):
                bans.banned(error.sentence, time.time())
            probing.note("the rest", "unreached", found=error.sentence)
        except (Outage, AccountRefused, NoLogin) as error:
            probing.note("the rest", "unreached", found=error.sentence)
    return probing.points


def check_bans(bans: Bans) -> None:
    """Raises TurnedAway: a site that has turned us away is left alone by people's commands, too."""
    if ban := bans.standing(time.time()):
        left = f"{ban.left(time.time()):.0f}"
        raise TurnedAway(f"It is left alone for another {left} s, for it turned us away: {ban.error}")


@asynccontextmanager
async def account_for(settings: Settings, visit: Visit, username: str) -> AsyncIterator[Account]:
    """Raises NoneFree, StoreError, StoreUnreachable."""
    if visit.lent_as is None:
        yield NO_ACCOUNT
        return
    async with (
        accounts_of(settings) as accounts,
        Lending(accounts, settings, "probe").lent(username, visit.lent_as) as account,
    ):
        if account is None:
            raise NoneFree(
                f"The account {username} is not free." if username else "No account is free.",
                advice="registre-pool accounts list shows who has which.",
            )
        yield account
