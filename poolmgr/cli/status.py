"""`registre-pool status`: what the running pool says of itself over its control socket."""

from collections.abc import Iterator
from typing import Annotated

import typer

from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.domain.budgets import budget, sentence
from poolmgr.domain.json import Json, JsonObject, number, record, records, strings, text, whole

STATUS_SECONDS = 5.0
CHILD_COLUMNS = ("name", "pid", "state", "jobs", "seconds", "restarts", "completed", "failed", "worker")
DECISION_COLUMNS = ("at", "event", "child", "why", "more")
DEGRADED = 4
DEPTH_COLUMNS = ("environment", "kind", "ready", "running", "oldest seconds", "outage")


def status(
    context: typer.Context,
    decisions: Annotated[
        bool, typer.Option("--decisions", help="What the parent decided lately, and why; the newest last.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show the running pool: its children, its environments, what waits.

    Exit 3 when none runs, 4 when it cannot do all that it is there for.

    Example: registre-pool status --decisions
    """
    from poolmgr.pool import control

    word = "decisions" if decisions else "status"
    found = control.ask(frame_of(context).settings().pool.control_path(), word, STATUS_SECONDS)
    if as_json:
        print_json(found)
        leave(found)
        return
    if decisions:
        print_table(DECISION_COLUMNS, map(decision_row, records(found, "decisions")))
        return
    typer.echo(f"pid {whole(found, 'pid')}, {text(found, 'state')}, since {text(found, 'started_at')}")
    for problem in strings(found, "problems"):
        typer.echo(f"degraded: {problem}")
    typer.echo()
    print_table(
        CHILD_COLUMNS, ([child.get(key) for key in CHILD_COLUMNS] for child in records(found, "children"))
    )
    typer.echo()
    print_table(DEPTH_COLUMNS, depth_rows(record(found, "environments")))
    for line in remarks(found):
        typer.echo(line)
    leave(found)


def leave(found: JsonObject) -> None:
    if strings(found, "problems"):
        raise typer.Exit(DEGRADED)


def remarks(found: JsonObject) -> Iterator[str]:
    """What a person has to know beside the tables."""
    yield from capacity_remarks(record(found, "capacity"))
    yield from allocation_remarks(record(found, "allocation"))
    yield from model_remarks(record(found, "models"))
    for child in records(found, "children"):
        if refused := text(child, "refused"):
            yield f"{text(child, 'name')} is not started: {refused}"
    for pause in records(found, "pauses"):
        kind, where = text(pause, "kind") or "every kind of job", text(pause, "environment")
        yield f"paused by {text(pause, 'by')}: {kind} in {where or 'every environment'}"
    if pending := whole(found, "releases_pending"):
        yield f"{pending} dead workers' jobs are still to be freed"
    for child in records(found, "children"):
        if trouble := text(child, "trouble"):
            yield f"{text(child, 'name')} takes no jobs: {trouble}"
    environments = record(found, "environments")
    for name in environments:
        yield from outage_remarks(name, record(environments, name))
        yield from spool_remarks(name, record(record(environments, name), "spool"))
        for one in map(budget, records(record(environments, name), "budgets")):
            yield f"{name}: {one.registry}: {sentence(one)}"
    yield from strings(found, "notices")


def capacity_remarks(capacity: JsonObject) -> Iterator[str]:
    booked, room = record(capacity, "booked"), record(capacity, "room")
    others = record(capacity, "booked_by_others")
    beside = f", {size(others)} by other pools" if number(others, "cpu") or number(others, "ram_gb") else ""
    floor = ": over-booked by floor" if capacity.get("over_booked") is True else ""
    yield f"booked: {size(booked)} of {size(room)}{beside}{floor}"
    if pressed := text(capacity, "pressed"):
        yield f"memory is short: {pressed}"


def decision_row(decision: JsonObject) -> list[Json]:
    """Its own columns, and in the last one the fields that only some decisions have."""
    shown = ("at", "event", "name", "why")
    told = {key: value for key, value in decision.items() if value is not None}
    more: JsonObject = {key: value for key, value in told.items() if key not in shown}
    return [*(decision.get(key) for key in shown), more or None]


def allocation_remarks(allocation: JsonObject) -> Iterator[str]:
    """Who reads what, and why."""
    if why := text(allocation, "why"):
        counts = ((mode, whole(allocation, mode)) for mode in ("index", "acte", "both"))
        shared = ", ".join(f"{count} {mode}" for mode, count in counts if count) or "none"
        yield f"readers: {shared} ({why})"


def model_remarks(models: JsonObject) -> Iterator[str]:
    """What paid models take of their limits, and of the day's money."""
    for one in records(models, "limits"):
        yield (
            f"{text(one, 'model')}: {whole(one, 'requests'):,} of {whole(one, 'requests_limit'):,} requests, "
            f"{whole(one, 'tokens'):,} of {whole(one, 'tokens_limit'):,} input tokens in the last minute"
            f"{''.join(limit_notes(one))}"
        )
    if models:
        cost, limit = number(models, "cad_today"), number(models, "cad_a_day")
        over = "; it is spent, documents wait until midnight" if cost >= limit else ""
        yield f"models: {cost:.2f} of {limit:.2f} CAD today{over}"


def limit_notes(one: JsonObject) -> Iterator[str]:
    if whole(one, "stopped_seconds"):
        yield f"; Google's limit of the day is reached, for {whole(one, 'stopped_seconds') / 3600:.1f} h more"
    if number(one, "paused_seconds"):
        yield f"; paused for {number(one, 'paused_seconds'):.0f} s more"
    if number(one, "factor", 1.0) < 1:
        yield f"; lowered to {number(one, 'factor'):.0%} after refusals"
    waiting = record(one, "waiting")
    if shown := ", ".join(f"{whole(waiting, name)} in {name}" for name in waiting if whole(waiting, name)):
        yield f"; calls that wait: {shown}"


def size(values: JsonObject) -> str:
    return f"{number(values, 'cpu'):.3g} vCPU and {number(values, 'ram_gb'):.3g} GB"


def outage_remarks(name: str, environment: JsonObject) -> Iterator[str]:
    if since := text(environment, "down_since"):
        seconds = number(environment, "retry_in_seconds")
        retry = f"the next try is in {seconds:.0f} s" if seconds else "it is being tried again"
        yield f"{name} does not answer since {since}; {retry}"
    if seconds := number(environment, "slow_seconds"):
        yield f"{name} is slow: it answers after {seconds:.1f} s, and others are asked before it does"
    for trouble in strings(environment, "troubles"):
        yield f"{name} does not answer our children: {trouble}"


def spool_remarks(name: str, spool: JsonObject) -> Iterator[str]:
    if files := whole(spool, "files"):
        yield f"{name}: {files} paid files ({whole(spool, 'bytes')} bytes) wait here for their delivery"
    for one in records(spool, "stranded"):
        purchase, host = whole(one, "id"), text(one, "host")
        yield f"{name}: the file of purchase {purchase} lies on {host}, which was not seen for an hour"


def depth_rows(environments: JsonObject) -> list[list[str | int | float | None]]:
    """One row a kind; an environment that is down has one row that says so."""
    rows: list[list[str | int | float | None]] = []
    for name in environments:
        environment = record(environments, name)
        outage = text(environment, "outage")
        depths = records(environment, "depths")
        if outage or not depths:
            rows.append([name, None, None, None, None, outage or "not heard of yet"])
        for depth in depths:
            oldest = (
                number(depth, "oldest_ready_seconds")
                if depth.get("oldest_ready_seconds") is not None
                else None
            )
            rows.append(
                [name, text(depth, "kind"), whole(depth, "ready"), whole(depth, "running"), oldest, None]
            )
    return rows
