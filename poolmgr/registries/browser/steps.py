"""What the browser's own errors mean. None of their texts goes further than its first line: the rest
repeats what was typed, passwords too."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Error
from playwright.async_api import TimeoutError as BrowserTimeout

from poolmgr.domain.errors import BrowserLost, Outage, SiteDown
from poolmgr.registries.browser.story import tell

DRIVER_MARGIN_SECONDS = 5.0
"""A driver that has not even said "too late" so long after the limit hangs itself."""

GONE = re.compile(r"closed|crashed|disconnected|connection|EPIPE", re.IGNORECASE)
NETWORK = re.compile(r"net::(ERR_\w+)")


@asynccontextmanager
async def step(what: str, seconds: float) -> AsyncIterator[None]:
    """One step on a site, bounded; the job's story tells of it. Raises SiteDown or BrowserLost."""
    tell(what)
    try:
        async with asyncio.timeout(seconds + DRIVER_MARGIN_SECONDS):
            yield
    except BrowserTimeout:
        raise SiteDown(f"{what}: nothing came within {seconds:g} s.") from None
    except TimeoutError:
        raise BrowserLost(f"{what}: the browser did not answer within {seconds:g} s.") from None
    except Error as error:
        raise translated(what, error) from None


def translated(what: str, error: Error) -> Outage:
    line = first_line(error)
    if name := network_error(line):
        return SiteDown(f"{what}: {name}.")
    if GONE.search(line):
        return BrowserLost(f"{what}: {line}")
    return SiteDown(f"{what}: {line}")


def network_error(text: str) -> str:
    """Chromium's name of a connection that failed; empty when the text has none."""
    found = NETWORK.search(text)
    return found[1] if found else ""


def first_line(error: Error) -> str:
    return error.message.strip().partition("\n")[0][:300]
