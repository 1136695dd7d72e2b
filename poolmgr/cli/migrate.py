"""`registre-pool migrate`: bringing an environment's database to the shape this version needs."""

import asyncio
from typing import Annotated

import typer

from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.domain.json import Json

migrate = typer.Typer(help="Show and apply migrations.", no_args_is_help=True)

Environment = Annotated[str | None, typer.Option("--env", help="The environment; without it the first one.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


@migrate.command()
def plan(context: typer.Context, environment: Environment = None, as_json: AsJson = False) -> None:
    """Show what `apply` would do. Exit 1 when a file was changed after it was applied."""
    from poolmgr.cli.environments import chosen
    from poolmgr.stores import migrations

    access = chosen(frame_of(context).settings(), environment)
    steps = asyncio.run(migrations.plan(access.database_url))
    if as_json:
        listed: list[Json] = [{"name": step.name, "state": step.state} for step in steps]
        print_json({"schema": 1, "environment": access.name, "migrations": listed})
    else:
        print_table(("migration", "state"), ([step.name, step.state] for step in steps))
    if any(step.state == "changed" for step in steps):
        raise typer.Exit(1)


@migrate.command()
def apply(context: typer.Context, environment: Environment = None) -> None:
    """Apply what is pending. Running it again changes nothing."""
    from poolmgr.cli.environments import chosen
    from poolmgr.stores import migrations

    access = chosen(frame_of(context).settings(), environment)
    applied = asyncio.run(migrations.apply(access.database_url, say=typer.echo))
    typer.echo(f"{access.name}: {len(applied)} applied" if applied else f"{access.name}: nothing to do")
