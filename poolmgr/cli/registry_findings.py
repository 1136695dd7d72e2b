"""What `registre-pool doctor` says of the registries: leave to use them, a browser that works, money."""

import asyncio
from collections.abc import Iterator

from poolmgr.cli import registre
from poolmgr.cli.browsing import browser_of
from poolmgr.cli.environments import Access, purchases_of
from poolmgr.cli.findings import Finding, tried
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import text, whole

MOST_UNKNOWN = 1000


def examine(settings: Settings) -> Iterator[Finding]:
    """Of this machine. The browser is really started: nothing else proves it."""
    if not settings.registre.enabled:
        yield Finding(check="registre", grade="ok", detail="off: registre.enabled is false")
        return
    yield acknowledged(settings)
    yield tried("browser", lambda: asyncio.run(browser(settings)), "failure")


def acknowledged(settings: Settings) -> Finding:
    check, address = "land registry", settings.foncier.url
    if not settings.foncier.allowed:
        return Finding(
            check=check,
            grade="warning",
            detail=f"not used: foncier.automation_acknowledged is false ({address})",
            fix=registre.NOT_ACKNOWLEDGED,
        )
    if not settings.foncier.automation_acknowledged:
        return Finding(check=check, grade="ok", detail=f"{address} is on this machine")
    return Finding(check=check, grade="ok", detail=f"{address}, its terms acknowledged by the operator")


async def browser(settings: Settings) -> str:
    """Raises NotAvailable, BrowserLost."""
    async with browser_of(settings, "doctor") as tried_out:
        kind = "headless shell" if tried_out.shell else "full Chromium, three times the CPU of its shell"
        sandbox = "in its sandbox" if tried_out.sandboxed else "without its sandbox"
        return f"{tried_out.version}, {kind}, {sandbox}; nothing outside {settings.foncier.host} is reached"


async def money(access: Access, settings: Settings, name: str) -> Finding:
    """Of one environment."""
    check = f"{name} money"
    try:
        async with purchases_of(access, settings) as purchases:
            unknown = await purchases.purchases_list({"state": "unknown"}, MOST_UNKNOWN)
            budgets = {text(one, "registry"): one for one in await purchases.budgets(1)}
    except PoolError as error:
        return Finding(check=check, grade="failure", detail=error.sentence, fix=error.advice)
    spent, limit = whole(budgets.get("land", {}), "spent_cents"), settings.money.land_cents_a_day
    detail = f"{spent / 100:.2f} of {limit / 100:.2f} CAD spent today on the land registry"
    if unknown:
        detail = f"{len(unknown)} purchases may be paid and have no document; {detail}"
        fix = "registre-pool purchases list --state unknown shows them."
        return Finding(check=check, grade="warning", detail=detail, fix=fix)
    if settings.foncier.allowed and settings.registre.enabled and not limit:
        detail = "money.land_cents_a_day is 0: nothing is bought"
        fix = "Set it to the most that may be spent a day, in cents."
        return Finding(check=check, grade="warning", detail=detail, fix=fix)
    return Finding(check=check, grade="ok", detail=detail)
