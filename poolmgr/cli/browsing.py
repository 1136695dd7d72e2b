"""A browser for the length of a command."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from poolmgr.cli import registre
from poolmgr.config.settings import Settings
from poolmgr.config.sites import Site

if TYPE_CHECKING:
    from poolmgr.registries.browser.driver import Browser


@asynccontextmanager
async def browser_of(settings: Settings, command: str, site: Site | None = None) -> AsyncIterator["Browser"]:
    """Of a registry, without one the land registry: started and proven, in a folder of its own. Raises
    NotAvailable, BrowserLost."""
    site = site or settings.foncier
    from poolmgr.registries.browser.workshop import Workshop

    with tempfile.TemporaryDirectory(prefix=f"registre-pool-{command}-") as folder:
        workshop = Workshop(Path(folder), f"{command}-{os.getpid()}")
        workshop.open()
        browser = registre.browser(site.cdp_url, settings, workshop, [site.host])
        try:
            await browser.start()
            yield browser
        finally:
            await browser.close()
            workshop.close()
