"""`python -m bench.searches REGISTRY SHAPE SEARCHES URL FOLDER`: searches the replica in one shape.

REGISTRY is req or rdprm; SHAPE is

predecessor  a full Chromium, started for each search, and logged in where that is needed; without its pauses
ours         the headless shell, started once; for the RDPRM with one kept session

Says `{"ready": true}` when its modules are loaded, then `{"documents", "seconds"}` at the end.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urljoin

from bench.visits import FULL_CHROMIUM, say
from poolmgr.cli.environments import rdprm_on_replica
from poolmgr.config.settings import RdprmSettings, RegistreSettings, ReqSettings, Settings
from poolmgr.domain.purchases import Account
from poolmgr.local.replica.req.vocabulary import BASE
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.browser.workshop import Workshop
from poolmgr.registries.rdprm.fetching import fetch
from poolmgr.registries.rdprm.session import Session
from poolmgr.registries.req import names
from poolmgr.registries.req.searching import Pace, Searching

QUERY, COMPANIES = "quincaillerie jetté", 3
NAME, REFERENCE = "Béton Fictif & Fils inc.", "0c0ffee0"


def main() -> int:
    registry, shape, searches, url, folder = sys.argv[1:]
    say({"ready": True})
    sys.stdin.readline()
    began = time.monotonic()
    workshop = Workshop(Path(folder) / "browser", f"{registry}-{shape}")
    workshop.open()
    settings = settings_for(url, str(FULL_CHROMIUM) if shape == "predecessor" else "")
    bench = {"req": companies, "rdprm": extracts}[registry]
    asyncio.run(bench(settings, workshop, int(searches), anew=shape == "predecessor"))
    workshop.close()
    say({"documents": int(searches), "seconds": time.monotonic() - began})
    return 0


async def companies(settings: Settings, workshop: Workshop, searches: int, *, anew: bool) -> None:
    async def search(browser: Browser) -> None:
        context = await browser.new_context()
        screen = await Screen.opened(context, settings.registre.step_seconds, names.WHERE)
        found = await Searching(screen, QUERY, settings.req, Pace(0)).run()
        assert len(found.companies) == COMPANIES
        await context.close()

    if anew:
        for _ in range(searches):
            async with browser_of(settings, workshop) as browser:
                await search(browser)
        return
    async with browser_of(settings, workshop) as browser:
        for _ in range(searches):
            await search(browser)


async def extracts(settings: Settings, workshop: Workshop, searches: int, *, anew: bool) -> None:
    rdprm = settings.rdprm
    account = Account(id="config", username=rdprm.username, password=rdprm.password.get_secret_value())

    async def search(session: Session) -> None:
        with workshop.job("bench") as folder:
            await fetch(session, NAME, REFERENCE, pressed, folder)

    for _ in range(searches if anew else 1):
        async with browser_of(settings, workshop) as browser:
            session = await Session.opened(await browser.new_context(), account, settings)
            for _ in range(1 if anew else searches):
                await search(session)


@asynccontextmanager
async def browser_of(settings: Settings, workshop: Workshop) -> AsyncIterator[Browser]:
    browser = Browser(settings.registre, [settings.foncier.host, *settings.rdprm.hosts], workshop)
    await browser.start()
    try:
        yield browser
    finally:
        await browser.close()


async def pressed(_: int, press: Callable[[float], Awaitable[None]]) -> None:
    """Money is not measured here: the click alone."""
    await press(5.0)


def settings_for(url: str, browser: str) -> Settings:
    return Settings(
        registre=RegistreSettings(browser=browser),
        req=ReqSettings.model_validate({"url": urljoin(url, BASE), "pause_seconds": 0}),
        rdprm=RdprmSettings.model_validate(rdprm_on_replica(url)),
    )


if __name__ == "__main__":
    sys.exit(main())
