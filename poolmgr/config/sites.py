"""What every registry's table has: leave to use it, its address, its hours, how much is asked of it."""

from datetime import date
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from poolmgr.config.section import (
    DAY_SECONDS,
    BrowserAddress,
    ClosedDays,
    Live,
    OpenHours,
    Recycle,
    Section,
    SiteAddress,
)
from poolmgr.domain import prices
from poolmgr.domain.hours import Hours, parse
from poolmgr.domain.limits import AccountLimits, SiteLimits
from poolmgr.domain.purchases import Registry

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

HERE = SecretStr("")
"""No address of a hosted browser: this machine's own is used."""


def host_of(address: str) -> str:
    return urlsplit(address).hostname or ""


class Site(Section):
    """A registry. Its limits and its leave count for sites of somebody else, not for one on this machine."""

    automation_acknowledged: Live[bool] = Field(
        False,
        description="true = you have read the site's terms and may use it by program; false = nothing is "
        "claimed for it.",
    )
    url: Recycle[SiteAddress]
    cdp_url: Recycle[BrowserAddress] = Field(
        SecretStr(""),
        description="wss://… of a hosted browser to use for this site, over CDP; empty = one started here.",
    )
    open_hours: Recycle[OpenHours] = Field(
        "",
        description="When it serves, such as mon-fri 08:00-22:00, sat 09:00-17:00 in Quebec; empty = always.",
    )
    closed_days: Recycle[ClosedDays] = Field(
        (),
        max_length=400,
        description="Days on which it does not serve, holidays too, such as 2026-12-25 (dates).",
    )
    closing_seconds: Recycle[float] = Field(
        600,
        ge=0,
        le=DAY_SECONDS,
        description="Nothing is begun so shortly before it closes (seconds).",
    )
    searches_a_minute: Recycle[float] = Field(
        10,
        ge=0,
        le=6000,
        description="Searches begun in a minute over all machines, evenly apart, 0 = no limit (searches).",
    )
    searches_at_once: Recycle[int] = Field(
        4,
        ge=0,
        le=10_000,
        description="Searches at the same time over all machines, 0 = no limit (searches).",
    )

    ban_first_seconds: Recycle[float] = Field(
        3600,
        ge=1,
        le=30 * DAY_SECONDS,
        description="When the site turns us away it is left alone for this long (seconds).",
    )
    ban_max_seconds: Recycle[float] = Field(
        DAY_SECONDS,
        ge=1,
        le=30 * DAY_SECONDS,
        description="Every further time in a row doubles that, up to this (seconds).",
    )

    @property
    def host(self) -> str:
        return host_of(self.url)

    @property
    def is_ours(self) -> bool:
        """A site on this machine is nobody else's."""
        return self.host in LOOPBACK

    @property
    def allowed(self) -> bool:
        """Whether a program may use it."""
        return self.automation_acknowledged or self.is_ours

    @property
    def is_hosted(self) -> bool:
        """Whether it is visited with a browser that runs elsewhere."""
        return bool(self.cdp_url.get_secret_value())

    @property
    def hours(self) -> Hours:
        days = frozenset(date.fromisoformat(day) for day in self.closed_days)
        return Hours(windows=parse(self.open_hours), closed=days)

    @property
    def limits(self) -> SiteLimits:
        if self.is_ours:
            return SiteLimits()
        return SiteLimits(a_minute=self.searches_a_minute, at_once=self.searches_at_once)


class PaidSite(Site):
    """A registry whose documents or searches cost money, and are asked for with an account."""

    price_cents: Recycle[int] = Field(
        0,
        ge=0,
        le=100_000,
        description="Price of one, reserved before it is asked for; 0 = as the tariff of this version says "
        "(cents, CAD).",
    )
    account_interval_seconds: Recycle[float] = Field(
        10,
        ge=0,
        le=600,
        description="Shortest time between two searches of one account (seconds).",
    )
    account_documents_a_day: Recycle[int] = Field(
        200, ge=0, le=1_000_000, description="Most bought by one account a day, 0 = no limit (documents)."
    )
    account_cents_a_day: Recycle[int] = Field(
        0, ge=0, le=100_000_000, description="Most spent by one account a day, 0 = no limit (cents, CAD)."
    )

    @property
    def account_limits(self) -> AccountLimits:
        if self.is_ours:
            return AccountLimits()
        return AccountLimits(
            interval_seconds=self.account_interval_seconds,
            documents=self.account_documents_a_day,
            cents=self.account_cents_a_day,
        )

    def price_of(self, registry: Registry, product: prices.Product, today: date) -> int:
        """Cents, as the settings or the tariff of that day say."""
        return self.price_cents or prices.price(registry, product, today).cents

    def highest_price(self, registry: Registry, today: date) -> int:
        """Cents that any one purchase may cost on that day."""
        return self.price_cents or prices.highest(registry, today)
