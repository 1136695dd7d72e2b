"""`registre-pool ocr backfill`: corrected texts for rows that were read when nothing was corrected."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from poolmgr.cli.jobs import AsJson, Environment
from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json
from poolmgr.domain.errors import Refused
from poolmgr.domain.jobs import OCR_KINDS, JobKind, RowId
from poolmgr.domain.json import Json, JsonObject

if TYPE_CHECKING:
    from poolmgr.config.settings import OcrSettings
    from poolmgr.stores.boosting import Counts, DatabaseBoosting, Unboosted

KINDS = ("index", "acte")
Answer = TypeVar("Answer")


@dataclass(kw_only=True)
class Tally:
    """What became of the rows. plain: an index whose text has no rows that rules could speak of."""

    applied: int = 0
    plain: int = 0
    corrections: int = 0
    refused: list[str] = field(default_factory=list)

    @property
    def seen(self) -> int:
        return self.applied + self.plain + len(self.refused)

    def as_json(self) -> JsonObject:
        return {
            "boosted": self.applied,
            "without_rows": self.plain,
            "corrections": self.corrections,
            "refused": list[Json](self.refused),
        }


def backfill(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="index or acte; without it both.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows of each kind.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=100, help="So many rows are fetched at a time.")] = 20,
    yes: Annotated[bool, typer.Option("--yes", help="Begin without asking.")] = False,
    environment: Environment = None,
    as_json: AsJson = False,
) -> None:
    """Write corrected texts beside the texts of documents that were read without any.

    Costs nothing: rules correct what stands in the rows, no document is fetched or read again. A row that
    somebody works on, or that changes meanwhile, is left alone. May be stopped and begun again.
    Example: registre-pool ocr backfill --env prod
    """
    kinds = kinds_of(kind)
    settings = frame_of(context).settings().ocr
    counts = ask(context, environment, lambda asked: count(asked, kinds))
    estimate = estimated(counts, limit)
    if not as_json:
        typer.echo(sentence(estimate), err=True)
    if not estimate["rows"]:
        finish(estimate, Tally(), as_json=as_json)
        return
    if not (yes or agreed()):
        raise typer.Exit(1)
    tally = Tally()

    def say() -> None:
        if not as_json:
            typer.echo(f"{tally.seen} of {estimate['rows']} rows", err=True)

    async def work(asked: "DatabaseBoosting") -> None:
        for one in kinds:
            await boost_rows(asked, one, settings, tally, Span(batch=batch, limit=limit), say)

    ask(context, environment, work)
    finish(estimate, tally, as_json=as_json)


@dataclass(frozen=True, kw_only=True)
class Span:
    """How many rows are fetched at a time, and how many in all."""

    batch: int
    limit: int | None


def kinds_of(word: str | None) -> Sequence[JobKind]:
    """Raises a usage error for another word."""
    if word is None:
        return OCR_KINDS
    if word not in KINDS:
        raise typer.BadParameter(f"{word!r} is not one of {', '.join(KINDS)}", param_hint="--kind")
    return ("ocr_index",) if word == "index" else ("ocr_acte",)


def ask(
    context: typer.Context,
    environment: str | None,
    question: "Callable[[DatabaseBoosting], Awaitable[Answer]]",
) -> Answer:
    from poolmgr.cli.environments import boosting_of, chosen

    settings = frame_of(context).settings()
    access = chosen(settings, environment)

    async def answer() -> Answer:
        async with boosting_of(access, settings) as asked:
            return await question(asked)

    return asyncio.run(answer())


async def count(asked: "DatabaseBoosting", kinds: Sequence[JobKind]) -> "list[Counts]":
    return [await asked.counts(kind) for kind in kinds]


def estimated(counts: "Sequence[Counts]", limit: int | None) -> JsonObject:
    """rows: to correct. unread: done without any text, which a backfill leaves alone. cost_cents: CAD."""
    rows = sum(one.rows if limit is None else min(one.rows, limit) for one in counts)
    return {
        "rows": rows,
        "characters": sum(one.characters for one in counts),
        "unread": sum(one.unread for one in counts),
        "cost_cents": 0,
    }


def sentence(estimate: JsonObject) -> str:
    megabytes = float(str(estimate["characters"])) / 1_000_000
    unread = (
        f"; {estimate['unread']} rows hold no text at all and stay as they are" if estimate["unread"] else ""
    )
    return (
        f"{estimate['rows']} rows without a corrected text, {megabytes:.1f} million characters in all; "
        f"cost: 0.00 CAD, rules correct on this machine{unread}"
    )


def agreed() -> bool:
    """Raises a usage error where nobody can answer."""
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody can be asked here: say --yes", param_hint="--yes")
    return typer.confirm("Begin?", err=True)


async def boost_rows(
    asked: "DatabaseBoosting",
    kind: JobKind,
    settings: "OcrSettings",
    tally: Tally,
    span: Span,
    say: Callable[[], None],
) -> None:
    """Batch after batch by id, so that no row is offered twice."""
    after: RowId | None = None
    left = span.limit
    while left is None or left > 0:
        rows = await asked.some(kind, after, span.batch if left is None else min(span.batch, left))
        if not rows:
            return
        for row in rows:
            await boost_row(asked, row, kind, settings, tally)
        after = rows[-1].row_id
        left = None if left is None else left - len(rows)
        say()


async def boost_row(
    asked: "DatabaseBoosting", row: "Unboosted", kind: JobKind, settings: "OcrSettings", tally: Tally
) -> None:
    from poolmgr.ocr.text import corrected_again

    made = corrected_again(row.content, kind, settings)
    if made is None:
        tally.plain += 1
        return
    try:
        answer = await asked.write(row, kind, made.text, made.pages)
    except Refused as error:
        answer = f"refused: {error.sentence}"
    if answer.startswith("refused"):
        tally.refused.append(f"{row.row_id}: {answer}")
    else:
        tally.applied += 1
        tally.corrections += made.corrections


def finish(estimate: JsonObject, tally: Tally, *, as_json: bool) -> None:
    if as_json:
        print_json({"schema": 1, "estimate": estimate, **tally.as_json()})
        return
    for line in tally.refused:
        typer.echo(line, err=True)
    typer.echo(
        f"{tally.applied} rows have a corrected text now, with {tally.corrections} corrections; "
        f"{tally.plain} have no rows to correct; {len(tally.refused)} were left alone"
    )
