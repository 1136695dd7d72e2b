"""A browser that runs elsewhere, such as a hosted one, and is spoken to over CDP."""

import asyncio
import re
from urllib.parse import urlsplit
from uuid import uuid4

from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import Error, Playwright
from pydantic import SecretStr

from poolmgr.config.registries import RegistreSettings
from poolmgr.domain.errors import BrowserLost, NotAvailable
from poolmgr.registries.browser.driver import CLOSE_SECONDS, Browser
from poolmgr.registries.browser.steps import first_line, step
from poolmgr.registries.browser.workshop import Workshop

ADDRESS = re.compile(r"\S+://\S+")


class HostedBrowser(Browser):
    """As `Browser`, connected instead of started: what it may reach, and how it sends, is its owner's matter.

    address: a secret, for it carries the owner's key.
    """

    hosted = True

    def __init__(self, settings: RegistreSettings, address: SecretStr, workshop: Workshop) -> None:
        super().__init__(settings, (), workshop)
        self.address = address

    @property
    def name(self) -> str:
        """Its machine: all of the address that may be said."""
        return urlsplit(self.address.get_secret_value()).hostname or ""

    def equip(self) -> None:
        """Raises NotAvailable."""
        self.workshop.equip()

    async def opened(self, playwright: Playwright) -> PlaywrightBrowser:
        """Raises BrowserLost, without the address."""
        seconds = self.settings.launch_seconds
        try:
            async with asyncio.timeout(seconds + CLOSE_SECONDS):
                return await playwright.chromium.connect_over_cdp(
                    self.address.get_secret_value(),
                    timeout=seconds * 1000,
                    slow_mo=self.settings.slow_mo_seconds * 1000,
                )
        except TimeoutError:
            raise BrowserLost(f"The browser at {self.name} did not answer within {seconds:g} s.") from None
        except Error as error:
            said = ADDRESS.sub("…", first_line(error))
            raise BrowserLost(
                f"The browser at {self.name} does not answer: {said}",
                advice="Check its cdp_url, and whether the key in it is still good.",
            ) from None

    async def prove(self) -> None:
        """It runs scripts, and its files come here. Raises BrowserLost, NotAvailable."""
        context = await self.new_context()
        async with step("Proving the browser", self.settings.launch_seconds):
            page = await context.new_page()
            if await page.evaluate("() => 6 * 7") != 42:
                raise BrowserLost("The browser does not run scripts.")
            text = uuid4().hex
            await page.set_content(f'<a download="proof" href="data:text/plain,{text}">proof</a>')
            place = self.workshop.temporary / f"proof-{text}"
            try:
                async with page.expect_download() as coming:
                    await page.locator("a").click(no_wait_after=True)
                await (await coming.value).save_as(place)
                came = place.read_text()
            except (Error, OSError):
                came = ""
            finally:
                place.unlink(missing_ok=True)
            if came != text:
                raise NotAvailable(
                    f"The browser at {self.name} keeps its downloads: what is bought would stay there.",
                    advice="Use one whose downloads come over CDP, or leave cdp_url empty.",
                )
            await context.close()
