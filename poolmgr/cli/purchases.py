"""`registre-pool purchases`: looking at what was paid, and a person's word on what may have been."""

import asyncio
import os
import pwd
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar, get_args
from uuid import UUID

import typer

from poolmgr.cli.jobs import AsJson, Environment, tell
from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.domain.budgets import cad
from poolmgr.domain.errors import StoreError
from poolmgr.domain.json import Json, JsonObject, text, whole
from poolmgr.domain.purchases import PurchaseId, Registry
from poolmgr.domain.states import PURCHASE_STATES, SPENT_PURCHASES
from poolmgr.stores.purchases import DatabasePurchases

purchases = typer.Typer(help="List, show, accept and allow purchases.", no_args_is_help=True)

Id = Annotated[int, typer.Argument(metavar="ID", min=1, max=2**63 - 1, help="The purchase's id.")]
Person = Annotated[
    str | None, typer.Option("--person", metavar="NAME", help="Who says so; without it who is logged in.")
]
REGISTRIES: tuple[Registry, ...] = get_args(Registry)
LIST_TITLES = (
    "id", "state", "CAD", "registry", "identity", "row_id", "clicked_at", "account", "host",
)  # fmt: skip
Answer = TypeVar("Answer")


class NoSuchPurchase(StoreError):
    """No purchase has this id."""


def ask(
    context: typer.Context,
    environment: str | None,
    question: Callable[[DatabasePurchases], Awaitable[Answer]],
) -> Answer:
    """One question to one environment's purchases."""
    from poolmgr.cli.environments import chosen, purchases_of

    settings = frame_of(context).settings()
    access = chosen(settings, environment)

    async def answer() -> Answer:
        async with purchases_of(access, settings) as asked:
            return await question(asked)

    return asyncio.run(answer())


async def find(asked: DatabasePurchases, purchase: PurchaseId) -> JsonObject:
    """Raises NoSuchPurchase."""
    rows = await asked.purchases_list({"id": purchase}, 1)
    if not rows:
        raise NoSuchPurchase(
            f"No purchase of {asked.environment} has the id {purchase}.",
            advice="registre-pool purchases list shows ids; --env looks in another environment.",
        )
    return rows[0]


@purchases.command("list")
def list_purchases(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help=f"{', '.join(PURCHASE_STATES)}.")] = None,
    registry: Annotated[str | None, typer.Option(help=f"{', '.join(REGISTRIES)}.")] = None,
    row: Annotated[UUID | None, typer.Option(metavar="ID", help="Of the job with this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, newest first.")] = 50,
    environment: Environment = None,
    as_json: AsJson = False,
) -> None:
    """List purchases, newest first, and what those listed have cost.

    Example: registre-pool purchases list --state unknown
    """
    wanted = {
        "state": one_of(PURCHASE_STATES, state, "--state"),
        "registry": one_of(REGISTRIES, registry, "--registry"),
        "row_id": None if row is None else str(row),
    }
    narrow: JsonObject = {key: value for key, value in wanted.items() if value is not None}
    rows = ask(context, environment, lambda asked: asked.purchases_list(narrow, limit))
    if as_json:
        listed: list[Json] = list(rows)
        print_json({"schema": 1, "purchases": listed, "spent_cents": spent(rows)})
        return
    shown = [row | {"CAD": cad(whole(row, "price_cents"))} for row in rows]
    print_table(LIST_TITLES, ([row.get(title) for title in LIST_TITLES] for row in shown))
    typer.echo(f"{cad(spent(rows))} CAD spent on the {len(rows)} listed")


@purchases.command()
def show(
    context: typer.Context, purchase: Id, environment: Environment = None, as_json: AsJson = False
) -> None:
    """Show one purchase: every field, and what its registry's budget of today looks like.

    Example: registre-pool purchases show 42
    """

    async def question(asked: DatabasePurchases) -> tuple[JsonObject, JsonObject | None]:
        row = await find(asked, purchase)
        lines = await asked.budgets(1)
        return row, next((line for line in lines if line.get("registry") == row.get("registry")), None)

    row, budget = ask(context, environment, question)
    advice = held_advice(row, environment)
    if as_json:
        print_json({"schema": 1, "purchase": row, "budget": budget, "advice": advice})
        return
    print_table(("field", "value"), ([key, value] for key, value in row.items()))
    typer.echo(budget_sentence(text(row, "registry"), budget))
    if advice:
        typer.echo(advice)


@purchases.command()
def accept(
    context: typer.Context,
    purchase: Id,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="Its document, saved by hand: PDF, TIFF or ZIP. Without it what this host kept of it.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    person: Person = None,
    environment: Environment = None,
    as_json: AsJson = False,
) -> None:
    """Give the row of an unknown purchase its document: it is delivered as if it had come, and paid once.

    Look first whether it is the right one: `purchases show` says what was asked for and what is kept.
    Example: registre-pool purchases accept 42 acte.pdf --person marie
    """
    from poolmgr.cli import acceptance
    from poolmgr.cli.environments import chosen
    from poolmgr.cli.registre import spool

    name = name_of(person)
    settings = frame_of(context).settings()
    given = None if file is None else acceptance.content(file, settings.registre.max_file_bytes)
    kept_in = spool(chosen(settings, environment), settings)

    async def question(asked: DatabasePurchases) -> tuple[JsonObject, int]:
        row = await find(asked, purchase)
        pages = await acceptance.accept(row, given, name, asked, kept_in, settings)
        return await find(asked, purchase), pages

    row, pages = ask(context, environment, question)
    if as_json:
        print_json({"schema": 1, "answer": "applied", "pages": pages, "purchase": row})
    else:
        typer.echo(
            f"accepted, {pages} pages: row {text(row, 'row_id')} waits again, unless somebody cancelled it, "
            "and the pool of this host delivers it without paying"
        )


@purchases.command()
def allow(
    context: typer.Context,
    purchase: Id,
    person: Person = None,
    environment: Environment = None,
    as_json: AsJson = False,
) -> None:
    """Let the row of an unknown purchase wait again: what it asked for may then be paid once more.

    Look first whether the registry's own list of purchases has it.
    Example: registre-pool purchases allow 42 --person marie
    """
    name = name_of(person)

    async def question(asked: DatabasePurchases) -> tuple[JsonObject, str]:
        answer = await asked.allow(purchase, name)
        return await find(asked, purchase), answer

    row, answer = ask(context, environment, question)
    if as_json:
        print_json({"schema": 1, "answer": answer, "purchase": row})
        if not answer.startswith("refused"):
            return
    tell(
        answer,
        f"allowed: row {text(row, 'row_id')} waits again, unless somebody cancelled it or another purchase "
        "holds it",
        f"was allowed already by {text(row, 'allowed_by')}",
    )


def name_of(person: str | None) -> str:
    name = " ".join((login_name() if person is None else person).split())
    if not name:
        raise typer.BadParameter("a name is needed: it is kept with the purchase", param_hint="--person")
    return name


def one_of(known: Sequence[str], word: str | None, option: str) -> str | None:
    """A misspelt word must not look like a list without money."""
    if word is not None and word not in known:
        raise typer.BadParameter(f"{word!r} is not one of {', '.join(known)}", param_hint=option)
    return word


def spent(rows: Iterable[JsonObject]) -> int:
    """Cents."""
    return sum(whole(row, "price_cents") for row in rows if row.get("state") in SPENT_PURCHASES)


def budget_sentence(registry: str, budget: JsonObject | None) -> str:
    if budget is None:
        return f"{registry} today: nothing spent"
    spent_cents, reserved, limit = (
        cad(whole(budget, f"{name}_cents")) for name in ("spent", "reserved", "limit")
    )
    return f"{registry} today: {spent_cents} CAD spent and {reserved} reserved of {limit}"


def held_advice(row: JsonObject, environment: str | None) -> str | None:
    if row.get("state") != "unknown":
        return None
    place = f" --env {environment}" if environment else ""
    return (
        "It may have been paid and its document is not here. Who has the right file gives it to the row: "
        f"registre-pool purchases accept {row.get('id')} [FILE]{place}. To let its row wait again, and be "
        f"paid again: registre-pool purchases allow {row.get('id')}{place}"
    )


def login_name() -> str:
    """Who logged in, also behind sudo; else whose process this is."""
    try:
        return os.getlogin()
    except OSError:
        pass
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
