"""`registre-pool check-config`: is the configuration valid, and where does each value come from?

It asks no database and no network.
"""

from typing import Annotated

import orjson
import typer

from poolmgr.cli.main import frame_of
from poolmgr.config.keys import all_keys, display, values
from poolmgr.config.loader import DEFAULT, Loaded
from poolmgr.domain.errors import ConfigError, Problem
from poolmgr.domain.json import Json, JsonObject

SCHEMA = 1


def check_config(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Says what is wrong with the configuration, or what differs from the defaults, and where it stands.

    Exit code 0 = valid, 78 = not.
    """
    try:
        loaded = frame_of(context).read()
    except ConfigError as error:
        if not as_json:
            raise
        typer.echo(orjson.dumps(refused(error.problems)))
        raise typer.Exit(error.exit_code) from None
    if as_json:
        typer.echo(orjson.dumps(accepted(loaded)))
    else:
        typer.echo(table(loaded))


def differences(loaded: Loaded) -> list[tuple[str, str, str]]:
    """Key, value (a secret as ***) and source of every value that is not the default."""
    return [
        (dotted, display(value), str(loaded.origins.get(dotted, DEFAULT)))
        for dotted, value in values(loaded.settings).items()
        if value != all_keys()[dotted].field.default
    ]


def table(loaded: Loaded) -> str:
    file = "no configuration file" if loaded.file is None else str(loaded.file)
    rows = differences(loaded)
    if not rows:
        return f"valid: {file}; every value is the default"
    assignments = [f"{key} = {value}" for key, value, _ in rows]
    width = max(map(len, assignments))
    lines = [f"  {text:<{width}}  {source}" for text, (_, _, source) in zip(assignments, rows, strict=True)]
    return "\n".join([f"valid: {file}; different from the default:", *lines])


def accepted(loaded: Loaded) -> JsonObject:
    rows: list[Json] = [
        {"key": key, "value": value, "source": source} for key, value, source in differences(loaded)
    ]
    file = None if loaded.file is None else str(loaded.file)
    return {"schema": SCHEMA, "valid": True, "file": file, "values": rows, "problems": []}


def refused(problems: tuple[Problem, ...]) -> JsonObject:
    found: list[Json] = [
        {"where": problem.where, "key": problem.key, "sentence": problem.sentence} for problem in problems
    ]
    return {"schema": SCHEMA, "valid": False, "file": None, "values": [], "problems": found}
