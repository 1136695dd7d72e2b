"""Answers on stdout: a table for people, one JSON object for programs."""

import sys
from collections.abc import Iterable, Sequence

import orjson

from poolmgr.domain.json import Json, JsonObject

WIDEST = 10_000


def print_json(values: JsonObject) -> None:
    options = orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0
    sys.stdout.write(orjson.dumps(values, option=options).decode() + "\n")


def print_table(titles: Sequence[str], rows: Iterable[Sequence[Json]]) -> None:
    """Left-aligned columns; no cell is ever shortened: ids and errors are there to be copied."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        shown.add_column(title, no_wrap=True)
    count = 0
    for row in rows:
        shown.add_row(*(cell(value) for value in row))
        count += 1
    if not count:
        sys.stderr.write("nothing\n")
    else:
        Console(width=WIDEST).print(shown, crop=False)


def cell(value: Json) -> str:
    """One line, and nothing in it that could be read as markup."""
    from rich.markup import escape

    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.1f}"
        case list() | dict():
            return escape(orjson.dumps(value).decode())
        case _:
            return escape(" ".join(str(value).split()))
