"""A browser for the length of a command."""

import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from poolmgr.cli import registre
from poolmgr.config.settings import Settings
from poolmgr.config.sites import HERE

if TYPE_CHECKING:
    from poolmgr.registries.browser.driver import Browser


@asynccontextmanager
async def browser_of(
    settings: Settings, command: str, hosts: Sequence[str], address: SecretStr = HERE
) -> AsyncIterator["Browser"]:
    """Started and proven, in a folder of its own; it reaches these hosts alone, unless it is a hosted one at
    an address.

    Raises NotAvailable, BrowserLost.
    """
    from poolmgr.registries.browser.workshop import Workshop

    with tempfile.TemporaryDirectory(prefix=f"registre-pool-{command}-") as folder:
        workshop = Workshop(Path(folder), f"{command}-{os.getpid()}")
        workshop.open()
        browser = registre.browser(address, settings, workshop, hosts)
        try:
            await browser.start()
            yield browser
        finally:
            await browser.close()
            workshop.close()
