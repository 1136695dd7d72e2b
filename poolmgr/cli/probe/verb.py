"""`registre-pool probe`."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from poolmgr.cli import registre
from poolmgr.cli.jobs import AsJson
from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.config.settings import FoncierSettings, RdprmSettings, ReqSettings, Settings
from poolmgr.domain.errors import NotAvailable, PoolError
from poolmgr.domain.json import Json

if TYPE_CHECKING:
    from poolmgr.registries.probing import Point

TITLES = ("page", "what", "verdict", "expected", "found", "origin", "trust")
VERDICTS = ("same", "changed", "new", "unseen", "unreached")
DEGRADED = 4


class Changed(PoolError):
    """The site is not as it was."""


def probe(
    context: typer.Context,
    registry: Annotated[str, typer.Argument(metavar="REGISTRY", help="land, req or rdprm.")],
    account: Annotated[
        str, typer.Option(help="Land registry: log in with this account, not any that is free.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Open a registry's pages and compare all names, labels and options that are leaned on. Buys nothing.

    Exit 0: all as known. 1: something has changed, docs/sites.md says how to mend it. 4: nothing has changed,
    but not every page was reached.

    Example: registre-pool probe land
    """
    from poolmgr.cli.environments import at_registry
    from poolmgr.cli.probe.visiting import REGISTRIES, run

    if registry not in REGISTRIES:
        raise typer.BadParameter(f"one of {', '.join(REGISTRIES)}", param_hint="REGISTRY")
    if account and registry != "land":
        raise typer.BadParameter("the land registry alone has several accounts", param_hint="--account")
    settings = at_registry(frame_of(context).settings())
    check_allowed(settings, registry)
    points = asyncio.run(run(settings, REGISTRIES[registry], account))
    counts = Counter[str](point.verdict for point in points)
    show(registry, points, counts, as_json=as_json)
    if counts["changed"]:
        raise Changed(
            f"{counts['changed']} of {len(points)} points are not as they are known.",
            advice=f"{REGISTRIES[registry].where} is the one file to change; docs/sites.md says how.",
        )
    if counts["unreached"]:
        raise typer.Exit(DEGRADED)


def check_allowed(settings: Settings, registry: str) -> None:
    """Raises NotAvailable, with the line to add, where a person has not allowed it or there is no login."""
    sites: dict[str, tuple[str, FoncierSettings | ReqSettings | RdprmSettings, str]] = {
        "land": ("foncier", settings.foncier, registre.NOT_ACKNOWLEDGED),
        "req": ("req", settings.req, registre.REQ_NOT_ACKNOWLEDGED),
        "rdprm": ("rdprm", settings.rdprm, registre.RDPRM_NOT_ACKNOWLEDGED),
    }
    table, site, why = sites[registry]
    if not site.allowed:
        raise NotAvailable(
            f"No page is opened: {table}.automation_acknowledged is false ({site.url}).",
            advice=f"{why}\n  In config.toml, below [{table}]: automation_acknowledged = true",
        )
    if registry == "rdprm" and not settings.rdprm.usable:
        raise NotAvailable(registre.RDPRM_NO_LOGIN)


def show(registry: str, points: list["Point"], counts: Counter[str], *, as_json: bool) -> None:
    said = {verdict: counts[verdict] for verdict in VERDICTS}
    if as_json:
        listed: list[Json] = [vars(point) for point in points]
        print_json({"schema": 1, "registry": registry, "counts": {**said}, "points": listed})
        return
    print_table(TITLES, ([vars(point)[title] or None for title in TITLES] for point in points))
    typer.echo(", ".join(f"{count} {verdict}" for verdict, count in said.items() if count))
