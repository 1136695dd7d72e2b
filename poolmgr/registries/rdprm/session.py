"""The one session with the RDPRM: logged in with its security question, kept between searches."""

from urllib.parse import urljoin

from playwright.async_api import BrowserContext

from poolmgr.config.settings import Settings
from poolmgr.domain.errors import AccountRefused, Outage, SessionEnded, SiteChanged
from poolmgr.domain.json import JsonObject, record, text, whole
from poolmgr.domain.purchases import Account
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.browser.steps import step
from poolmgr.registries.names import Name
from poolmgr.registries.rdprm import names
from poolmgr.registries.rdprm.looking import see


class Session:
    """A browser session that is ours alone while the account is lent to us.

    worn: a window of it may still be on its way with an extract that was given up; were the session used
    again, that could be taken for the next one's.
    """

    def __init__(self, screen: Screen, account: Account, settings: Settings) -> None:
        self.worn = False
        self.screen = screen
        self.account = account
        self.rdprm = settings.rdprm
        self.registre = settings.registre

    @classmethod
    async def opened(cls, context: BrowserContext, account: Account, settings: Settings) -> "Session":
        """Logged in. Raises AccountRefused, SiteDown, SiteChanged, TurnedAway, BrowserLost."""
        screen = await Screen.opened(context, settings.registre.step_seconds, names.WHERE)
        session = cls(screen, account, settings)
        await session.log_in()
        return session

    def address(self, page: str) -> str:
        return urljoin(self.rdprm.url, page)

    async def log_in(self) -> None:
        """By way of the home page, as people do; a session that is still alive is used.

        Raises AccountRefused, SiteDown, SiteChanged, TurnedAway, BrowserLost.
        """
        await self.open_home()
        found = await self.open_services()
        if "login" in found:
            found = await self.identify()
        if "question" in found and "error" not in found:
            found = await self.answer_question()
        self.check_welcome(found)

    async def open_home(self) -> None:
        if self.rdprm.home_url:
            await self.screen.open(self.rdprm.home_url, "The home page")
            await self.close_cookies()

    async def open_services(self) -> JsonObject:
        """Whether they welcome us, or ask who we are."""
        await self.screen.open(self.address(names.SERVICES_PAGE), "The services")
        return await see(self.screen, "The services", "welcome", "login", "question")

    async def identify(self) -> JsonObject:
        return await self.send(names.USER, self.account.username, names.ENTER, "Logging in")

    async def answer_question(self) -> JsonObject:
        """Raises AccountRefused where nobody has set an answer."""
        answer = self.rdprm.security_answer.get_secret_value()
        if not answer:
            raise AccountRefused(
                f"The site asks {self.account.username} its security question.",
                advice="Set rdprm.security_answer: the variable RDPRM_SEC, .env or a credential.",
            )
        return await self.send(names.ANSWER, answer, names.GO_ON, "Answering the security question")

    def check_welcome(self, found: JsonObject) -> None:
        """Raises AccountRefused, with the site's own words."""
        if "welcome" in found:
            return
        said = text(found, "error") or "it asks the same again"
        raise AccountRefused(
            f"The site does not let the account {self.account.username} in: {said}",
            advice="Check it by hand before it is locked: RDPRM_USER, RDPRM_PASS, RDPRM_SEC.",
        )

    async def send(self, field: Name, value: str, button: Name, what: str) -> JsonObject:
        """One form of the login; the secret is in no error, of which only first lines leave."""
        screen = self.screen
        await screen.fill(field, value)
        if field is names.USER:
            await screen.fill(names.PASSWORD, self.account.password)
        found = await screen.saying(button)
        if found is None:
            raise screen.lacks(button)
        await screen.leave()
        await screen.press(found, button.what)
        return await see(screen, what, "welcome", "login", "question", "error")

    async def close_cookies(self) -> None:
        """The notice lies over the page; a page without it is as good."""
        try:
            button = await self.screen.saying(names.COOKIES)
            if button is not None:
                async with step("Closing the notice about cookies", 5):
                    await button.click(timeout=2000, no_wait_after=True)
        except Outage:
            return

    async def open_form(self) -> JsonObject:
        """The form of a search, as `see` finds it. Raises SessionEnded when the site asks who we are."""
        screen = self.screen
        if "welcome" not in await self.open_services():
            raise SessionEnded("The site asks for the account again.")
        way = await screen.element(
            await screen.need(names.CONSULTATION), "(way) => ({address: way.href})", names.CONSULTATION.what
        )
        await screen.open(text(way, "address"), "The consultation")
        found = await see(screen, "The form of a search", "form", "login")
        if "form" not in found:
            raise SessionEnded("The site asks for the account again.")
        form = record(found, "form")
        if whole(form, "fields") != 1:
            raise SiteChanged(
                f"The page has {whole(form, 'fields')} fields « {names.ORGANISATION_LABEL} », not one.",
                advice=f"If the site has changed, {names.WHERE} is the one file to change.",
            )
        return form
