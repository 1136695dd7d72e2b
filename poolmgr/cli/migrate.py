"""`registre-pool migrate`: bringing an environment's database to the shape this version needs."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.domain.errors import ConfigError, NotMigrated, PoolError
from poolmgr.domain.json import Json

if TYPE_CHECKING:
    from poolmgr.cli.doctor.findings import Finding
    from poolmgr.cli.environments import Access
    from poolmgr.config.settings import Settings
    from poolmgr.stores.migration_blocks import Block
    from poolmgr.stores.migration_runs import Limits
    from poolmgr.stores.migrations import Step

migrate = typer.Typer(help="Show, apply, print and verify migrations.", no_args_is_help=True)

Environment = Annotated[str | None, typer.Option("--env", help="One environment alone.")]
COLUMNS = ("environment", "migration", "state")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
HOW_TO_PASTE = """\
-- registre-pool migrate print{environment}
-- For the SQL editor of the project: paste a block, run it, then the next one. A block that was run before
-- changes nothing. Blocks may be pasted together, but for those marked "run this one alone".
"""


def limits_of(settings: "Settings") -> "Limits":
    from poolmgr.stores.migration_runs import Limits

    return Limits(**settings.migrate.model_dump(exclude={"postgrest_seconds"}))


def asked(settings: "Settings", environment: str | None) -> "list[Access]":
    from poolmgr.cli.environments import chosen, reachable

    return [chosen(settings, environment)] if environment else reachable(settings)


@migrate.command()
def plan(context: typer.Context, environment: Environment = None, as_json: AsJson = False) -> None:
    """Show what `apply` would do. Exit 1 when a file was changed after it was applied, or one is silent."""
    settings = frame_of(context).settings()
    accesses = asked(settings, environment)
    found = asyncio.run(all_planned(accesses, settings))
    rows = [
        (access.name, step.name, step.state)
        for access, steps in zip(accesses, found, strict=True)
        for step in (steps if isinstance(steps, list) else [])
    ]
    silent: dict[str, Json] = {
        access.name: str(error)
        for access, error in zip(accesses, found, strict=True)
        if isinstance(error, PoolError)
    }
    if as_json:
        listed: list[Json] = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        print_json({"schema": 1, "migrations": listed, "silent": silent})
    else:
        print_table(COLUMNS, rows)
    for name, error in silent.items():
        typer.echo(f"{name}: {error}", err=True)
    if silent or any(state == "changed" for _, _, state in rows):
        raise typer.Exit(1)


async def all_planned(accesses: "list[Access]", settings: "Settings") -> "list[list[Step] | BaseException]":
    """In their order; none waits for another. Raises what is no PoolError."""
    steps = (planned(access, settings) for access in accesses)
    found = await asyncio.gather(*steps, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException) and not isinstance(one, PoolError):
            raise one
    return found


async def planned(access: "Access", settings: "Settings") -> "list[Step]":
    from poolmgr.cli.looking import looks_of
    from poolmgr.stores import migrations

    if access.database_url:
        return await migrations.plan(access.database_url, limits=limits_of(settings))
    async with looks_of(access, settings) as looks:
        return await migrations.plan_by_call(looks.database)


@migrate.command()
def apply(context: typer.Context, environment: Environment = None) -> None:
    """Apply what is pending; again, it changes nothing. Among several environments --env names which."""
    from poolmgr.cli.environments import chosen, reachable
    from poolmgr.stores import migrations

    settings = frame_of(context).settings()
    if environment is None and len(found := reachable(settings)) > 1:
        raise typer.BadParameter(
            f"which of {', '.join(one.name for one in found)}? One at a time.", param_hint="--env"
        )
    access = chosen(settings, environment)
    refuse_without_connection(access)
    limits = limits_of(settings)
    applied = asyncio.run(migrations.apply(access.database_url, say=typer.echo, limits=limits))
    typer.echo(f"{access.name}: {len(applied)} applied" if applied else f"{access.name}: nothing to do")
    if access.settings.supabase_url:
        typer.echo(asyncio.run(reloaded(access, settings)))


def refuse_without_connection(access: "Access") -> None:
    """Raises ConfigError where PostgREST is the only way: it calls functions, and makes none."""
    from poolmgr.cli.looking import how_to_migrate

    if not access.database_url:
        raise ConfigError(
            f"{access.name} is reached over PostgREST alone, which cannot apply migrations.",
            advice=how_to_migrate(access),
        )


async def reloaded(access: "Access", settings: "Settings") -> str:
    """Waits until PostgREST sees what was applied; the sentence that says whether it does."""
    from poolmgr.cli.looking import looks_of, over_postgrest
    from poolmgr.stores.migration_files import shipped
    from poolmgr.stores.migration_reload import is_reloaded

    seconds = settings.migrate.postgrest_seconds
    async with looks_of(over_postgrest(access), settings) as looks:
        if await is_reloaded(looks.database, [file.name for file in shipped()], seconds):
            return f"{access.name}: PostgREST sees them"
    return (
        f"{access.name}: PostgREST does not see them after {seconds:g} s; "
        f"registre-pool migrate verify --env {access.name} says what it answers"
    )


@migrate.command("print")
def print_sql(
    context: typer.Context,
    environment: Environment = None,
    number: Annotated[int | None, typer.Option("--block", metavar="N", min=1, help="One alone.")] = None,
) -> None:
    """Print SQL for the SQL editor, in blocks that may each be run twice. Connects to nothing."""
    from poolmgr.stores.migration_blocks import blocks
    from poolmgr.stores.migration_files import shipped

    settings = frame_of(context).settings()
    if environment is not None and environment not in settings.environments:
        known = ", ".join(settings.environments) or "none is configured"
        raise ConfigError(f"{environment} is not an environment here.", advice=f"There is: {known}.")
    printed = blocks(shipped(), limits_of(settings))
    if number is None:
        named = f" --env {environment}" if environment else ""
        sys.stdout.write(HOW_TO_PASTE.format(environment=named))
        sys.stdout.write("".join(f"\n{block.text(len(printed))}" for block in printed))
    else:
        sys.stdout.write(one_of(printed, number).text(len(printed)))


def one_of(printed: "list[Block]", number: int) -> "Block":
    if number > len(printed):
        raise typer.BadParameter(f"there are {len(printed)} blocks", param_hint="--block")
    return printed[number - 1]


@migrate.command()
def verify(context: typer.Context, environment: Environment = None, as_json: AsJson = False) -> None:
    """Check by one call what each environment has. Exit 1 when something is missing or open."""
    settings = frame_of(context).settings()
    findings = asyncio.run(all_verified(asked(settings, environment), settings))
    if as_json:
        rows: list[Json] = [vars(one) for one in findings]
        print_json({"schema": 1, "findings": rows})
    else:
        for one in findings:
            typer.echo(" ".join(filter(None, (f"{one.grade}: {one.check}: {one.detail}.", one.fix))))
    if any(one.grade == "failure" for one in findings):
        raise typer.Exit(1)


async def all_verified(accesses: "list[Access]", settings: "Settings") -> "list[Finding]":
    """In their order; none waits for another."""
    found = await asyncio.gather(*(verified(access, settings) for access in accesses))
    return [finding for findings in found for finding in findings]


async def verified(access: "Access", settings: "Settings") -> "list[Finding]":
    from poolmgr.cli.doctor import versions
    from poolmgr.cli.doctor.findings import Finding
    from poolmgr.cli.looking import looks_of

    try:
        async with looks_of(access, settings) as looks:
            return list(versions.verify(access, await looks.version()))
    except NotMigrated as error:
        return [versions.unmigrated(access, error.sentence)]
    except PoolError as error:
        check = versions.title(access)
        return [Finding(check=check, grade="failure", detail=error.sentence, fix=error.advice)]
