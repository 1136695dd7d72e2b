"""`registre-pool local`: the embedded stack in the data folder, for trying and testing without accounts."""

from typing import Annotated

import orjson
import typer

from poolmgr.cli.main import frame_of
from poolmgr.domain.errors import NotRunning
from poolmgr.domain.json import JsonObject

SCHEMA = 1
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]

local = typer.Typer(no_args_is_help=True, help="The embedded servers and registry: up, down, status.")


@local.command()
def up(context: typer.Context, as_json: AsJson = False) -> None:
    """Starts what does not run and brings the database to this version. May be repeated.

    The servers outlive the command; `registre-pool local down` stops them.
    """
    from poolmgr.local import stack

    settings = frame_of(context).settings()
    endpoints = stack.up(settings.pool.data_path(), settings.local, say=say)
    values: JsonObject = {
        "started": endpoints.started,
        "database_url": endpoints.database_url,
        "redis_url": endpoints.redis_url,
        "documents_folder": str(endpoints.documents_folder),
        "registry_url": endpoints.registry_url,
    }
    show(values, as_json=as_json)


@local.command()
def down(context: typer.Context, as_json: AsJson = False) -> None:
    """Stops what runs; the data stay. May be repeated."""
    from poolmgr.local import stack

    settings = frame_of(context).settings()
    limit = settings.local.start_timeout_seconds
    stopped = stack.down(settings.pool.data_path(), timeout_seconds=limit, say=say)
    if as_json:
        show({"stopped": stopped}, as_json=True)
    elif not stopped:
        say("Nothing ran.")


@local.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Says what runs and how it is reached. Exit code 0 = all runs, 3 = not."""
    from poolmgr.local import stack

    found = stack.status(frame_of(context).settings().pool.data_path())
    values: JsonObject = {
        "running": found.running,
        "database_url": found.database_url,
        "redis_url": found.redis_url,
        "documents_folder": str(found.documents_folder),
        "registry_url": found.registry_url,
        "postgres_pid": found.postgres_pid,
        "valkey_pid": found.valkey_pid,
        "replica_pid": found.replica_pid,
    }
    show(values, as_json=as_json)
    if not found.running:
        raise typer.Exit(NotRunning.exit_code)


def say(sentence: str) -> None:
    """Progress goes to stderr: stdout holds the answer alone."""
    typer.echo(sentence, err=True)


def show(values: JsonObject, *, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps({"schema": SCHEMA, **values}))
        return
    width = max(map(len, values))
    for name, value in values.items():
        if value is not None:
            typer.echo(f"{name:<{width}}  {str(value).lower() if isinstance(value, bool) else value}")
