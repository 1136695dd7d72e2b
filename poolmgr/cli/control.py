"""The verbs that ask the running pool for something, each over its control socket."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.domain.errors import NotRunning, PoolError
from poolmgr.domain.json import Json, JsonObject, records, strings, text, whole

ANSWER_SECONDS = 5.0
RELOAD_SECONDS = 30.0
LOOK_SECONDS = 0.2
CHILD_COLUMNS = ("name", "pid", "state", "jobs", "seconds", "restarts", "completed", "failed", "last exit")
PAUSE_COLUMNS = ("environment", "kind", "since", "by")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Env = Annotated[str, typer.Option("--env", metavar="NAME", help="Only in this environment.")]
Kind = Annotated[
    str,
    typer.Option("--kind", help="Only land, req, rdprm, ocr_index, ocr_acte; or all of registre, of ocr."),
]


class Rejected(PoolError):
    """The pool refused what it was asked for."""


class ReloadRefused(PoolError):
    """The pool keeps its configuration."""


def ask(path: Path, word: str, **arguments: Json) -> JsonObject:
    """The pool's answer. Raises NotRunning, or Rejected with the pool's own words."""
    from poolmgr.pool import control

    found = control.ask(path, word, RELOAD_SECONDS if word == "reload" else ANSWER_SECONDS, **arguments)
    if error := text(found, "error"):
        sentence, _, advice = error.partition("\n")
        raise Rejected(sentence, advice=advice.strip())
    return found


def socket_of(context: typer.Context) -> Path:
    return frame_of(context).settings().pool.control_path()


def workers(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the children of the running pool, and how the one before each ended.

    Example: registre-pool workers --json
    """
    found = records(ask(socket_of(context), "status"), "children")
    if as_json:
        print_json({"children": list[Json](found)})
    else:
        print_table(CHILD_COLUMNS, map(child_row, found))


def child_row(child: JsonObject) -> list[Json]:
    """Its columns, with one sentence of how the child before it ended."""
    jobs = ", ".join(f"{text(job, 'kind')} {text(job, 'row')}" for job in records(child, "jobs"))
    end = child.get("last_exit")
    told = ""
    if isinstance(end, dict):
        why = text(end, "killed_for")
        told = f"{text(end, 'evidence')}{f' ({why})' if why else ''} at {text(end, 'at')}"
    named: JsonObject = {**child, "jobs": jobs or None, "last exit": told or None}
    return [named.get(key) for key in CHILD_COLUMNS]


def pause(context: typer.Context, env: Env = "", kind: Kind = "", as_json: AsJson = False) -> None:
    """Begin no more jobs; those in hand are finished. It lasts until `resume`, or until the pool ends.

    Example: registre-pool pause --env staging --kind land
    """
    found = ask(socket_of(context), "pause", environment=env, kind=kind)
    say(found, as_json, [f"paused: {one}" for one in strings(found, "paused")], "paused already")


def resume(context: typer.Context, env: Env = "", kind: Kind = "", as_json: AsJson = False) -> None:
    """Begin jobs again; without options everywhere.

    Example: registre-pool resume --env staging
    """
    found = ask(socket_of(context), "resume", environment=env, kind=kind)
    say(found, as_json, [f"resumed: {one}" for one in strings(found, "resumed")], "nothing was paused there")


def say(found: JsonObject, as_json: bool, lines: list[str], otherwise: str) -> None:
    """What changed, and all pauses there are."""
    if as_json:
        print_json(found)
        return
    typer.echo("\n".join(lines) or otherwise)
    if pauses := records(found, "pauses"):
        typer.echo()
        print_table(PAUSE_COLUMNS, ([one.get(key) or None for key in PAUSE_COLUMNS] for one in pauses))


def scale(
    context: typer.Context,
    group: Annotated[str, typer.Argument(help="registre or ocr.")],
    children: Annotated[int, typer.Argument(min=0, help="How many there shall be, if they fit.")],
    as_json: AsJson = False,
) -> None:
    """Have another number of children, until that key of the configuration changes or the pool ends.

    Example: registre-pool scale ocr 6
    """
    found = ask(socket_of(context), "scale", group=group, children=children)
    if as_json:
        print_json(found)
    else:
        typer.echo(
            f"{group}.children: {whole(found, 'before')} -> {whole(found, 'children')} "
            "(config.toml is as it was)"
        )


def recycle(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Of these children; else all.")] = None,
    kind: Annotated[str, typer.Option("--kind", help="Only registre, ocr or scout.")] = "",
    as_json: AsJson = False,
) -> None:
    """Replace children one by one, each between two jobs.

    Example: registre-pool recycle ocr-1 ocr-2
    """
    found = ask(socket_of(context), "recycle", names=list[Json](names or []), kind=kind)
    if as_json:
        print_json(found)
    else:
        typer.echo(
            "\n".join(f"will be replaced: {one}" for one in strings(found, "recycled")) or "nobody is there"
        )


def drain(
    context: typer.Context,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Show how it goes until the pool is gone.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Stop the pool as SIGTERM does: jobs in hand are finished, within the configured time.

    Example: registre-pool drain --no-wait
    """
    path = socket_of(context)
    found = ask(path, "drain")
    if not wait:
        say_state(found, as_json)
        return
    for line in until_gone(path):
        typer.echo(line, err=True)
    say_state({**found, "state": "gone"}, as_json)


def say_state(found: JsonObject, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        typer.echo(f"pid {whole(found, 'pid')}: {text(found, 'state')}")


def until_gone(path: Path) -> Iterable[str]:
    """One line each time another number of children is left; ends when nobody answers any more."""
    before = ""
    while True:
        try:
            children = records(ask(path, "status"), "children")
        except NotRunning:
            return
        left = [child for child in children if child.get("pid") and child.get("kind") != "scout"]
        jobs = sum(len(records(child, "jobs")) for child in left)
        line = f"{len(left)} children left, {jobs} jobs in hand"
        if line != before:
            yield line
        before = line
        time.sleep(LOOK_SECONDS)


def reload(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Have the running pool read its configuration again, and say what changed. Exit 1 when it is refused.

    Example: registre-pool reload --dry-run
    """
    found = ask(socket_of(context), "reload", dry_run=dry_run)
    if as_json:
        print_json(found)
    if refused := text(found, "refused"):
        raise ReloadRefused(refused, advice="Nothing was changed.")
    if not as_json:
        lines = [change_line(one) for one in records(found, "changes")]
        typer.echo("\n".join(lines) or "nothing changed")


MEANINGS = {
    "live": "at once",
    "recycle": "children are replaced one by one, between jobs",
    "restart": "needs a restart of the pool, the old value stays",
}


def change_line(change: JsonObject) -> str:
    meaning = MEANINGS.get(text(change, "reload"), "")
    return f"{text(change, 'key')}: {text(change, 'old')} -> {text(change, 'new')} ({meaning})"
