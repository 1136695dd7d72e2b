"""Reads the settings: command line, then environment, then credentials, .env, config.toml, defaults.

Every problem is found at once, and said with the place where it was written.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from poolmgr.config.sentences import fault
from poolmgr.config.settings import Conflict, Settings
from poolmgr.config.sources import (
    credential_variables,
    dotenv_variables,
    file_entries,
    locate,
    named_variables,
    override_entries,
)
from poolmgr.config.variables import Entry, Origin, Variables, variable_entries
from poolmgr.domain.errors import ConfigError, Problem

__all__ = ["Loaded", "load", "locate", "read"]

DEFAULT = Origin(place="default", name="")

Tree = dict[str, object]
Origins = dict[str, Origin]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The settings, and by dotted key where each value that was written stands."""

    settings: Settings
    origins: Mapping[str, Origin]
    file: Path | None


def load(
    path: Path | None, *, overrides: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """The settings; path None = no file. Raises ConfigError with every problem there is."""
    return read(path, overrides=overrides, environ=environ).settings


def read(
    path: Path | None, *, overrides: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None
) -> Loaded:
    """As `load`, with where each value comes from."""
    environ = os.environ if environ is None else environ
    written = list(entries(path, overrides or {}, environ))
    unread = [entry for entry in written if entry.fault]
    tree, origins = merge(entry for entry in written if not entry.fault)
    problems = [entry.origin.problem(entry.fault) for entry in unread]
    settings, found = validate(tree, origins, [".".join(entry.path) for entry in unread])
    problems += found
    if settings is not None:
        problems += socket_problems(settings, origins, environ)
    if settings is None or problems:
        raise failure(problems)
    return Loaded(settings=settings, origins=origins, file=path)


def entries(path: Path | None, overrides: Mapping[str, str], environ: Mapping[str, str]) -> Iterator[Entry]:
    """Every value that was written, lowest precedence first."""
    if path is not None:
        yield from file_entries(path)
    yield from variable_entries(levels(Path() if path is None else path.parent, environ))
    yield from override_entries(overrides)


def levels(folder: Path, environ: Mapping[str, str]) -> list[Variables]:
    found = [dotenv_variables(folder / ".env")]
    if credentials := environ.get("CREDENTIALS_DIRECTORY"):
        found.append(credential_variables(Path(credentials)))
    return [*found, named_variables("environment", environ)]


def merge(written: Iterable[Entry]) -> tuple[Tree, Origins]:
    """One tree of values, a later entry over an earlier one; a lone switch makes no environment."""
    kept = list(written)
    environments = {entry.path[:2] for entry in kept if not entry.weak}
    tree: Tree = {}
    origins: Origins = {}
    for entry in kept:
        if entry.weak and entry.path[:2] not in environments:
            continue
        if insert(tree, entry.path, entry.value):
            origins[".".join(entry.path)] = entry.origin
    return tree, origins


def insert(tree: Tree, path: tuple[str, ...], value: object) -> bool:
    """False where the file has a value in place of a table: that value is then the problem to report."""
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            return False
        tree = inner
    tree[path[-1]] = value
    return True


def validate(tree: Tree, origins: Origins, unread: Sequence[str]) -> tuple[Settings | None, list[Problem]]:
    """The settings or what is wrong with them.

    Values that do not fit together are not reported when one of them is at fault by itself or unread.
    """
    errors = check(tree)
    if isinstance(errors, Settings):
        return errors, []
    faults = [fault(error, tree) for error in errors if error["type"] != "conflict"]
    problems = [origin_of(origins, found.path).problem(found.sentence) for found in faults]
    for found in faults:
        remove(tree, found.path)
    again = check(tree) if faults else errors
    if not isinstance(again, Settings):
        dropped = [*unread, *(".".join(found.path) for found in faults)]
        problems += conflict_problems(again, origins, dropped)
    return None, problems


def check(tree: Tree) -> Settings | list[ErrorDetails]:
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False)


def remove(tree: Tree, path: tuple[str, ...]) -> None:
    for part in path[:-1]:
        inner = tree.get(part)
        if not isinstance(inner, dict):
            return
        tree = inner
    tree.pop(path[-1], None)


def conflict_problems(
    errors: list[ErrorDetails], origins: Origins, dropped: Sequence[str]
) -> Iterator[Problem]:
    for error in errors:
        for conflict in error.get("ctx", {}).get("conflicts", ()):
            if not any(related(key, other) for key in conflict.keys for other in dropped):
                yield conflict_origin(conflict, origins).problem(conflict.sentence)


def related(key: str, other: str) -> bool:
    """One is the other's table, or the same; "" is the table of all."""
    return not other or f"{key}.".startswith(f"{other}.") or f"{other}.".startswith(f"{key}.")


def conflict_origin(conflict: Conflict, origins: Origins) -> Origin:
    """Where the first of its keys that somebody wrote stands."""
    found = (origin_of(origins, tuple(key.split("."))) for key in conflict.keys)
    return next((origin for origin in found if origin != DEFAULT), DEFAULT)


def origin_of(origins: Origins, path: tuple[str, ...]) -> Origin:
    """Where a key was written; of a table, where the first thing in it was."""
    dotted = ".".join(path)
    inside = (origin for key, origin in origins.items() if key.startswith(f"{dotted}."))
    return origins.get(dotted) or next(inside, DEFAULT)


def socket_problems(settings: Settings, origins: Origins, environ: Mapping[str, str]) -> Iterator[Problem]:
    try:
        settings.pool.control_path(environ)
    except ConfigError as error:
        keys = ("pool.control_socket", "pool.data_folder")
        origin = next((origins[key] for key in keys if key in origins), None)
        origin = origin or Origin(place="default", name="pool.control_socket")
        yield origin.problem(error.sentence)


def failure(problems: list[Problem]) -> ConfigError:
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: place(problem.where))
    count = "this" if len(ordered) == 1 else f"these {len(ordered)}"
    return ConfigError(
        "\n".join(str(problem) for problem in ordered),
        advice=f"Correct {count}, then try again with: registre-pool check-config",
        problems=ordered,
    )


def place(where: str) -> tuple[bool, str, int]:
    """Files first, line by line."""
    name, _, line = where.rpartition(":")
    return (False, name, int(line)) if line.isdigit() else (True, where, 0)
