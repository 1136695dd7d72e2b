"""What a registre child is made of, and when there is none."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import SecretStr

from poolmgr.cli.environments import Access, modules, queue
from poolmgr.config.secrets import secrets
from poolmgr.config.settings import Settings
from poolmgr.config.sites import Site
from poolmgr.domain.children import ChildSpec, ChildStart
from poolmgr.domain.jobs import JobKind
from poolmgr.stores.accounts import DatabaseAccounts
from poolmgr.stores.bans import Bans
from poolmgr.stores.failures import Failures
from poolmgr.stores.purchases import DatabasePurchases
from poolmgr.stores.spool import Spool
from poolmgr.workers import child
from poolmgr.workers.gate import Gate
from poolmgr.workers.jobs import Environment
from poolmgr.workers.kinds import ByKind
from poolmgr.workers.loop import Loop, Surroundings, loop_clocks
from poolmgr.workers.opening import Opening
from poolmgr.workers.pipe import Pipe

if TYPE_CHECKING:
    from poolmgr.registries.browser.driver import Browser
    from poolmgr.registries.browser.workshop import Workshop
    from poolmgr.workers.visits import Visits
SiteName: TypeAlias = Literal["land", "req", "rdprm"]
"""A registry by the kind of its jobs."""

NOT_ACKNOWLEDGED = (
    "Nothing is downloaded from the land registry: foncier.automation_acknowledged is false. "
    "Read the site's terms of use (docs/registries.md says what is known of them), set it to true and reload."
)
REQ_NOT_ACKNOWLEDGED = (
    "Nothing is searched in the register of companies: req.automation_acknowledged is false. It bars robots: "
    "read its terms (docs/registries.md says what is known of them), set it to true and reload."
)
RDPRM_NOT_ACKNOWLEDGED = (
    "Nothing is searched in the RDPRM: rdprm.automation_acknowledged is false. Read the site's terms of use "
    "(docs/registries.md says what is known of them), set it to true and reload."
)
RDPRM_NO_LOGIN = (
    "Nothing is searched in the RDPRM: it has no login. Set RDPRM_USER, RDPRM_PASS and RDPRM_SEC (variables, "
    ".env or credentials), and reload."
)
NOTHING_ACKNOWLEDGED = (
    "no registry may be used by program: nothing is downloaded (registre-pool doctor says what to set)"
)
TITLES: dict[JobKind, str] = {
    "land": "The land registry",
    "req": "The register of companies",
    "rdprm": "The RDPRM",
}
MODULES = (
    "poolmgr.workers.rdprm",
    "poolmgr.workers.registre",
    "poolmgr.workers.req",
    "poolmgr.workers.seats",
)


def specs(accesses: Sequence[Access], settings: Settings) -> list[ChildSpec]:
    """None while no registry may be used: such a child would have nothing to claim."""
    kinds = claims(settings)
    return [
        ChildSpec(
            name=f"registre-{number}",
            kind="registre",
            claims=kinds,
            target=partial(registre, accesses, settings),
            boot_limit_seconds=settings.registre.boot_limit_seconds,
            preload=(*modules(accesses), *MODULES),
        )
        for number in range(1, settings.registre.children + 1 if kinds else 1)
    ]


def claims(settings: Settings) -> tuple[JobKind, ...]:
    """The kinds of the registries that a person has allowed to be used by program."""
    allowed: dict[JobKind, bool] = {
        "land": settings.foncier.allowed,
        "req": settings.req.allowed,
        "rdprm": settings.rdprm.usable,
    }
    return tuple(kind for kind, is_allowed in allowed.items() if is_allowed)


def bought(access: Access, settings: Settings) -> frozenset[str]:
    """The registries from which this machine buys for an environment; kinds have the same names."""
    switched = {"land": access.settings.extraction, "rdprm": access.settings.rdprm}
    kinds = claims(settings) if settings.registre.enabled else ()
    return frozenset(kind for kind in kinds if switched.get(kind))


def notices(settings: Settings) -> tuple[str, ...]:
    found = [] if settings.foncier.allowed else [NOT_ACKNOWLEDGED]
    if settings.rdprm.automation_acknowledged and not settings.rdprm.usable:
        found.append(RDPRM_NO_LOGIN)
    return tuple(found)


def lacks(settings: Settings) -> tuple[str, ...]:
    """Nothing is downloaded at all before a person has read at least one site's terms."""
    sites = (settings.foncier, settings.req, settings.rdprm)
    return () if any(site.allowed for site in sites) else (NOTHING_ACKNOWLEDGED,)


def hosts(settings: Settings) -> list[str]:
    """What this machine's browser may reach: the sites that a person has allowed to be used with it."""
    here = [site for site in (settings.foncier, settings.req) if not site.is_hosted]
    allowed = [site.host for site in here if site.allowed]
    rdprm = settings.rdprm
    others = rdprm.hosts if rdprm.usable and not rdprm.is_hosted else ()
    return list(dict.fromkeys((*allowed, *others)))


def sites(settings: Settings) -> dict[JobKind, Site]:
    """Each registry's table, by the kind of job that is done there."""
    return {"land": settings.foncier, "req": settings.req, "rdprm": settings.rdprm}


def browser(
    address: SecretStr, settings: Settings, workshop: "Workshop", reached: Sequence[str]
) -> "Browser":
    """Not started yet: a hosted one at the address, or, without one, one of this machine that reaches these
    hosts alone."""
    from poolmgr.registries.browser.driver import Browser
    from poolmgr.registries.browser.hosted import HostedBrowser

    if address.get_secret_value():
        return HostedBrowser(settings.registre, address, workshop)
    return Browser(settings.registre, reached, workshop)


def bans(settings: Settings, registry: SiteName) -> Bans:
    site = sites(settings)[registry]
    return Bans(
        settings.pool.data_path() / "bans",
        registry,
        first_seconds=site.ban_first_seconds,
        longest_seconds=site.ban_max_seconds,
    )


def failures(settings: Settings) -> Failures:
    registre = settings.registre
    return Failures(
        folder=settings.pool.data_path() / "failures",
        days=registre.keep_failures_days,
        megabytes=registre.keep_failures_megabytes,
    )


def spool(access: Access, settings: Settings) -> Spool:
    return Spool(settings.pool.data_path() / "paid" / access.name)


def environments(accesses: Sequence[Access], settings: Settings) -> list[Environment]:
    """Of a child: each may be asked for the kinds that are switched on there."""
    return [
        Environment(
            queue=queue(access, settings),
            documents=access.documents(settings.queue),
            kinds=access.settings.kinds,
        )
        for access in accesses
    ]


def registre(accesses: Sequence[Access], settings: Settings, start: ChildStart) -> int:
    """A child's whole life, as `domain.children.ChildTarget`; everything is opened after the fork."""
    return child.run(start, partial(loop, accesses, settings, start), settings.pool.beat_seconds)


def loop(accesses: Sequence[Access], settings: Settings, start: ChildStart, pipe: Pipe) -> Loop:
    from poolmgr.registries.browser.workshop import Workshop
    from poolmgr.workers.banned import Banned
    from poolmgr.workers.failing import Failing
    from poolmgr.workers.rdprm import RdprmWork
    from poolmgr.workers.registre import RegistreWork, Shop
    from poolmgr.workers.req import ReqWork
    from poolmgr.workers.seats import Seats

    host = settings.pool.host_name()
    workshop = Workshop(settings.pool.data_path() / "browser", start.worker)
    workshop.open()
    kept = failures(settings)
    kept.sweep()
    gate = Gate(say=lambda error: pipe.send("trouble", error=error), claims=start.claims)
    databases = [access.database(settings.queue) for access in accesses]
    seats = Seats(
        settings,
        DatabaseAccounts(databases[0], accesses[0].name),
        lambda address: browser(address, settings, workshop, hosts(settings)),
        worker=start.worker,
        host=host,
        pipe=pipe,
        failing=Failing(kept, settings.registre.keep_failures_seconds, secrets(settings), pipe),
    )
    shops = {
        access.name: Shop(purchases=DatabasePurchases(database, access.name), spool=spool(access, settings))
        for access, database in zip(accesses, databases, strict=True)
    }
    counted = visits(settings, start, pipe)
    land = RegistreWork(
        shops,
        seats,
        settings=settings,
        workshop=workshop,
        gate=gate,
        visits=counted,
        banned=Banned("land", bans(settings, "land"), gate, pipe),
    )
    req = ReqWork(
        seats.browsing(settings.req.cdp_url).visiting,
        settings=settings,
        banned=Banned("req", bans(settings, "req"), gate, pipe),
        gate=gate,
        visits=counted,
        doubt_browser=partial(land.readiness.doubt, "req", settings.req),
    )
    if all(sites(settings)[kind].is_hosted for kind in start.claims):
        land.readiness.need_no_browser()
    openings = [opening(kind, settings, gate).keep for kind in start.claims]
    rdprm = RdprmWork(land, Banned("rdprm", bans(settings, "rdprm"), gate, pipe))

    async def close() -> None:
        try:
            await seats.close()
            await counted.close()
        finally:
            workshop.close()

    return Loop(
        environments(accesses, settings),
        worker=start.worker,
        host=host,
        claims=start.claims,
        jobs_at_once=settings.registre.contexts,
        work=ByKind({"land": land, "req": req, "rdprm": rdprm}),
        clocks=loop_clocks(settings, settings.registre.stop_seconds),
        pipe=pipe,
        surroundings=Surroundings(
            gate=gate,
            is_paid=land.is_paid,
            beside=(land.readiness.keep_proven, land.readiness.keep_lender, seats.keep, *openings),
            close=close,
        ),
        others_percent=settings.queue.others_percent,
        paused_at_start=start.pauses,
    )


def visits(settings: Settings, start: ChildStart, pipe: Pipe) -> "Visits":
    from poolmgr.stores.visits import OwnVisits, SharedVisits
    from poolmgr.workers.visits import Visits

    redis, queue = settings.redis, settings.queue
    shared = SharedVisits(redis.url, timeout_seconds=redis.timeout_seconds, kept_seconds=queue.lease_seconds)
    return Visits(
        OwnVisits(settings.pool.data_path() / "visits"),
        shared if redis.url.get_secret_value() else None,
        hosts=redis.hosts_expected,
        worker=start.worker,
        renew_seconds=queue.renew_seconds,
        pipe=pipe,
    )


def opening(kind: JobKind, settings: Settings, gate: Gate) -> Opening:
    """When the registry of a kind of job may be used."""
    site = sites(settings)[kind]
    return Opening(
        kind,
        TITLES[kind],
        site.hours,
        margin=timedelta(seconds=site.closing_seconds),
        look_seconds=settings.registre.hours_seconds,
        gate=gate,
    )
