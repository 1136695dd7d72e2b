"""`registre-pool jobs stats`: how long jobs take, what is stuck, what failed."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import Json, JsonObject, number, text, whole
from poolmgr.domain.ports import Desk

MOST_LINES = 20
"""Stuck and failed rows that are named one by one, of each environment; `jobs list` shows all."""

NOT_ALL_ANSWERED = 4
COLUMNS = ("kind", "status", "source", "count", "min_seconds", "mean_seconds", "max_seconds", "attempts")
TITLES = ("environment", "kind", "state", "source", "count", "min s", "mean s", "max s", "attempts")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One environment's answer. stuck, failed: rows, the longest and the newest first; error: no answer."""

    environment: str
    stats: Sequence[JsonObject] = ()
    stuck: Sequence[JsonObject] = ()
    failed: Sequence[JsonObject] = ()
    error: str = ""

    def as_json(self) -> JsonObject:
        return {
            "stats": list[Json](self.stats),
            "stuck": list[Json](self.stuck),
            "failed": list[Json](self.failed),
            "error": self.error or None,
        }


def stats(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Of the last so many days.")] = 7,
    environment: Annotated[
        str | None, typer.Option("--env", help="The environment; without it all of them.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show how many jobs ended how and how long they took; name those that are stuck or failed.

    Durations are known for 7 days. Exit 4 when an environment does not answer.
    Example: registre-pool jobs stats --days 3
    """
    answers = asyncio.run(ask_all(frame_of(context).settings(), days, environment))
    if as_json:
        found: JsonObject = {one.environment: one.as_json() for one in answers}
        print_json({"schema": 1, "days": days, "environments": found})
    else:
        show(answers, days)
    if any(one.error for one in answers):
        raise typer.Exit(NOT_ALL_ANSWERED)


async def ask_all(settings: Settings, days: int, name: str | None) -> list[Told]:
    """Raises ConfigError, NotRunning. One environment that is down delays the others only by its time-out."""
    from poolmgr.cli.environments import Access, chosen, queue_of, reachable

    async def ask(access: Access) -> Told:
        try:
            async with queue_of(access, settings) as queue:
                return await tell(queue, access.name, days)
        except PoolError as error:
            return Told(environment=access.name, error=error.sentence)

    accesses = reachable(settings) if name is None else [chosen(settings, name)]
    return list(await asyncio.gather(*map(ask, accesses)))


async def tell(desk: Desk, environment: str, days: int) -> Told:
    since = datetime.now(UTC) - timedelta(days=days)
    return Told(
        environment=environment,
        stats=await desk.stats(days),
        stuck=await desk.overdue(),
        failed=await desk.failures(since.isoformat(), MOST_LINES),
    )


def show(answers: Sequence[Told], days: int) -> None:
    print_table(
        TITLES,
        ([one.environment, *(row.get(key) for key in COLUMNS)] for one in answers for row in one.stats),
    )
    for one in answers:
        for line in remarks(one, days):
            typer.echo(line)


def remarks(told: Told, days: int) -> Iterator[str]:
    """What a person has to know beside the table."""
    name = told.environment
    if told.error:
        yield f"{name} does not answer: {told.error}"
        return
    yield f"{name}: {len(told.stuck)} stuck"
    yield from (f"  {stuck_line(row)}" for row in told.stuck[:MOST_LINES])
    failed = sum(whole(row, "count") for row in told.stats if text(row, "status") == "error")
    yield f"{name}: {failed} failed in {days} days"
    yield from (f"  {text(row, 'kind')} {text(row, 'row_id')}: {text(row, 'error')}" for row in told.failed)


def stuck_line(row: JsonObject) -> str:
    who = text(row, "worker") or "nobody known"
    where = f" on {text(row, 'host')}" if text(row, "host") else ""
    since = f", claimed {number(row, 'seconds'):.0f} s ago" if row.get("seconds") is not None else ""
    return f"{text(row, 'kind')} {text(row, 'row_id')}: {text(row, 'reason')}; {who}{where}{since}"
