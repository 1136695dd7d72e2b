"""What `registre-pool doctor` says of the registries: leave to use them, a browser that works, money."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial

from poolmgr.cli import registre
from poolmgr.cli.browsing import browser_of
from poolmgr.cli.doctor.findings import Finding, tried
from poolmgr.cli.environments import Access, purchases_of
from poolmgr.config.settings import FoncierSettings, RdprmSettings, ReqSettings, Settings
from poolmgr.config.sites import Site
from poolmgr.domain.budgets import Budget, budget, sentence
from poolmgr.domain.errors import PoolError
from poolmgr.domain.hours import day_of
from poolmgr.domain.prices import is_outdated

MOST_UNKNOWN = 1000
CHECKS: dict[registre.SiteName, str] = {
    "land": "land registry",
    "req": "register of companies",
    "rdprm": "RDPRM",
}


def examine(settings: Settings) -> Iterator[Finding]:
    """Of this machine. The browser is really started: nothing else proves it."""
    if not settings.registre.enabled:
        yield Finding(check="registre", grade="ok", detail="off: registre.enabled is false")
        return
    yield from permission(settings)
    yield turned_away_or_not(settings, "land") or acknowledged(
        CHECKS["land"], "foncier", settings.foncier, registre.NOT_ACKNOWLEDGED
    )
    yield turned_away_or_not(settings, "req") or acknowledged(
        CHECKS["req"], "req", settings.req, registre.REQ_NOT_ACKNOWLEDGED
    )
    yield rdprm(settings)
    yield from prices(settings, day_of(datetime.now(UTC)))
    hosted = {kind: site for kind, site in registre.sites(settings).items() if site.is_hosted}
    if "land" not in hosted:
        yield tried("browser", lambda: asyncio.run(browser(settings, settings.foncier)), "failure")
    for kind, site in hosted.items():
        if site.allowed:
            yield tried(f"{kind} browser", partial(hosted_browser, settings, site), "failure")


def permission(settings: Settings) -> Iterator[Finding]:
    """While no registry may be used there is nothing for half of the pool to do."""
    for lack in registre.lacks(settings):
        yield Finding(
            check="permission",
            grade="failure",
            detail=lack,
            fix="Read the sites' terms of use (docs/registries.md says what is known of them), and for each "
            "that allows it add to config.toml, such as for the land registry, these two lines and reload:\n"
            "  [foncier]\n  automation_acknowledged = true\n"
            "Who only reads documents: [registre], enabled = false.",
        )


def acknowledged(
    check: str, table: str, site: FoncierSettings | ReqSettings | RdprmSettings, fix: str
) -> Finding:
    """table: of config.toml."""
    address = site.url
    if not site.allowed:
        detail = f"not used: {table}.automation_acknowledged is false ({address})"
        return Finding(check=check, grade="warning", detail=detail, fix=fix)
    if not site.automation_acknowledged:
        return Finding(check=check, grade="ok", detail=f"{address} is on this machine")
    return Finding(check=check, grade="ok", detail=f"{address}, its terms acknowledged by the operator")


def rdprm(settings: Settings) -> Finding:
    """Whether it may be used, has a login, and serves this machine."""
    if settings.rdprm.automation_acknowledged and not settings.rdprm.usable:
        detail = f"not used: it has no login ({settings.rdprm.url})"
        return Finding(check=CHECKS["rdprm"], grade="warning", detail=detail, fix=registre.RDPRM_NO_LOGIN)
    if refused := turned_away_or_not(settings, "rdprm"):
        return refused
    found = acknowledged(CHECKS["rdprm"], "rdprm", settings.rdprm, registre.RDPRM_NOT_ACKNOWLEDGED)
    if found.grade != "ok" or settings.rdprm.is_ours or settings.rdprm.open_hours:
        return found
    return Finding(
        check=found.check,
        grade="warning",
        detail=f"{found.detail}; its hours are not written",
        fix="It does not serve at all hours: look them up, and set rdprm.open_hours and rdprm.closed_days; "
        "a paid search that closing time cuts off may be lost.",
    )


def turned_away_or_not(settings: Settings, registry: registre.SiteName) -> Finding | None:
    """What a registry refused, while it is left alone for it."""
    site = registre.sites(settings)[registry]
    bans = registre.bans(settings, registry)
    standing = bans.standing(time.time()) if site.allowed else None
    if standing is None:
        return None
    return Finding(
        check=CHECKS[registry],
        grade="warning",
        detail=f"left alone for another {standing.left(time.time()):.0f} s: {standing.error}",
        fix=f"Nothing: it is obeyed, and asked again then. If you know better: rm {bans.file}, and "
        "restart the children that download.",
    )


def hosted_browser(settings: Settings, site: Site) -> str:
    """Raises NotAvailable, BrowserLost."""
    return asyncio.run(browser(settings, site))


async def browser(settings: Settings, site: Site) -> str:
    """Raises NotAvailable, BrowserLost."""
    async with browser_of(settings, "doctor", [site.host], site.cdp_url) as tried_out:
        if tried_out.hosted:
            return f"{tried_out.version}, hosted; it runs scripts, and its downloads come here"
        kind = "headless shell" if tried_out.shell else "full Chromium, three times the CPU of its shell"
        sandbox = "in its sandbox" if tried_out.sandboxed else "without its sandbox"
        return f"{tried_out.version}, {kind}, {sandbox}; nothing outside {site.host} is reached"


async def money(access: Access, settings: Settings, name: str) -> Finding:
    """Of one environment."""
    check = f"{name} money"
    try:
        async with purchases_of(access, settings) as purchases:
            unknown = await purchases.purchases_list({"state": "unknown"}, MOST_UNKNOWN)
            budgets = [budget(one) for one in await purchases.budgets(1)]
    except PoolError as error:
        return Finding(check=check, grade="failure", detail=error.sentence, fix=error.advice)
    used = registre.bought(access, settings)
    budgets = budgets or unspent(settings, day_of(datetime.now(UTC)))
    shown = [one for one in budgets if one.limit_cents > 0 or one.registry in used]
    detail = "; ".join(f"{one.registry}: {sentence(one)}" for one in shown) or "nothing is bought here"
    if unknown:
        detail = f"{len(unknown)} purchases may be paid and have no document; {detail}"
        fix = "registre-pool purchases list --state unknown shows them."
        return Finding(check=check, grade="warning", detail=detail, fix=fix)
    if any(one.registry in used and not one.enough for one in shown):
        fix = "money.land_cents_a_day (rdprm_cents_a_day) is the most spent a day, in cents; each day anew."
        return Finding(check=check, grade="warning", detail=detail, fix=fix)
    return Finding(check=check, grade="ok", detail=detail)


def prices(settings: Settings, today: date) -> Iterator[Finding]:
    """The land register's change every 1 April; who has set the price has looked."""
    if settings.foncier.price_cents or not settings.foncier.allowed or not is_outdated("land", today):
        return
    yield Finding(
        check="land price",
        grade="warning",
        detail="the fees of the land register rose on 1 April, and this version's tariff is from before",
        fix="Look at its tariff, and set foncier.price_cents (or poolmgr/domain/prices.py).",
    )


def unspent(settings: Settings, today: date) -> list[Budget]:
    """As the settings say, where no pool has told them to the database yet."""
    money = settings.money
    lines = (
        ("land", money.land_cents_a_day, settings.foncier.highest_price("land", today)),
        ("rdprm", money.rdprm_cents_a_day, settings.rdprm.highest_price("rdprm", today)),
    )
    return [
        Budget(
            registry=registry,
            limit_cents=limit,
            reserved_cents=0,
            spent_cents=0,
            price_cents=price,
            enough=limit >= max(1, price),
        )
        for registry, limit, price in lines
    ]
