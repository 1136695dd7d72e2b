"""`registre-pool doctor`: what would keep this machine from its work, each with its fix. Reads only."""

import asyncio
import shutil
from collections.abc import Iterator
from typing import Annotated

import typer

from poolmgr.cli import registry_findings
from poolmgr.cli.environments import Access, queue_of, reachable
from poolmgr.cli.findings import Finding, tried
from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import NotAvailable, PoolError
from poolmgr.domain.json import Json, JsonObject, record, records, strings, text

LEAST_FREE_MEGABYTES = 1000
DEGRADED = 4


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Check this machine and every environment. Exit 1 on a failure, 4 on a warning."""
    findings = list(examine(frame_of(context).settings()))
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


def examine(settings: Settings) -> Iterator[Finding]:
    yield Finding(check="configuration", grade="ok", detail="valid, and its clocks nest")
    yield disk(settings)
    yield tried("tesseract", lambda: tesseract(settings))
    yield tried("pool", lambda: pool(settings))
    yield from registry_findings.examine(settings)
    try:
        accesses = reachable(settings)
    except PoolError as error:
        yield Finding(check="environments", grade="failure", detail=error.sentence, fix=error.advice)
        return
    for access in accesses:
        yield from asyncio.run(environment(access, settings))


def disk(settings: Settings) -> Finding:
    folder = settings.pool.data_path()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 1_000_000
    detail = f"{free} MB free in {folder}"
    if free >= LEAST_FREE_MEGABYTES:
        return Finding(check="disk", grade="ok", detail=detail)
    return Finding(check="disk", grade="warning", detail=detail, fix=f"Keep {LEAST_FREE_MEGABYTES} MB free.")


def tesseract(settings: Settings) -> str:
    from poolmgr.cli.children import has_tesseract
    from poolmgr.ocr import tessdata

    if not has_tesseract():
        raise NotAvailable(
            "Scanned pages cannot be read: tesserocr or numpy is not installed.",
            advice="pip install 'registre-pool[offline]'",
        )
    return f"{settings.ocr.language} in {tessdata.find(settings.ocr)}"


def pool(settings: Settings) -> str:
    from poolmgr.pool import control

    found = control.ask(settings.pool.control_path(), "status", 2.0)
    return f"pid {found.get('pid')}, {text(found, 'state')}, {len(records(found, 'children'))} children"


async def environment(access: Access, settings: Settings) -> list[Finding]:
    """What can be seen of one environment through the functions of the queue protocol."""
    name = f"environment {access.name}"
    try:
        async with queue_of(access, settings) as queue:
            version = await queue.version()
            depths = await queue.depths(settings.pool.host_name())
    except PoolError as error:
        return [Finding(check=name, grade="failure", detail=error.sentence, fix=error.advice)]
    waiting = ", ".join(f"{one.kind} {one.ready}" for one in depths if one.ready) or "nothing waits"
    return [
        Finding(check=name, grade="ok", detail=f"PostgreSQL {text(version, 'server')}; {waiting}"),
        migrated(name, version),
        role(name, version),
        doors(name, version),
        predecessor(name, version),
        await registry_findings.money(access, settings, name),
    ]


def migrated(name: str, version: JsonObject) -> Finding:
    from poolmgr.stores import migration_files

    here = {one.name: one.checksum for one in migration_files.shipped()}
    there = {text(one, "name"): text(one, "checksum") for one in records(version, "migrations")}
    differing = sorted(one for one in here if there.get(one) != here[one])
    if not differing:
        return Finding(check=f"{name} migrations", grade="ok", detail=f"{len(here)} applied")
    return Finding(
        check=f"{name} migrations",
        grade="failure",
        detail=f"missing or changed: {', '.join(differing)}",
        fix="registre-pool migrate plan shows them; registre-pool migrate apply applies what is missing.",
    )


def role(name: str, version: JsonObject) -> Finding:
    found = record(version, "role")
    detail = f"calls run as {text(found, 'name')}"
    if found.get("bypass_row_security") is True:
        return Finding(check=f"{name} role", grade="ok", detail=detail)
    return Finding(
        check=f"{name} role",
        grade="failure",
        detail=f"{detail}, which row security stops",
        fix="Connect as postgres, or as a login that is granted service_role.",
    )


def doors(name: str, version: JsonObject) -> Finding:
    opened = [text(one, "name") for one in records(version, "doors") if strings(one, "open_to")]
    if not opened:
        return Finding(
            check=f"{name} doors", grade="ok", detail="anon and authenticated reach nothing of the pool"
        )
    return Finding(
        check=f"{name} doors",
        grade="failure",
        detail=f"open to anon or authenticated: {', '.join(opened)}",
        fix="As the owner: select public.pool_close_doors();",
    )


def predecessor(name: str, version: JsonObject) -> Finding:
    beside = record(version, "settings").get("predecessor_beside") is not False
    detail = "resets of leased rows are passed over" if beside else "off: nothing else works on these rows"
    return Finding(check=f"{name} guard", grade="ok", detail=detail)
