"""Trying logins on the land registry's site, one after the other, each account lent to us alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from poolmgr.cli.accounts.lending import Lending
from poolmgr.cli.browsing import browser_of
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import AccountRefused, NoLogin, Outage
from poolmgr.domain.json import JsonObject, text
from poolmgr.domain.purchases import Account
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.foncier.session import Session
from poolmgr.stores.accounts import DatabaseAccounts
from poolmgr.workers.seat import close_context

MOST_ACCOUNTS = 1000
Verdict = Literal["ok", "refused", "in_use", "not_tried"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How a login went; not_tried: the site or the browser would not have it, whoever asked."""

    username: str
    verdict: Verdict
    sentence: str

    @property
    def proven(self) -> bool:
        """Nothing speaks against the account. One in use is proven by whoever uses it."""
        return self.verdict in ("ok", "in_use")


class Trials:
    """Of accounts by their names, through one browser."""

    def __init__(self, accounts: DatabaseAccounts, browser: Browser, settings: Settings) -> None:
        self.accounts = accounts
        self.browser = browser
        self.settings = settings
        self.lending = Lending(accounts, settings, "accounts-test")

    async def run(self, usernames: Sequence[str], say: Callable[[Trial], None]) -> list[Trial]:
        """After trouble that is nobody's fault, the rest is not tried: it would only be met again.

        Raises StoreError, StoreUnreachable.
        """
        done: list[Trial] = []
        trouble = ""
        for username in usernames:
            if trouble:
                trial = Trial(username=username, verdict="not_tried", sentence=trouble)
            else:
                trial = await self.trial(username)
            if trial.verdict == "not_tried":
                trouble = trial.sentence
            done.append(trial)
            say(trial)
        return done

    async def trial(self, username: str) -> Trial:
        try:
            async with self.lending.lent(username) as account:
                if account is None:
                    return Trial(username=username, verdict="in_use", sentence=await self.holder(username))
                await self.log_in(account)
            return Trial(username=username, verdict="ok", sentence="logged in")
        except (NoLogin, AccountRefused) as error:
            return Trial(username=username, verdict="refused", sentence=str(error))
        except Outage as error:
            return Trial(username=username, verdict="not_tried", sentence=str(error))

    async def log_in(self, account: Account) -> None:
        """Raises AccountRefused, SiteDown, SiteChanged, BrowserLost."""
        context = await self.browser.new_context()
        try:
            await Session.opened(context, account, self.settings)
        finally:
            await close_context(context, self.browser)

    async def holder(self, username: str) -> str:
        for row in await self.accounts.accounts_list(MOST_ACCOUNTS):
            if row.get("username") == username and text(row, "worker"):
                return in_use(row)
        return "in use"


def in_use(row: JsonObject) -> str:
    return f"in use by {text(row, 'worker')} on {text(row, 'host')} until {text(row, 'leased_until')}"


async def run(
    accounts: DatabaseAccounts, settings: Settings, usernames: Sequence[str], say: Callable[[Trial], None]
) -> list[Trial]:
    """Raises NotAvailable, BrowserLost, StoreError, StoreUnreachable."""
    foncier = settings.foncier
    async with browser_of(settings, "accounts", [foncier.host], foncier.cdp_url) as browser:
        return await Trials(accounts, browser, settings).run(usernames, say)
