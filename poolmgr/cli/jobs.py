"""`registre-pool jobs`: looking at jobs, and a person's word on one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.cli.reasons import reason
from poolmgr.cli.statistics import stats
from poolmgr.domain.errors import StoreError
from poolmgr.domain.jobs import JobKind, job_kind
from poolmgr.domain.json import Json, JsonObject, text
from poolmgr.stores.queue import DatabaseQueue

jobs = typer.Typer(help="List, show, count, explain, retry and cancel jobs.", no_args_is_help=True)
jobs.command()(stats)

Environment = Annotated[str | None, typer.Option("--env", help="The environment; without it the first one.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
RowId = Annotated[UUID, typer.Argument(metavar="ID", help="The row's id.")]
LIST_COLUMNS = ("kind", "row_id", "state", "number", "attempts", "worker", "created_at", "error")
Answer = TypeVar("Answer")


class NoSuchJob(StoreError):
    """No row has this id."""


class JobRefused(StoreError):
    """The queue refused what was asked of it."""


def ask(
    context: typer.Context, environment: str | None, question: Callable[[DatabaseQueue], Awaitable[Answer]]
) -> Answer:
    """One question to one environment's queue."""
    from poolmgr.cli.environments import chosen, queue_of

    settings = frame_of(context).settings()
    access = chosen(settings, environment)

    async def answer() -> Answer:
        async with queue_of(access, settings) as queue:
            return await question(queue)

    return asyncio.run(answer())


async def find(queue: DatabaseQueue, row_id: UUID) -> tuple[JobKind, JsonObject]:
    """The row and its kind. Raises NoSuchJob."""
    rows = await queue.jobs_list({"row_id": str(row_id)}, 1)
    if not rows:
        raise NoSuchJob(
            f"No row of {queue.environment} has the id {row_id}.",
            advice="registre-pool jobs list shows ids; --env looks in another environment.",
        )
    return job_kind(text(rows[0], "kind")), rows[0]


@jobs.command("list")
def list_jobs(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="land, req, rdprm, ocr_index or ocr_acte.")] = None,
    state: Annotated[str | None, typer.Option(help="waiting, running, done, error or held.")] = None,
    number: Annotated[str | None, typer.Option(help="The document's number.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, newest first.")] = 50,
    environment: Environment = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first.

    Example: registre-pool jobs list --state error --limit 20
    """
    wanted = {"kind": kind, "state": state, "number": number}
    narrow: JsonObject = {key: value for key, value in wanted.items() if value is not None}
    rows = ask(context, environment, lambda queue: queue.jobs_list(narrow, limit))
    if as_json:
        listed: list[Json] = list(rows)
        print_json({"schema": 1, "jobs": listed})
    else:
        print_table(LIST_COLUMNS, ([row.get(key) for key in LIST_COLUMNS] for row in rows))


@jobs.command()
def show(
    context: typer.Context, row_id: RowId, environment: Environment = None, as_json: AsJson = False
) -> None:
    """Show one job: its state, its error, what was tried, and what this host kept of its failures."""
    from poolmgr.cli.registre import failures

    _, row = ask(context, environment, lambda queue: find(queue, row_id))
    kept: list[Json] = [str(file) for file in failures(frame_of(context).settings()).of(str(row_id))]
    if as_json:
        print_json({"schema": 1, "job": row, "kept": kept})
    else:
        lines = [*row.items(), *(("kept", file) for file in kept)]
        print_table(("field", "value"), ([key, value] for key, value in lines))


@jobs.command()
def why(
    context: typer.Context, row_id: RowId, environment: Environment = None, as_json: AsJson = False
) -> None:
    """Say which conditions of a claim a row does not meet, and in the last line why it is not being worked.

    Example: registre-pool jobs why 6f1c…
    """
    host = frame_of(context).settings().pool.host_name()

    async def question(queue: DatabaseQueue) -> tuple[JobKind, list[JsonObject]]:
        kind, _ = await find(queue, row_id)
        return kind, await queue.why(kind, str(row_id))

    kind, rows = ask(context, environment, question)
    said = reason(rows, kind=kind, row_id=str(row_id), host=host, environment=environment)
    if as_json:
        conditions: list[Json] = list(rows)
        print_json({"schema": 1, "conditions": conditions, "reason": said})
        return
    print_table(
        ("condition", "met", "value"),
        ([row.get(key) for key in ("condition", "met", "value")] for row in rows),
    )
    typer.echo(said)


@jobs.command()
def retry(context: typer.Context, row_id: RowId, environment: Environment = None) -> None:
    """Let a failed job wait again, with all its attempts."""

    async def question(queue: DatabaseQueue) -> str:
        kind, _ = await find(queue, row_id)
        return await queue.retry(kind, str(row_id))

    tell(ask(context, environment, question), "waits again", "waits already")


@jobs.command()
def cancel(context: typer.Context, row_id: RowId, environment: Environment = None) -> None:
    """Take a job out of the queue; a worker that runs it stops."""

    async def question(queue: DatabaseQueue) -> str:
        kind, _ = await find(queue, row_id)
        return await queue.cancel(kind, str(row_id))

    tell(ask(context, environment, question), "cancelled", "was cancelled or had failed already")


def tell(answer: str, applied: str, already: str) -> None:
    """Raises JobRefused with the queue's own reason."""
    if answer.startswith("refused"):
        raise JobRefused(answer)
    typer.echo(applied if answer == "applied" else already)
