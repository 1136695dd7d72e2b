"""A function of the protocol called by name. Light: processes that die are started with it often."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

Value: TypeAlias = Any
Row = dict[str, Any]
Call: TypeAlias = Callable[[str, Row], list[Row]]
KINDS = ["land", "req", "rdprm", "ocr_index", "ocr_acte"]
DONE: dict[str, Row] = {
    "land": {"supabase_path": "index/a.pdf"},
    "ocr_index": {"file_content": "texte", "pages": [{"engine": "layer", "text": "texte"}]},
    "ocr_acte": {"file_content": "texte"},
    "req": {"results_count": 1, "companies": [{"cleaned_data": {"neq": "1"}}]},
    "rdprm": {"storage_path": "s/a.pdf", "found": True},
}


def call(connection: psycopg.Connection, function: str, arguments: Row) -> list[Row]:
    """Rows of one function; parameters by name, as PostgREST calls it."""
    named = sql.SQL(", ").join(
        sql.SQL("{} => {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in arguments
    )
    values = {
        name: Jsonb(value)
        if isinstance(value, dict) or name in ("beats", "settings", "job", "facts")
        else value
        for name, value in arguments.items()
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(sql.SQL("select * from public.{}({})").format(sql.Identifier(function), named), values)
        return cursor.fetchall()


def caller(connection: psycopg.Connection) -> Call:
    return partial(call, connection)
