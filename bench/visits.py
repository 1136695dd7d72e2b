"""`python -m bench.visits SHAPE CONTEXTS DOCUMENTS URL FOLDER`: buys indexes from the replica, in one shape.

predecessor  a full Chromium, started and logged in for each document, one after the other
ours         the headless shell, started once, with so many kept sessions
floor        plain HTTP, one session

Says `{"ready": true}` when its modules are loaded, then `{"documents", "seconds"}` at the end.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench import posts
from poolmgr.config.settings import FoncierSettings, RegistreSettings, Settings
from poolmgr.domain.errors import NotSold
from poolmgr.domain.orders import LandOrder
from poolmgr.domain.purchases import Account
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.browser.programs import DEBIAN
from poolmgr.registries.browser.workshop import Workshop
from poolmgr.registries.foncier.asking import Payer, Press
from poolmgr.registries.foncier.fetching import fetch
from poolmgr.registries.foncier.session import Session

FULL_CHROMIUM = Path(os.environ.get("BENCH_CHROMIUM") or DEBIAN / "chromium")
"""Another place than the system's may be named, for a machine where it is only unpacked."""

DIFFERENT_LOTS = 20
"""So few that the replica has drawn each before it counts."""


def main() -> int:
    shape, contexts, documents, url, folder = sys.argv[1:]
    say({"ready": True})
    sys.stdin.readline()
    began = time.monotonic()
    if shape == "floor":
        by_posts(url, int(documents))
    else:
        workshop = Workshop(Path(folder) / "browser", f"{shape}-{contexts}")
        workshop.open()
        work = {"predecessor": as_predecessor, "ours": as_ours}[shape]
        asyncio.run(work(workshop, url, int(contexts), int(documents)))
        workshop.close()
    say({"documents": int(documents), "seconds": time.monotonic() - began})
    return 0


def say(values: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def lots(how_many: int) -> Iterator[str]:
    return (str(2_100_001 + number % DIFFERENT_LOTS) for number in range(how_many))


def by_posts(url: str, documents: int) -> None:
    visit = posts.Visit(url)
    visit.log_in()
    for lot in lots(documents):
        visit.buy_index(lot)


async def as_predecessor(workshop: Workshop, url: str, _: int, documents: int) -> None:
    settings = settings_for(url, str(FULL_CHROMIUM))
    for lot in lots(documents):
        browser = Browser(settings.registre, [settings.foncier.host], workshop)
        await browser.start()
        session = await Session.opened(await browser.new_context(), account(0), settings)
        await bought(session, lot, workshop)
        await browser.close()


async def as_ours(workshop: Workshop, url: str, contexts: int, documents: int) -> None:
    settings = settings_for(url, "")
    browser = Browser(settings.registre, [settings.foncier.host], workshop)
    await browser.start()
    left = lots(documents)

    async def keep_buying(number: int) -> None:
        session = await Session.opened(await browser.new_context(), account(number), settings)
        for lot in left:
            await bought(session, lot, workshop)

    await asyncio.gather(*(keep_buying(number) for number in range(contexts)))
    await browser.close()


async def bought(session: Session, lot: str, workshop: Workshop) -> None:
    order = LandOrder("index", lot, posts.CIRCONSCRIPTION, "Cadastre du Québec", "", "")
    with workshop.job(session.account.username) as folder:
        await fetch(session, order, Pressing(), folder)


class Pressing(Payer):
    """Money is not measured here: the click alone."""

    async def pay(self, _: LandOrder, press: Press) -> None:
        await press(5.0)

    async def not_sold(self, error: NotSold) -> None:
        raise error


def settings_for(url: str, browser: str) -> Settings:
    return Settings(registre=RegistreSettings(browser=browser), foncier=FoncierSettings(url=url))


def account(number: int) -> Account:
    return Account(id=str(number), username=f"bench-{number}", password=f"bench-{number}")


if __name__ == "__main__":
    sys.exit(main())
