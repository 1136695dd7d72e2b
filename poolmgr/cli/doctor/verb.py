"""`registre-pool doctor`: what would keep this machine from its work, each with its fix. Reads only."""

import asyncio
import shutil
from collections.abc import Iterator
from typing import Annotated

import typer

from poolmgr.cli.doctor import environments, reading, registries
from poolmgr.cli.doctor.findings import Finding, tried
from poolmgr.cli.environments import chosen, reachable
from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import Json, records, text

LEAST_FREE_MEGABYTES = 1000
DEGRADED = 4


def doctor(
    context: typer.Context,
    environment: Annotated[str | None, typer.Option("--env", help="One environment alone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Check this machine and every environment. Exit 1 on a failure, 4 on a warning."""
    findings = list(examine(frame_of(context).settings(), environment))
    if as_json:
        rows: list[Json] = [vars(one) for one in findings]
        print_json({"schema": 1, "findings": rows})
    else:
        print_table(("check", "grade", "detail"), ([one.check, one.grade, one.detail] for one in findings))
        for one in findings:
            if one.fix:
                typer.echo(f"{one.check}: {one.fix}")
    grades = {one.grade for one in findings}
    raise typer.Exit(1 if "failure" in grades else DEGRADED if "warning" in grades else 0)


def examine(settings: Settings, environment: str | None) -> Iterator[Finding]:
    yield Finding(check="configuration", grade="ok", detail="valid, and its clocks nest")
    yield disk(settings)
    yield from reading.examine(settings)
    yield tried("pool", lambda: pool(settings))
    yield from registries.examine(settings)
    try:
        accesses = [chosen(settings, environment)] if environment else reachable(settings)
    except PoolError as error:
        yield Finding(check="environments", grade="failure", detail=error.sentence, fix=error.advice)
        return
    yield from asyncio.run(environments.examine(accesses, settings))


def disk(settings: Settings) -> Finding:
    folder = settings.pool.data_path()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 1_000_000
    detail = f"{free} MB free in {folder}"
    if free >= LEAST_FREE_MEGABYTES:
        return Finding(check="disk", grade="ok", detail=detail)
    return Finding(check="disk", grade="warning", detail=detail, fix=f"Keep {LEAST_FREE_MEGABYTES} MB free.")


def pool(settings: Settings) -> str:
    from poolmgr.pool import control

    found = control.ask(settings.pool.control_path(), "status", 2.0)
    return f"pid {found.get('pid')}, {text(found, 'state')}, {len(records(found, 'children'))} children"
