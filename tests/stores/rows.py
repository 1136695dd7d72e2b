"""Rows as the product makes them, and as it reads them."""

import psycopg
from psycopg import sql

from poolmgr.domain.json import Json


def add(connection: psycopg.Connection, table: str, **values: str | int | None) -> str:
    """Inserts a row of the product and answers its id."""
    statement = sql.SQL("insert into public.{} ({}) values ({}) returning id::text").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() for _ in values),
    )
    row = connection.execute(statement, list(values.values())).fetchone()
    assert row is not None
    return str(row[0])


def add_land(connection: psycopg.Connection, number: str = "1", source: str = "index") -> str:
    return add(connection, "extraction_queue", document_source=source, document_number=number)


def add_downloaded(connection: psycopg.Connection, source: str = "index") -> str:
    return add(
        connection,
        "extraction_queue",
        document_source=source,
        document_number="1",
        status_id=3,
        supabase_path=f"{source}/a.pdf",
    )


def cell(connection: psycopg.Connection, table: str, row_id: str, column: str) -> Json:
    statement = sql.SQL("select {} from public.{} where id = %s").format(
        sql.Identifier(column), sql.Identifier(table)
    )
    row = connection.execute(statement, [row_id]).fetchone()
    assert row is not None
    value: Json = row[0]
    return value


def change(connection: psycopg.Connection, row_id: str, column: str, value: str | int | None) -> None:
    """An update of extraction_queue behind the pool's back."""
    connection.execute(
        sql.SQL("update public.extraction_queue set {} = %s where id = %s").format(sql.Identifier(column)),
        [value, row_id],
    )


def expire(connection: psycopg.Connection) -> None:
    """Lets every open lease's time run out."""
    connection.execute("update public.pool_leases set expires_at = now() where ended_at is null")


def count_sessions(connection: psycopg.Connection, condition: str) -> int:
    """Other sessions of the server that fit."""
    statement = (
        "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and "
        + condition.replace("%%", "%")
    )
    row = connection.execute(sql.SQL(statement)).fetchone()
    return int(row[0]) if row else 0
