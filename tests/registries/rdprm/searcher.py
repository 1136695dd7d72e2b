"""One session with the replica of the RDPRM, which searches what a test asks for and knows what was paid."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page
from pydantic import SecretStr

from poolmgr.config.registries import RdprmSettings, RegistreSettings
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import PoolError
from poolmgr.domain.purchases import Account
from poolmgr.local.replica.accounts import RDPRM
from poolmgr.local.replica.rdprm.control import RdprmReplica
from poolmgr.local.replica.till import PaidSearch, Press, Receipts
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.rdprm import names
from poolmgr.registries.rdprm.fetching import Extract, fetch
from poolmgr.registries.rdprm.session import Session
from tests.registries.browsers import SECONDS

CLICK_SECONDS = 5.0
NAME = "Béton Fictif & Fils inc."
NOBODY = "Compagnie inconnue ltée"
MUCH = "Banque volumineuse du Québec"
REFERENCE = "0c0ffee0"


def account(password: str = RDPRM.password) -> Account:
    return Account(id="config", username=RDPRM.username, password=password)


def settings_for(replica: RdprmReplica, **values: float | str | SecretStr) -> Settings:
    """Of the registries in general, or of the RDPRM."""
    general = {"step_seconds": SECONDS, "answer_seconds": SECONDS}
    known = RegistreSettings.model_fields
    root = replica.url.removesuffix("Sirf/")
    own = {
        "url": root,
        "home_url": f"{root}fr/Pages/Accueil.html",
        "security_answer": SecretStr(RDPRM.answer),
        "print_seconds": SECONDS,
        "settle_seconds": 0.5,
    }
    registre = general | {name: value for name, value in values.items() if name in known}
    rdprm = own | {name: value for name, value in values.items() if name not in known}
    return Settings(
        registre=RegistreSettings.model_validate(registre), rdprm=RdprmSettings.model_validate(rdprm)
    )


@dataclass
class Searcher:
    """`asked`: the prices of the clicks that were about to be made; `receipts`: what the till saw since."""

    session: Session
    replica: RdprmReplica
    folder: Path
    before: Receipts = field(init=False)
    asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.before = self.replica.till()
        self.asked = []

    @property
    def page(self) -> Page:
        return self.session.screen.page

    def hurry(self, **values: float) -> None:
        """From now on these settings hold."""
        settings = settings_for(self.replica, **values)
        self.session.registre, self.session.rdprm = settings.registre, settings.rdprm
        self.session.screen.seconds = settings.registre.step_seconds
        self.page.set_default_timeout(settings.registre.step_seconds * 1000)

    async def search(self, name: str = NAME) -> Extract:
        self.begin()
        return await fetch(self.session, name, REFERENCE, self.pay, self.folder)

    async def pay(self, cents: int, press: Callable[[float], Awaitable[None]]) -> None:
        self.asked.append(cents)
        await press(CLICK_SECONDS)

    async def fails(self, *kinds: type[PoolError], name: str = NAME) -> PoolError:
        """The one error that the search ends with."""
        with pytest.raises(kinds or PoolError) as caught:
            await self.search(name)
        return caught.value

    @property
    def receipts(self) -> Receipts:
        return self.replica.till().since(self.before)

    @property
    def paid(self) -> list[PaidSearch]:
        return self.receipts.searches

    @property
    def pressed(self) -> list[Press]:
        return self.receipts.clicks


async def opened(
    context: BrowserContext, replica: RdprmReplica, **values: float | str | SecretStr
) -> Session:
    """Logged in."""
    settings = settings_for(replica, **values)
    context.set_default_timeout(settings.registre.step_seconds * 1000)
    return await Session.opened(context, account(), settings)


async def searcher_of(context: BrowserContext, replica: RdprmReplica, folder: Path) -> Searcher:
    """With a page of its own in a session that is logged in."""
    screen = await Screen.opened(context, SECONDS, names.WHERE)
    return Searcher(Session(screen, account(), settings_for(replica)), replica, folder)
