"""One account's session with the land registry: logged in once, kept between documents."""

from urllib.parse import urljoin

from playwright.async_api import BrowserContext

from poolmgr.config.settings import Settings
from poolmgr.domain.errors import AccountInUse, AccountRefused, SessionEnded, SiteDown
from poolmgr.domain.json import JsonObject, text
from poolmgr.domain.purchases import Account
from poolmgr.registries.browser.screen import MARK, Screen
from poolmgr.registries.foncier import names
from poolmgr.registries.foncier.messages import recognise
from poolmgr.registries.foncier.refusals import explained

ASKED_AGAIN = "The site asks for the account again."
LANDED = """({mark, user, question, error}) => {
  const page = document.documentElement;
  if (!page || page.hasAttribute(mark) || document.readyState === "loading") return null;
  const cell = document.querySelector(error);
  return {login: !!document.querySelector(user), question: !!document.querySelector(question),
    message: cell ? cell.innerText.trim() : ""};
}"""


class Session:
    """A browser session that is ours alone while the account is lent to us."""

    def __init__(self, screen: Screen, account: Account, settings: Settings) -> None:
        self.screen = screen
        self.account = account
        self.foncier = settings.foncier
        self.registre = settings.registre

    @classmethod
    async def opened(cls, context: BrowserContext, account: Account, settings: Settings) -> "Session":
        """Logged in. Raises AccountRefused, AccountInUse, SiteDown, SiteChanged, TurnedAway, BrowserLost."""
        screen = await Screen.opened(context, settings.registre.step_seconds, names.WHERE)
        session = cls(screen, account, settings)
        await session.log_in()
        return session

    def address(self, page: str) -> str:
        return urljoin(self.foncier.url, page)

    async def log_in(self) -> None:
        """By way of the entry page, as people do.

        Raises AccountRefused, AccountInUse, SiteDown, SiteChanged, TurnedAway, BrowserLost.
        """
        async with explained(self.screen):
            check_landing(self.account, await self.landed())

    async def landed(self) -> JsonObject:
        """What the page shows on which a login comes out."""
        screen = self.screen
        await screen.open(self.foncier.url, "The entry page")
        way = await screen.element(
            await screen.need(names.ENTRY), "(way) => ({address: way.href})", names.ENTRY.what
        )
        await screen.open(str(way.get("address", "")), "The login page")
        await self.identify()
        return await screen.until(
            LANDED,
            {
                "mark": MARK,
                "user": names.USER.selector,
                "question": names.QUESTION.selector,
                "error": names.ERROR_CELL,
            },
            "Logging in",
        )

    async def identify(self) -> None:
        """Fills and sends the login form; the password is in no error, of which only first lines leave."""
        screen = self.screen
        await screen.need_all(names.ALSO_IN_LOGIN)
        await screen.fill(names.USER, self.account.username)
        await screen.fill(names.PASSWORD, self.account.password)
        button = await screen.need(names.ENTER)
        await screen.check_label(button, names.ENTER)
        await screen.leave()
        await screen.press(button, names.ENTER.what)

    async def open_search(self, page: str, title: str) -> None:
        """Raises SessionEnded when the site asks who we are, SiteDown when it says that it is closed."""
        screen = self.screen
        await screen.open(self.address(page), f"Opening {title}")
        if await screen.has(names.CIRCONSCRIPTION):
            return
        if await screen.has(names.USER):
            raise SessionEnded(ASKED_AGAIN)
        await self.explain()

    async def explain(self) -> None:
        """Raises what the page that came instead means."""
        shown = await self.screen.evidence()
        if message := recognise(str(shown.get("text", ""))):
            raise SiteDown(message.sentence)
        raise self.screen.lacks(names.CIRCONSCRIPTION)


def check_landing(account: Account, found: JsonObject) -> None:
    """Where a login came out. Raises AccountRefused, with the site's own words; AccountInUse; SiteDown when
    it is closed, or closed to us, which is no fault of the account."""
    if found.get("question") is True:
        raise AccountRefused(
            f"The site asks {account.username} a personal question, which a program cannot answer.",
            advice="Log in once by hand and answer it, or give the pool another account.",
        )
    if found.get("login") is True:
        said = text(found, "message") or "it shows the login page again"
        message = recognise(said)
        if message and message.meaning == "in_use":
            raise AccountInUse(f"{account.username}: {message.sentence} The site says: {said}")
        if message and message.meaning in ("closed", "excess"):
            raise SiteDown(message.sentence)
        raise AccountRefused(
            f"The site does not let the account {account.username} in: {said}",
            advice="Check it by hand; with 3 failures it is left alone (worker_accounts.failure_count).",
        )
