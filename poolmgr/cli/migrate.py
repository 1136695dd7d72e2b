"""`registre-pool migrate`: bringing an environment's database to the shape this version needs."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.domain.json import Json

if TYPE_CHECKING:
    from poolmgr.config.settings import Settings
    from poolmgr.stores.migration_runs import Limits

migrate = typer.Typer(help="Show and apply migrations.", no_args_is_help=True)

Environment = Annotated[str | None, typer.Option("--env", help="One environment alone.")]
COLUMNS = ("environment", "migration", "state")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def limits_of(settings: "Settings") -> "Limits":
    from poolmgr.stores.migration_runs import Limits

    return Limits(**settings.migrate.model_dump())


@migrate.command()
def plan(context: typer.Context, environment: Environment = None, as_json: AsJson = False) -> None:
    """Show what `apply` would do. Exit 1 when a file was changed after it was applied."""
    from poolmgr.cli.environments import chosen, reachable
    from poolmgr.stores import migrations

    settings = frame_of(context).settings()
    accesses = [chosen(settings, environment)] if environment else reachable(settings)
    rows = [
        (access.name, step.name, step.state)
        for access in accesses
        for step in asyncio.run(migrations.plan(access.database_url, limits=limits_of(settings)))
    ]
    if as_json:
        listed: list[Json] = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        print_json({"schema": 1, "migrations": listed})
    else:
        print_table(COLUMNS, rows)
    if any(state == "changed" for _, _, state in rows):
        raise typer.Exit(1)


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
    limits = limits_of(settings)
    applied = asyncio.run(migrations.apply(access.database_url, say=typer.echo, limits=limits))
    typer.echo(f"{access.name}: {len(applied)} applied" if applied else f"{access.name}: nothing to do")
